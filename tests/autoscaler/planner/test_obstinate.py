"""Pods that do not obey: they find no node, do not become ready, are not resized; metrics go; steps are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autoscaler.planner.observation import PodValues, Reading, Sample, Unavailable
from autoscaler.planner.plan import plan
from autoscaler.planner.spec import Bounds, Metric, OverEdge, Spec, Target, Vertical, VerticalMode
from tests.autoscaler.planner.loop import TEMPLATE, Workload, make_spec

GONE = Unavailable(reason="FailedGetResourceMetric", message="503")


def away(_: Reading) -> Reading:
    return GONE


def bounded(spec: Spec, *, least: int, most: int = 4) -> Spec:
    return replace(spec, horizontal=replace(spec.horizontal, min_replicas=least, max_replicas=most))


def test_the_only_replica_that_finds_no_node_goes_over_edge_and_home_keeps_its_minimum() -> None:
    work = Workload(make_spec(vertical=Vertical()), load=200, stuck=1, spoil=away)
    work.run(3600)
    assert (work.home, dict(work.beyond)) == (1, {"neighbor": 1})
    work.spoil = lambda reading: reading
    work.run(7200)  # the one over edge carries it: 200/500 = 40 %
    assert (work.home, dict(work.beyond)) == (1, {"neighbor": 1})


def test_it_comes_home_when_it_finds_a_node_again() -> None:
    work = Workload(make_spec(vertical=Vertical()), load=200, stuck=1, spoil=away)
    work.run(600)
    work.stuck, work.spoil = 0, lambda reading: reading
    work.run(3600)
    assert (work.home, any(work.beyond.values())) == (1, False)


@pytest.mark.parametrize("least", [1, 2, 3])
def test_home_never_falls_below_its_minimum_by_a_step_of_ours(least: int) -> None:
    work = Workload(bounded(make_spec(), least=least), load=900, home=least, stuck=least)
    for _ in range(300):
        work.tick()
        assert work.home >= least


def test_without_metrics_only_what_is_stuck_goes_over_edge() -> None:
    work = Workload(make_spec(), load=1500, home=4, stuck=2, spoil=away)
    work.run(7200)
    assert (work.home, sum(work.beyond.values()), work.size) == (2, 2, TEMPLATE)
    assert set(work.kinds) == {"OverEdge"}


def test_replicas_over_edge_stay_while_those_at_home_do_not_serve() -> None:
    work = Workload(make_spec(vertical=Vertical()), load=1700, home=4)
    work.run(600)
    assert sum(work.beyond.values()) == 3  # 1700/500/50 % = 6.8
    work.idle, work.load = 3, 900  # 3.6 are wished for, and 1 + 3 serve
    work.run(3600)
    assert sum(work.beyond.values()) == 3
    work.idle = 0
    work.run(3600)
    assert not any(work.beyond.values())


@pytest.mark.parametrize("resize", ["Infeasible", "Error"])
def test_a_resize_that_is_not_granted_is_no_capacity(resize: str) -> None:
    work = Workload(make_spec(), load=1400, home=4, resize=resize)  # type: ignore[arg-type]  # one of its words
    work.run(1800)
    assert work.kinds[:2] == ["ScaleUp", "OverEdge"]
    assert sum(work.beyond.values()) == 2  # 1400/500/50 % = 5.6


def test_a_refused_step_up_leads_over_edge() -> None:
    work = Workload(make_spec(), load=1400, home=4, changes={"refused": {"up": "it would restart"}})
    move = work.tick()
    assert move.step is not None
    assert move.step.kind == "OverEdge"
    assert move.exhausted["Up"] == "it would restart"


def test_a_refused_place_leads_to_the_next() -> None:
    work = Workload(
        make_spec(vertical=Vertical()), load=1400, home=4, changes={"refused": {"neighbor": "it is foreign"}}
    )
    move = work.tick()
    assert work.beyond == {"cloud": 2}
    assert move.step is not None
    assert "neighbor: it is foreign" in move.step.why


@pytest.mark.parametrize("mode", ["Recreate", "Off", "Recommend"])
def test_a_template_of_the_first_size_begins_anew_where_the_template_is_what_counts(mode: VerticalMode) -> None:
    """A roll-back, GitOps, or a step that was cut off; and where vertical was switched off, what is there stays."""
    work = Workload(make_spec(), load=1400)
    work.run(600)
    assert work.history.size
    spec = replace(work.spec, vertical=replace(work.spec.vertical, mode=mode))
    decision = plan(spec, work.seen(), work.history, work.rooms)
    assert (decision.history.size, decision.rung) == ({}, "Out")


def test_containers_that_may_be_bigger_no_more_go_back_at_once() -> None:
    work = Workload(make_spec(), load=1400)
    work.run(600)
    work.spec = replace(work.spec, vertical=Vertical(mode="InPlace"))
    work.load = 100
    work.steps.clear()
    work.run(3600)
    assert work.kinds[0] == "ScaleDown"
    assert (work.size, work.home) == (TEMPLATE, 1)


def test_a_target_of_memory_does_not_grow_with_cpu() -> None:
    spec = make_spec()
    work = Workload(spec, load=1400)
    work.run(600)
    memory = Metric(kind="Resource", name="memory", target=Target(kind="AverageValue", amount=1000))
    spec = replace(spec, horizontal=replace(spec.horizontal, metrics=(memory,), max_replicas=9))
    seen = work.seen()
    decision = plan(spec, replace(seen, readings=(seen.readings[0],)), work.history, work.rooms)
    assert decision.wish == 2  # 1400/4 = 350 of 1000: 0.35 · 4 = 1.4


def test_memory_can_be_what_grows_next() -> None:
    template = {"app": {"cpu": 500, "memory": 1000}}
    memory = Metric(kind="Resource", name="memory", target=Target(kind="Utilization", amount=50))
    bounds = Bounds(container="app", most={"cpu": 1000, "memory": 4000}, step={"cpu": 100, "memory": 100})
    spec = replace(
        bounded(
            make_spec(vertical=Vertical(mode="InPlace", containers=(bounds,)), over_edge=OverEdge()), least=1, most=1
        )
    )
    spec = replace(spec, horizontal=replace(spec.horizontal, metrics=(memory,)))
    work = Workload(spec, load=0)
    seen = work.seen()
    pod = replace(seen.pods[0], containers=(replace(seen.pods[0].containers[0], requests=template["app"]),))
    told = PodValues(samples={pod.name: Sample(by_container={"app": 900}, timestamp_s=seen.now_s)})
    decision = plan(spec, replace(seen, pods=(pod,), readings=(told,), template=template), work.history, work.rooms)
    assert decision.wanted.size == {"app": {"cpu": 500, "memory": 1800}}  # 1000 · 90/50
