"""Scale-in takes the farthest first: who is marked, who is not any more, and whose mark is not ours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.applying.deletion_cost import COST, OURS, Replica, costs, mark, round_trips_ms
from autoscaler.applying.outcome import Done, Refused, Unanswered
from kube.errors import Unreachable, refusal
from policies.model.demand import Demand
from policies.model.latency import LatencyMatrix
from policies.model.site import Site, Sites
from tests.autoscaler.applying.deaf import Deaf
from tests.fakes import FakeKube

PODS = "/api/v1/namespaces/shop/pods"
AWAY = {"seoul": 0.5, "busan": 8.04, "cloud": 40.0}


def test_round_trips_are_weighted_by_demand() -> None:
    sites = Sites((Site(name="busan"), Site(name="seoul")))
    latency = LatencyMatrix.of(("busan", "seoul"), np.array([[1.0, 10.0], [10.0, 2.0]])).at(sites)
    away = round_trips_ms(sites, latency, Demand.parse("seoul=0.75,busan=0.25"))
    assert away == pytest.approx({"busan": 0.25 * 1 + 0.75 * 10, "seoul": 0.25 * 10 + 0.75 * 2})
    assert round_trips_ms(sites, latency, Demand.parse("tokyo")) == {}


@pytest.mark.parametrize(
    ("fewer", "expected"),
    [
        pytest.param(0, {}, id="none less"),
        pytest.param(1, {"c": -400}, id="the farthest"),  # 40.0 ms
        pytest.param(2, {"c": -400, "b2": -81}, id="then the last by name of equals"),  # 8.04 ms, up to 8.1
        pytest.param(9, {"c": -400, "b2": -81, "b1": -81, "a": -5}, id="all"),
    ],
)
def test_so_many_are_marked_as_are_to_go(fewer: int, expected: dict[str, int]) -> None:
    pods = [Replica(name=name, site=site) for name, site in (("a", "seoul"), ("b1", "busan"), ("b2", "busan"))]
    pods += [Replica(name="c", site="cloud"), Replica(name="unplaced"), Replica(name="lost", site="atlantis")]
    assert costs(pods, AWAY, fewer) == expected


def test_old_marks_are_taken_back_and_standing_ones_not_written_again() -> None:
    pods = [
        Replica(name="a", site="seoul", cost="-5", ours="-5"),
        Replica(name="c", site="cloud", cost="-400", ours="-400"),
    ]
    assert costs(pods, AWAY, 1) == {"a": None}


def test_cost_that_somebody_gave_is_left_and_the_next_one_marked() -> None:
    pods = [
        Replica(name="a", site="busan"),
        Replica(name="b", site="cloud", cost="1000"),
        Replica(name="c", site="cloud", cost="7", ours="-400"),
    ]
    assert costs(pods, AWAY, 1) == {"a": -81}


def test_farther_goes_before_nearer_also_where_it_is_no_distance_at_all() -> None:
    assert costs([Replica(name="a", site="here")], {"here": 0.0}, 1) == {"a": -1}


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 1e12), max_size=8), st.integers(0, 9))
def test_marked_are_the_farthest_and_order_is_kept(away: dict[str, float], fewer: int) -> None:
    found = costs([Replica(name=site, site=site) for site in away], away, fewer)
    assert len(found) == min(fewer, len(away))
    for one in found:
        assert found[one] is not None
        assert -(2**31) < int(found[one] or 0) < 0
        for other, other_ms in away.items():
            assert other in found or other_ms <= away[one]
            if other in found and away[one] > other_ms:
                assert int(found[one] or 0) <= int(found[other] or 0)


async def test_marks_are_written_and_taken_back() -> None:
    kube = FakeKube()
    kube.put(PODS, {"metadata": {"name": "a", "namespace": "shop"}})
    kube.put(PODS, {"metadata": {"name": "b", "namespace": "shop", "annotations": {COST: "-5", OURS: "-5", "x": "y"}}})
    assert await mark(kube, "shop", {"a": -81, "b": None, "gone": -1}) == Done()
    assert kube.thing(f"{PODS}/a")["metadata"]["annotations"] == {COST: "-81", OURS: "-81"}
    assert kube.thing(f"{PODS}/b")["metadata"]["annotations"] == {"x": "y"}
    assert await mark(kube, "shop", {}) == Done(wrote=False)


async def test_cost_that_somebody_gives_meanwhile_is_kept() -> None:
    kube = FakeKube()
    kube.put(PODS, {"metadata": {"name": "a", "namespace": "shop", "annotations": {COST: "9"}}})
    kube.put(PODS, {"metadata": {"name": "b", "namespace": "shop"}})

    def meanwhile(verb: str, path: str) -> None:
        if verb == "patch":
            kube.failing = lambda *_: None
            kube.put(PODS, {"metadata": {"name": "b", "namespace": "shop", "annotations": {COST: "7"}}})

    kube.failing = meanwhile
    assert await mark(kube, "shop", {"a": -81, "b": -81}) == Done(wrote=False)
    assert kube.thing(f"{PODS}/a")["metadata"]["annotations"] == {COST: "9"}
    assert kube.thing(f"{PODS}/b")["metadata"]["annotations"] == {COST: "7"}


async def test_mark_whose_answer_was_lost_is_written_once() -> None:
    kube = Deaf()
    kube.put(PODS, {"metadata": {"name": "a", "namespace": "shop"}})
    assert await mark(kube, "shop", {"a": -81}) == Done()
    assert len(kube.writes) == 1


async def test_refusal_and_silence_are_told() -> None:
    kube = FakeKube()
    kube.put(PODS, {"metadata": {"name": "a", "namespace": "shop"}})
    kube.failing = lambda verb, _: refusal(403, "Forbidden", "no") if verb == "patch" else None
    assert isinstance(await mark(kube, "shop", {"a": -1}), Refused)
    kube.failing = lambda verb, _: Unreachable("cut") if kube.writes[1:] else None
    assert isinstance(await mark(kube, "shop", {"a": -1}), Unanswered)
    assert isinstance(await mark(kube, "shop", {"a": -1}), Refused)  # the question got no answer: nothing was written
