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


def test_a_moment_tells_what_was_seen_and_done() -> None:
    step = Step(kind="OverEdge", before="1 replica", after="1 replica, 1 at cloud", why="full")
    wanted = Wanted(home=1, beyond={"cloud": 1}, size={"app": {"cpu": 750}})

    def decide(_seen: Observation) -> Said:
        return Said(wanted=wanted, step=step, rung="Up", held="waits")

    pods = make_pods()
    (moment,) = replay(decide, make_load(5.0, step_s=20.0), pods, (make_metric(),), loop_s=30.0)
    assert (moment.at_s, moment.for_s, moment.load, moment.seen) == (0.0, 20.0, 5.0, 5.0)
    assert (moment.home, moment.beyond, moment.count, moment.growth) == (1, {"cloud": 1}, 2, 1.5)
    assert (moment.carried, moment.late, moment.short_s) == (15.0, 0.0, 0.0)
    assert (moment.step, moment.rung, moment.held) == (step, "Up", "waits")
    assert [pod.place for pod in moment.change.came] == ["cloud"]


def test_turns_are_counted_from_the_beginning_of_the_load() -> None:
    load = Load(np.array([100.0]), np.array([1.0]), last_s=40.0)
    moments = list(replay(following(1, 1, 1), load, make_pods(), (make_metric(),)))
    assert [(moment.at_s, moment.for_s) for moment in moments] == [(100.0, 15.0), (115.0, 15.0), (130.0, 10.0)]


def test_a_mean_is_of_the_load_that_there_was() -> None:
    load = Load(np.array([100.0, 110.0]), np.array([4.0, 8.0]), last_s=10.0)
    assert (load.begins_s, load.ends_s, load.total) == (100.0, 120.0, 120.0)
    assert load.mean(40.0, 100.0) == 4.0  # before it begins: as it begins
    assert load.mean(90.0, 105.0) == 4.0
    assert load.mean(105.0, 115.0) == 6.0
    assert load.mean(110.0, 120.0) == 8.0


def test_changes_are_those_between_two_moments() -> None:
    load = make_load(1.0, 2.0, 3.0, step_s=10.0)
    assert load.changes(0.0, 20.0) == [10.0]
    assert load.changes(-1.0, 20.5) == [0.0, 10.0, 20.0]
    assert load.changes(10.0, 20.0) == []


def test_an_observation_has_the_pods_and_the_number_of_now() -> None:
    pods = make_pods(2)
    pods.apply(Wanted(home=2, beyond={"cloud": 1}), 0.0)
    seen = observation(pods, (make_metric(), make_metric("Object", "Value")), 1.2345, 40.0)
    assert (seen.now_s, seen.home, seen.status_replicas, seen.beyond) == (40.0, 2, 3, {"cloud": 1})
    assert seen.template == {"app": {"cpu": 500}}
    assert seen.pods == pods.seen(40.0)
    assert seen.readings == (Total(milli=1235, timestamp_s=40.0),) * 2  # rounded up


def test_what_a_float_adds_is_not_a_thousandth_more() -> None:
    (reading,) = observation(make_pods(), (make_metric(),), 0.1 + 0.2, 0.0).readings
    assert reading == Total(milli=300, timestamp_s=0.0)


@pytest.mark.parametrize("kind", ["Resource", "ContainerResource"])
def test_containers_share_what_a_pod_gets(kind: MetricKind) -> None:
    template = {"app": {"cpu": 500}, "proxy": {"cpu": 100}}
    pods = Fluid(Assumed(carries=10.0, template=template), 2)
    (reading,) = observation(pods, (make_metric(kind, name="cpu"),), 6.0, 5.0).readings
    assert isinstance(reading, PodValues)
    assert reading.samples["p1"].by_container == {"app": 1500, "proxy": 1500}  # 6 / 2 pods / 2 containers
    assert reading.samples["p1"].timestamp_s == 5.0


def test_who_is_ready_at_this_moment_reports() -> None:
    pods = make_pods(0, start_s=30.0)
    pods.apply(Wanted(home=1), 0.0)
    (reading,) = observation(pods, (make_metric("Pods"),), 4.0, 30.0).readings
    assert isinstance(reading, PodValues)
    assert list(reading.samples) == ["p0"]


def test_load_that_pods_just_carry_is_not_late() -> None:
    third = 10.0 + 1e-9  # less than what a float makes of it
    (moment,) = replay(following(1), make_load(third, step_s=15.0), make_pods(), (make_metric(),))
    assert (moment.late, moment.short_s) == (0.0, 0.0)


def test_two_starts_need_two_values() -> None:
    with pytest.raises(PlannerError, match=r"^load: wants a value for each start, got 2 and 1$"):
        Load(np.zeros(2), np.zeros(1), last_s=1.0)
