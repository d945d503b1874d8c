"""A pod as the rules see it: times, readiness, requests, resizes of the generation asked for, and kills."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.planner.observation import ContainerSeen
from autoscaler.watching.reading import PodReader, seconds

AT = "2026-01-01T00:00:10Z"
AT_S = seconds("2026-01-01T00:00:10Z")


def content(*conditions: dict[str, Any], generation: int = 3, **status: Any) -> dict[str, Any]:
    app = {"name": "app", "resources": {"requests": {"cpu": "500m", "memory": "1Ki"}}}
    return {
        "metadata": {"name": "web-1", "generation": generation},
        "spec": {"containers": [app]},
        "status": {"phase": "Running", "startTime": AT, "conditions": list(conditions), **status},
    }


def condition(type_: str, status: str, reason: str = "", **rest: Any) -> dict[str, Any]:
    return {"type": type_, "status": status, "reason": reason, "lastTransitionTime": AT, **rest}


def test_requests_and_times_are_exact() -> None:
    pod = PodReader().pod(content(condition("Ready", "True")))
    assert pod.containers == (ContainerSeen(name="app", requests={"cpu": 500, "memory": 1024 * 1000}),)
    assert (pod.phase, pod.ready, pod.ready_since_s, pod.start_s) == ("Running", "True", AT_S, AT_S)


def test_what_is_not_told_is_not_made_up() -> None:
    pod = PodReader().pod({"metadata": {"name": "web-1"}})
    assert (pod.phase, pod.ready, pod.start_s, pod.containers) == ("Pending", None, None, ())


@pytest.mark.parametrize(
    ("told", "ready"), [("True", "True"), ("False", "False"), ("Unknown", "Unknown"), ("", "Unknown")]
)
def test_readiness_is_one_of_three(told: str, ready: str) -> None:
    assert PodReader().pod(content(condition("Ready", told))).ready == ready


@pytest.mark.parametrize(
    ("told", "resize"),
    [
        ([], ""),
        ([condition("PodResizePending", "True", "Deferred", observedGeneration=3)], "Deferred"),
        ([condition("PodResizePending", "True", "Infeasible", observedGeneration=3)], "Infeasible"),
        ([condition("PodResizePending", "True", "Infeasible", observedGeneration=2)], ""),  # of an older wish
        ([condition("PodResizePending", "True", "Infeasible")], "Infeasible"),  # of a kubelet that does not say
        ([condition("PodResizePending", "False", "Infeasible", observedGeneration=3)], ""),
        ([condition("PodResizeInProgress", "True", observedGeneration=3)], "InProgress"),
        ([condition("PodResizeInProgress", "True", "Error", observedGeneration=3)], "Error"),
    ],
)
def test_a_resize_counts_for_the_generation_that_was_asked_for(told: list[dict[str, Any]], resize: str) -> None:
    pod = PodReader().pod(content(*told))
    assert pod.resize == resize
    assert pod.resize_since_s == (AT_S if resize else 0.0)


@pytest.mark.parametrize(
    ("status", "reason", "since_s"),
    [("False", "Unschedulable", AT_S), ("False", "SchedulingGated", None), ("True", "Unschedulable", None)],
)
def test_only_a_pod_that_finds_no_node_is_unschedulable(status: str, reason: str, since_s: float | None) -> None:
    assert PodReader().pod(content(condition("PodScheduled", status, reason))).unschedulable_since_s == since_s


@pytest.mark.parametrize(
    ("status", "killed"),
    [
        ({"name": "app", "lastState": {"terminated": {"reason": "OOMKilled", "finishedAt": AT}}}, (("app", AT_S),)),
        ({"name": "app", "state": {"terminated": {"reason": "OOMKilled", "finishedAt": AT}}}, (("app", AT_S),)),
        ({"name": "app", "lastState": {"terminated": {"reason": "OOMKilled"}}}, ()),  # who knows when
        ({"name": "app", "lastState": {"terminated": {"reason": "Error", "finishedAt": AT}}}, ()),
        ({"name": "app", "lastState": {}, "state": None}, ()),
    ],
)
def test_a_kill_for_want_of_memory_is_told_with_its_time(
    status: dict[str, Any], killed: tuple[tuple[str, float], ...]
) -> None:
    assert PodReader().pod(content(containerStatuses=[status])).oom_killed == killed
