"""Rules 13–20: who counts, in which order it is asked, and what each asks for."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.hpa.pods import Groups, grouped, ready_running
from autoscaler.planner.hpa.requests import requests
from autoscaler.planner.observation import ContainerSeen, PodSeen, Sample
from tests.autoscaler.planner.hpa.parts import NOW_S, pod, sample


def groups(seen: PodSeen, told: Sample | None, *, is_cpu: bool = True) -> Groups:
    there = {} if told is None else {seen.name: told}
    return grouped([seen], there, is_cpu=is_cpu, now_s=NOW_S, initialization_s=300.0, readiness_s=30.0)


def word(found: Groups) -> str:
    if found.ready:
        return "ready"
    return "unready" if found.unready else "missing" if found.missing else "ignored"


YOUNG = NOW_S - 100.0
SOME = sample(1)


@pytest.mark.parametrize(
    ("seen", "told", "group"),
    [
        (pod(), SOME, "ready"),
        (pod(deleting=True), SOME, "ignored"),
        (pod(phase="Failed"), None, "ignored"),
        (pod(phase="Failed", deleting=True), SOME, "ignored"),
        (pod(phase="Pending"), None, "unready"),
        (pod(phase="Pending"), SOME, "unready"),
        (pod(phase="Succeeded"), SOME, "ready"),
        (pod(), None, "missing"),
        (pod(ready="False"), None, "missing"),  # missing is asked before readiness
        (pod(ready=None), SOME, "unready"),
        (pod(start_s=None), SOME, "unready"),
        (pod(ready="Unknown"), SOME, "ready"),  # is not False
        # within the initialization period: Ready for a whole window of the metric
        (pod(start_s=YOUNG, ready_since_s=NOW_S - 60.0), SOME, "ready"),
        (pod(start_s=YOUNG, ready_since_s=NOW_S - 59.0), SOME, "unready"),
        (pod(start_s=YOUNG, ready_since_s=YOUNG, ready="False"), SOME, "unready"),
        # it ends exactly after the period
        (pod(start_s=NOW_S - 300.0, ready_since_s=NOW_S), SOME, "ready"),
        (pod(start_s=NOW_S - 299.0, ready_since_s=NOW_S), SOME, "unready"),
        # later: only those that were never ready
        (pod(ready="False", start_s=0.0, ready_since_s=29.0), SOME, "unready"),
        (pod(ready="False", start_s=0.0, ready_since_s=30.0), SOME, "ready"),
        (pod(ready="True", start_s=0.0, ready_since_s=0.0), SOME, "ready"),
    ],
)
def test_every_pod_is_in_one_group(seen: PodSeen, told: Sample | None, group: str) -> None:
    assert word(groups(seen, told)) == group


@pytest.mark.parametrize("seen", [pod(ready="False"), pod(ready=None), pod(start_s=None)])
def test_only_cpu_looks_at_readiness(seen: PodSeen) -> None:
    assert word(groups(seen, SOME, is_cpu=False)) == "ready"


def test_ready_running_pods_are_both() -> None:
    there = [
        pod("a"),
        pod("b", ready="False"),
        pod("c", phase="Succeeded"),
        pod("d", ready="Unknown"),
        pod("e", ready=None),
    ]
    assert ready_running(there) == 1


def two(*containers: ContainerSeen, **changes: Any) -> PodSeen:
    return pod("p", containers=containers, **changes)


APP, SIDE = ContainerSeen(name="app", requests={"cpu": 100}), ContainerSeen(name="side", requests={"cpu": 50})
FIRST = ContainerSeen(name="first", requests={}, counts=False)


@pytest.mark.parametrize(
    ("seen", "container", "milli"),
    [
        (two(APP, SIDE), "", 150),
        (two(APP, SIDE), "side", 50),
        (two(APP, FIRST), "", 100),  # an init container that ends needs no request
        (two(APP, SIDE, pod_requests={"cpu": 800}), "", 800),
        (two(APP, SIDE, pod_requests={"cpu": 800}), "app", 100),
        (two(APP, pod_requests={}), "", 100),
        (two(APP, SIDE, FIRST, pod_requests={"memory": 1}), "", 150),  # 100 + 50: of CPU the pod says nothing
        (two(APP, ContainerSeen(name="side"), pod_requests={"memory": 1}), "", 100),
    ],
)
def test_requests_are_summed_or_those_of_the_pod(seen: PodSeen, container: str, milli: int) -> None:
    assert requests([seen], "cpu", container) == {"p": milli}


@pytest.mark.parametrize(
    ("seen", "container", "says"),
    [
        (two(APP, ContainerSeen(name="side")), "", "missing request for cpu in container side of Pod p"),
        (two(APP), "db", "container db not found in Pod p"),
        (two(ContainerSeen(name="side"), pod_requests={"memory": 1}), "", "missing pod-level request for cpu in Pod p"),
        (two(FIRST), "first", "container first not found in Pod p"),
    ],
)
def test_a_request_that_is_not_there_fails_the_metric(seen: PodSeen, container: str, says: str) -> None:
    with pytest.raises(MetricError) as error:
        requests([seen], "cpu", container)
    assert str(error.value) == says
