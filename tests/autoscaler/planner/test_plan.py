"""Whole decisions on a workload that obeys: the ladder up and down, periods, pauses, distrust, replayed records."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.planner import record
from autoscaler.planner.decision import Decision
from autoscaler.planner.history import History
from autoscaler.planner.observation import Fit, PodValues, Total, Unavailable
from autoscaler.planner.plan import plan
from autoscaler.planner.spec import Metric, OverEdge, Target, Vertical
from tests.autoscaler.planner.loop import TICK_S, Workload, make_spec

NO_RUNGS = {"vertical": Vertical(), "over_edge": OverEdge()}


def test_load_above_target_scales_out_at_once_and_says_why() -> None:
    work = Workload(make_spec(), load=700)  # 700 / (1 · 500) = 140 %, and 140/50 · 1 = 2.8
    decision = work.tick()
    assert decision.step is not None
    assert (decision.step.kind, decision.step.before, decision.step.after) == ("ScaleOut", "1 replica", "3 replicas")
    assert "cpu resource 140% of 50%: 3" in decision.step.why
    assert decision.wish == 3


def test_the_next_step_out_waits_for_its_period() -> None:
    work = Workload(make_spec(), load=400)
    work.tick()
    work.load = 1000
    held = work.run(180 - TICK_S)
    assert work.home == 2  # 400/500 = 80 %, 80/50 = 1.6
    assert held.step is None
    assert "the next step outward may come in" in held.held
    assert ("AbleToScale", "False", "BackoffUpscale") in {(c.type, c.status, c.reason) for c in held.conditions}
    assert work.tick().wanted.home == 4
    assert [at for at, *_ in work.steps] == [10_000.0, 10_180.0]


def test_the_ladder_is_climbed_rung_by_rung_and_left_in_reverse() -> None:
    work = Workload(make_spec(), load=200)
    work.run(60)
    start = (work.home, dict(work.beyond), work.size)
    work.load = 3500
    work.run(2400)
    assert work.kinds[:3] == ["ScaleOut", "ScaleUp", "OverEdge"]
    assert work.beyond
    assert work.decide().rung == "OverEdge"
    work.load = 200
    work.steps.clear()
    work.run(9000)
    assert work.kinds.index("ComeHome") < work.kinds.index("ScaleDown") < work.kinds.index("ScaleIn")
    assert (work.home, {k: v for k, v in work.beyond.items() if v}, work.size) == start


def test_inward_steps_are_five_minutes_apart() -> None:
    work = Workload(make_spec(), load=3500)
    work.run(2400)
    work.load = 100
    work.steps.clear()
    work.run(9000)
    times = [at for at, *_ in work.steps]
    assert len(times) >= 3
    assert min(b - a for a, b in pairwise(times)) >= 300


def test_flapping_load_never_scales_in() -> None:
    work = Workload(make_spec(**NO_RUNGS), load=900)
    work.tick()
    for number in range(200):
        work.load = 100 if number % 4 else 900
        work.tick()
    assert work.kinds == ["ScaleOut"]


def test_after_a_step_up_utilisation_is_judged_against_the_new_size() -> None:
    work = Workload(make_spec(), load=1400)  # 4 replicas at 70 %: 5.6 wished for
    work.run(600)
    assert work.kinds == ["ScaleOut", "ScaleUp"]
    assert work.size == {"app": {"cpu": 700}}  # 500 · 5.6/4 = 700
    work.run(3600)
    assert work.kinds == ["ScaleOut", "ScaleUp"]  # 1400 / (4 · 700) = 50 %


def test_room_at_home_brings_replicas_back() -> None:
    work = Workload(make_spec(vertical=Vertical()), load=900, free={"home": 0})
    work.run(600)
    assert work.beyond == {"neighbor": 3}  # 900/500/50 % = 3.6, and one is at home
    before = work.replicas
    work.free = {}
    work.steps.clear()
    work.run(3000)
    assert work.kinds == ["ComeHome", "ComeHome"]  # those at home first, then the others go
    assert work.home == before
    assert not any(work.beyond.values())


@pytest.mark.parametrize(
    "reading", [Unavailable(reason="FailedGetResourceMetric", message="503"), PodValues(samples={})]
)
def test_nothing_is_done_while_a_metric_is_missing(reading: PodValues | Unavailable) -> None:
    work = Workload(make_spec(), load=3500)
    work.run(1200)
    there = (work.home, dict(work.beyond), work.size)
    work.load, work.spoil = 100, lambda _: reading
    held = work.run(3600)
    assert (work.home, dict(work.beyond), work.size) == there
    assert {c.type: c.status for c in held.conditions}["ScalingActive"] == "False"


def test_paused_decides_and_changes_nothing() -> None:
    work = Workload(make_spec(paused=True), load=900)
    decision = work.tick()
    assert (decision.step, decision.held, decision.wish) == (None, "paused", 4)
    assert work.home == 1
    assert ("AbleToScale", "False", "Paused") in {(c.type, c.status, c.reason) for c in decision.conditions}


@pytest.mark.parametrize(("home", "after"), [(9, 4), (1, 2)])
def test_outside_the_bounds_nothing_is_waited_for(home: int, after: int) -> None:
    spec = make_spec()
    work = Workload(replace(spec, horizontal=replace(spec.horizontal, min_replicas=2)), load=400, home=home)
    work.history = replace(work.history, last_change_s=work.now_s - 1, last_out_s=work.now_s - 1)
    assert work.tick().wanted.home == after


def test_zero_replicas_are_a_pause() -> None:
    decision = Workload(make_spec(), load=400, home=0).decide()
    assert decision.step is None
    assert ("ScalingActive", "ScalingDisabled") in {(c.type, c.reason) for c in decision.conditions}


def test_what_it_scaled_to_zero_it_may_fill_again() -> None:
    queue = Metric(kind="External", name="queue", target=Target(kind="Value", amount=1000))
    spec = make_spec(**NO_RUNGS)
    spec = replace(spec, horizontal=replace(spec.horizontal, metrics=(queue,), min_replicas=0, in_period_s=0.0))

    def zero(decision: Decision) -> list[str]:
        return [f"{c.status}/{c.reason}" for c in decision.conditions if c.type == "ScaledToZero"]

    def decide(home: int, queued: int, *, was_zero: bool) -> Decision:
        seen = replace(
            Workload(spec, load=0, home=home).seen(), readings=(Total(milli=queued),), scaled_to_zero=was_zero
        )
        return plan(spec, seen, History(started=True), lambda _place, up_to: Fit(count=up_to))

    gone = decide(1, 0, was_zero=False)
    assert (gone.wanted.home, zero(gone)) == (0, ["True/ScaledToZero"])
    idle = decide(0, 0, was_zero=True)
    assert (idle.step, zero(idle)) == (None, ["True/ScaledToZero"])
    back = decide(0, 1500, was_zero=True)
    assert (back.wanted.home, zero(back)) == (2, ["False/NotScaledToZero"])
    assert (decide(0, 1500, was_zero=False).step, zero(decide(2, 1000, was_zero=True))) == (None, [])


def test_a_template_that_somebody_changed_is_the_new_size() -> None:
    work = Workload(make_spec(), load=1400)
    work.run(600)
    assert work.history.size
    seen = replace(work.seen(), template={"app": {"cpu": 600}})
    decision = plan(work.spec, seen, work.history, work.rooms)
    assert decision.wanted.size == {}
    assert decision.history.size == {}


def test_an_exhausted_ladder_says_so_in_a_condition() -> None:
    work = Workload(make_spec(over_edge=OverEdge(), vertical=Vertical()), load=9000)
    work.run(600)
    plain = {c.type: c for c in work.decide().conditions}["ScalingLimited"]
    assert (plain.status, plain.reason) == ("True", "TooManyReplicas")
    work = Workload(make_spec(), load=90_000, free={"cloud": 0, "neighbor": 0})
    work.run(1800)
    limited = {c.type: c for c in work.decide().conditions}["ScalingLimited"]
    assert (limited.status, limited.reason) == ("True", "LadderExhausted")
    assert "maxReplicas 4" in limited.message
    assert "cloud has no room: full" in limited.message


def test_a_total_for_each_pod_follows_the_size_of_the_pods() -> None:
    """A queue of 10 for each pod of 500m is one of 14 for each pod of 700m."""
    spec = make_spec()
    work = Workload(spec, load=1400)
    work.run(600)
    metric = replace(
        spec.horizontal.metrics[0],
        kind="Prometheus",
        name="q",
        target=replace(spec.horizontal.metrics[0].target, kind="AverageValue", amount=10_000),
    )
    spec = replace(spec, horizontal=replace(spec.horizontal, metrics=(metric,)))
    seen = replace(work.seen(), readings=(Total(milli=56_000),))  # 56 / (14 · 4) = 1
    assert plan(spec, seen, replace(work.history, seen={}), work.rooms).wish == 4


@settings(max_examples=40, deadline=None)
@given(
    loads=st.lists(st.integers(0, 20_000), min_size=3, max_size=12),
    free=st.dictionaries(st.sampled_from(["home", "neighbor", "cloud"]), st.integers(0, 3)),
)
def test_any_load_keeps_the_laws(loads: list[int], free: dict[str, int]) -> None:
    """In bounds, one axis a step, periods kept, every decision replays from its record to the same answer."""
    work = Workload(make_spec(), load=loads[0], free=free)
    for load in loads:
        work.load = load
        for _ in range(14):
            before = (work.home, {k: v for k, v in work.beyond.items() if v}, work.size)
            seen, history = work.seen(), work.history
            heard = record.Heard(work.rooms, [])
            decision = plan(work.spec, seen, history, heard)
            line = record.encode("one", work.spec, seen, history, heard.asked, decision)
            again = record.replay(record.decode(line))
            assert record.answer(again) == record.answer(decision)
            assert again.history == decision.history
            work.tick()
            after = (work.home, {k: v for k, v in work.beyond.items() if v}, work.size)
            assert (before != after) == (decision.step is not None)
            assert 1 <= work.home <= 4
            assert sum(work.beyond.values()) <= 6
            assert 500 <= work.size["app"]["cpu"] <= 1000
    out = [at for at, kind, *_ in work.steps if kind in ("ScaleOut", "ScaleUp", "OverEdge")]
    assert all(b - a >= 180 for a, b in pairwise(out))
