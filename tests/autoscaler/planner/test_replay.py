from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from autoscaler.planner.decision import Rung, Step, Wanted
from autoscaler.planner.errors import PlannerError
from autoscaler.planner.fluid import Assumed, Fluid
from autoscaler.planner.observation import Observation, PodValues, Total
from autoscaler.planner.replay import Load, observation, replay
from autoscaler.planner.spec import Metric, MetricKind, Target, TargetKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    wanted: Wanted
    step: Step | None = None
    rung: Rung = "Out"
    held: str = ""


def make_load(*values: float, step_s: float = 60.0) -> Load:
    return Load(np.arange(len(values), dtype=np.float64) * step_s, np.array(values), last_s=step_s)


def make_metric(kind: MetricKind = "External", target: TargetKind = "AverageValue", name: str = "rps") -> Metric:
    return Metric(kind=kind, name=name, target=Target(kind=target, amount=7000))


def following(*counts: int) -> Callable[[Observation], Said]:
    turns: Iterator[int] = iter(counts)
    return lambda _seen: Said(wanted=Wanted(home=next(turns)))


def make_pods(replicas: int = 1, start_s: float = 30.0) -> Fluid:
    return Fluid(Assumed(carries=10.0, start_s=start_s, template={"app": {"cpu": 500}}), replicas)


def test_load_above_what_ready_pods_carry_is_late() -> None:
    # asked for 3 at 0 s, ready at 30 s: (25 - 10) · 30 s, then 25 < 30
    moments = list(replay(following(3, 3, 3, 3), make_load(25.0), make_pods(), (make_metric(),)))
    assert [moment.late for moment in moments] == [225.0, 225.0, 0.0, 0.0]
    assert [moment.short_s for moment in moments] == [15.0, 15.0, 0.0, 0.0]
    assert [moment.carried for moment in moments] == [10.0, 10.0, 30.0, 30.0]


def test_an_interval_in_which_load_or_pods_change_counts_each_part() -> None:
    load = make_load(15.0, 5.0, step_s=10.0)  # changes at 10 s; the pod of 0 s is ready at 4 s
    (first, second) = replay(following(2, 2), load, make_pods(start_s=4.0), (make_metric(),))
    assert first.late == pytest.approx(4 * (15 - 10))
    assert first.short_s == 4.0
    assert first.carried == pytest.approx((4 * 10 + 11 * 20) / 15)
    assert (second.at_s, second.for_s, second.load) == (15.0, 5.0, 5.0)


def test_the_metric_is_the_mean_of_the_window_before() -> None:
    seen: list[float] = []

    def decide(observed: Observation) -> Said:
        reading = observed.readings[0]
        assert isinstance(reading, Total)
        seen.append(reading.milli / 1000)
        return Said(wanted=Wanted(home=1))

    list(replay(decide, make_load(0.0, 60.0), make_pods(), (make_metric(),), window_s=60.0))
    # at 75 s: 15 s of 60 and 45 s of 0
    assert seen == [0.0, 0.0, 0.0, 0.0, 0.0, 15.0, 30.0, 45.0]


def test_every_second_of_the_load_is_in_one_turn() -> None:
    load = make_load(3.0, 1.0, 4.0, step_s=7.0)
    moments = list(replay(following(1, 1), load, make_pods(), (make_metric(),)))
    assert sum(moment.for_s for moment in moments) == 21.0
    assert sum(moment.load * moment.for_s for moment in moments) == pytest.approx(load.total)


def test_a_metric_of_pods_is_shared_by_those_that_are_ready() -> None:
    pods = make_pods(2)
    pods.apply(Wanted(home=3), 0.0)
    (reading,) = observation(pods, (make_metric("Pods"),), 15.0, 10.0).readings
    assert isinstance(reading, PodValues)
    assert {name: sample.by_container[""] for name, sample in reading.samples.items()} == {"p0": 7500, "p1": 7500}


def test_bigger_pods_take_the_bigger_part() -> None:
    pods = make_pods(1)
    pods.apply(Wanted(home=1, beyond={"cloud": 1}, size={"app": {"cpu": 1000}}), 0.0)
    (reading,) = observation(pods, (make_metric("Resource", "Utilization", "cpu"),), 3.0, 30.0).readings
    assert isinstance(reading, PodValues)
    assert {name: sample.by_container["app"] for name, sample in reading.samples.items()} == {"p0": 2000, "p1": 1000}


def test_without_a_ready_pod_nobody_reports() -> None:
    pods = make_pods(0)
    pods.apply(Wanted(home=1), 0.0)
    (reading,) = observation(pods, (make_metric("Pods"),), 15.0, 10.0).readings
    assert reading == PodValues(samples={})


def test_a_load_without_values_is_refused() -> None:
    with pytest.raises(PlannerError, match="wants a value for each start, got 1 and 0"):
        Load(np.zeros(1), np.zeros(0), last_s=1.0)
