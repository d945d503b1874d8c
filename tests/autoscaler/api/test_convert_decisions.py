"""What a converted HPA decides, with the sum that HPA's rules make of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.api.convert import converted
from autoscaler.api.spec import read
from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.hpa.reconcile import Outcome, reconcile
from autoscaler.planner.observation import ContainerSeen, Observation, PodSeen, PodValues, Sample, Total
from autoscaler.planner.spec import Horizontal
from tests.autoscaler.api.hpas import asked_by, hpas
from tests.autoscaler.api.objects import CPU, Object

NOW_S = 10_000.0


def observed(replicas: int, *, cpu_milli: int, horizontal: Horizontal) -> Observation:
    """Pods that ask for one CPU each, all with the same use of it; any other metric says the same number."""
    names = [f"p{number}" for number in range(replicas)]
    pods = tuple(PodSeen(name=name, containers=(ContainerSeen(name="app", requests={"cpu": 1000}),)) for name in names)
    by_container = {"Resource": "app", "ContainerResource": "app", "Pods": ""}
    readings = tuple(
        PodValues(
            samples={
                name: Sample(by_container={by_container[metric.kind]: cpu_milli}, timestamp_s=NOW_S) for name in names
            }
        )
        if metric.kind in by_container
        else Total(milli=cpu_milli)
        for metric in horizontal.metrics
    )
    return Observation(now_s=NOW_S, home=replicas, status_replicas=replicas, pods=pods, readings=readings)


def decided(horizontal: Horizontal, replicas: int, cpu_milli: int, *before: Recommendation) -> Outcome:
    seen = observed(replicas, cpu_milli=cpu_milli, horizontal=horizontal)
    return reconcile(horizontal, seen, History(recommendations=before, started=True), current=replicas)


@pytest.mark.parametrize(
    ("behavior", "replicas", "cpu_milli", "desired"),
    [
        (None, 2, 600, 2),  # 60 % of the request is the target
        (None, 2, 650, 2),  # 65/60 = 1.083 is within 10 %
        (None, 2, 750, 3),  # 75/60 = 1.25; ceil(2 · 1.25) = 3
        (None, 1, 1000, 2),  # 100/60 = 1.67; ceil(1.67) = 2
        (None, 1, 4800, 4),  # 480/60 = 8 wished for, but max(2 · 1, 4) = 4 at once
        ({}, 1, 4800, 5),  # 8 wished for, but 1 + 4 pods in 15 s = 5, and 1 · 200 % = 2
        ({"scaleUp": {"policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}}, 1, 4800, 2),  # 1 · 200 %
        ({"scaleUp": {"selectPolicy": "Disabled"}}, 2, 1200, 2),  # 4 wished for, but never out
        ({"scaleUp": {"tolerance": "0.05"}}, 2, 650, 3),  # 1.083 is not within 5 %; ceil(2 · 1.083) = 3
        (None, 6, 300, 3),  # 30/60 = 0.5; 6 · 0.5 = 3, and nothing was wished for before
        ({"scaleDown": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}, 6, 300, 5),  # 6 - 1
        ({"scaleDown": {"selectPolicy": "Disabled"}}, 6, 300, 6),
        (None, 20, 60, 10),  # above maxReplicas: to 10 at once, whatever the metrics say
    ],
    ids=str,
)
def test_converted_one_decides_by_the_hpas_own_rules(
    behavior: Object | None, replicas: int, cpu_milli: int, desired: int
) -> None:
    spec: dict[str, Any] = {
        "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        "maxReplicas": 10,
        "metrics": [CPU],
    }
    if behavior is not None:
        spec["behavior"] = behavior
    said = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": spec,
    }
    assert decided(read(converted(said, source="x")).spec.horizontal, replicas, cpu_milli).desired == desired


def test_without_behavior_an_older_wish_raises_and_with_it_it_only_holds() -> None:
    """Rules 37 and 40: the one difference that `rules: Classic` is there for."""
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 10, "metrics": [CPU]}
    said = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": spec,
    }
    older = Recommendation(8, NOW_S - 60)
    classic, behaving = (
        read(converted(each, source="x")).spec.horizontal for each in (said, {**said, "spec": {**spec, "behavior": {}}})
    )
    assert decided(classic, 4, 600, older).desired == 8
    assert decided(behaving, 4, 600, older).desired == 4


@given(hpas(), st.integers(1, 60), st.integers(0, 5000))
def test_converted_one_decides_as_the_hpa_does(said: Object, replicas: int, cpu_milli: int) -> None:
    ours, hpas_own = read(converted(said, source="x")).spec.horizontal, asked_by(said)
    assert decided(ours, replicas, cpu_milli) == decided(hpas_own, replicas, cpu_milli)
