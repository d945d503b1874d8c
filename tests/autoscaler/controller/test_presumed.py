"""Pods in another cluster count as replicas that are as busy as those at home."""

from __future__ import annotations

from autoscaler.controller import presumed
from autoscaler.planner.history import History
from autoscaler.planner.hpa.reconcile import reconcile
from autoscaler.planner.observation import ContainerSeen, PodSeen, PodValues, Sample, Total, Unavailable
from tests.autoscaler.planner.hpa.parts import NOW_S, busy, cpu, horizontal, observation, pods

TEMPLATE = {"app": {"cpu": 1000}}


def test_one_for_each_replica_at_the_templates_size() -> None:
    assert presumed.pods({"cluster:west": 2}, TEMPLATE) == tuple(
        PodSeen(
            name=f"cluster:west/{n}",
            place="cluster:west",
            containers=(ContainerSeen(name="app", requests={"cpu": 1000}),),
        )
        for n in (0, 1)
    )
    assert presumed.pods({}, TEMPLATE) == ()


def test_they_are_as_busy_as_the_others_on_average_and_no_younger_than_the_oldest_number() -> None:
    there = presumed.pods({"cluster:west": 1}, TEMPLATE)
    told = {
        "a": Sample(by_container={"app": 300, "side": 10}, timestamp_s=5.0, window_s=15.0),
        "b": Sample(by_container={"app": 501, "side": None}, timestamp_s=9.0, window_s=30.0),
    }
    found = presumed.reading(PodValues(samples=told), there)
    assert isinstance(found, PodValues)
    assert found.samples["cluster:west/0"] == Sample(
        by_container={"app": 400, "side": 10},  # 801/2
        timestamp_s=5.0,
        window_s=30.0,
    )
    assert found.samples.keys() == {"a", "b", "cluster:west/0"}


def test_what_is_no_number_for_each_pod_stays_as_it_is() -> None:
    there = presumed.pods({"cluster:west": 1}, TEMPLATE)
    for seen in (Total(milli=5), Unavailable(reason="X", message="y"), PodValues(samples={})):
        assert presumed.reading(seen, there) is seen
    told = busy(500)
    assert presumed.reading(told, ()) is told


def test_load_at_home_is_judged_for_all_replicas() -> None:
    """4 at home and 2 abroad at 60 % of 50 %: 1.2 · 6 = 7.2 are wished for, and not 1.2 · 4 = 4.8."""
    there = presumed.pods({"cluster:west": 2}, TEMPLATE)
    seen = observation((*pods(4), *there), presumed.reading(busy(600, 600, 600, 600), there), now_s=NOW_S)
    assert reconcile(horizontal(cpu(50)), seen, History(started=True), current=6).desired == 8
