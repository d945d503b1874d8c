"""Which site each router chooses, by tables; and the proven floor."""

from __future__ import annotations

import numpy as np
import pytest

from policies.model.latency import LatencyMatrix
from policies.model.site import Site, Sites, Tier
from simulations.errors import InputError
from simulations.kernel import Kernel
from simulations.requests.bound import least_late
from simulations.requests.disruption import schedule_knowledge
from simulations.requests.fleet import REFUSED, Fleet, Topology, topology
from simulations.requests.flow import Flow, Outcome
from simulations.requests.traffic import poisson
from tests.simulations.requests.worlds import make_router, make_topology

CLOUD = 3  # after a, b, c


@pytest.mark.parametrize(
    ("router", "held", "down", "chosen"),
    [
        pytest.param("local-cloud", [1, 0, 0, 0], (), 0, id="local has a slot"),
        pytest.param("local-cloud", [2, 0, 0, 0], (), CLOUD, id="local is full: the cloud, whoever else is idle"),
        pytest.param("local-cloud", [0, 0, 0, 0], (0,), CLOUD, id="local is down"),
        pytest.param("local-cloud", [5, 0, 0, 0], (CLOUD,), 0, id="no cloud: the queue at home"),
        pytest.param("local-cloud", [0, 0, 0, 0], (0, CLOUD), REFUSED, id="neither is up"),
        pytest.param(
            "local-neighbors-cloud", [2, 1, 0, 0], (), 1, id="the nearest neighbour with a slot, not the idlest"
        ),
        pytest.param("local-neighbors-cloud", [2, 2, 1, 0], (), 2, id="the next one"),
        pytest.param("local-neighbors-cloud", [2, 1, 0, 0], (1,), 2, id="one that is down is passed over"),
        pytest.param("local-neighbors-cloud", [2, 2, 2, 0], (), CLOUD, id="all full"),
        pytest.param("local-neighbors-cloud", [4, 2, 3, 0], (CLOUD,), 1, id="no cloud: the shortest queue"),
        pytest.param("edgeward-single", [0, 0, 0, 0], (), 0, id="at home it is least likely late"),
        pytest.param("edgeward-single", [2, 0, 0, 0], (), 1, id="2 ms away with a slot beats 20 ms of waiting"),
        pytest.param("edgeward-single", [0, 0, 0, 0], (0, 1), 2, id="who is down is not chosen"),
        pytest.param("edgeward-single", [9, 9, 9, 0], (), CLOUD, id="queues too long to join"),
        pytest.param("edgeward-single", [9, 8, 9, 0], (CLOUD,), 0, id="no cloud: a long queue rather than none"),
        pytest.param("edgeward-single", [0, 0, 0, 0], (0, 1, 2, CLOUD), REFUSED, id="nobody is up"),
    ],
)
def test_a_request_from_a_goes_to(router: str, held: list[int], down: tuple[int, ...], chosen: int) -> None:
    fleet = Fleet(make_topology(3, slots=2), exact=True)
    fleet.held[:] = held
    for site in down:
        fleet.up[site] = False
    assert make_router(router, fleet).choose(0, 0.0) == chosen


def test_random_spreads_over_all_sites_that_are_up_and_never_to_the_cloud() -> None:
    fleet = Fleet(make_topology(4), exact=True)
    router = make_router("random", fleet)
    counts = np.bincount([router.choose(0, 0.0) for _ in range(20_000)], minlength=5)
    assert counts[4] == 0
    assert counts[:4] == pytest.approx([5000] * 4, rel=0.05)
    fleet.up[2] = False
    counts = np.bincount([router.choose(0, 0.0) for _ in range(20_000)], minlength=5)
    assert counts[2] == counts[4] == 0
    fleet.up[:4] = [False] * 4
    assert router.choose(0, 0.0) == 4


def test_a_router_knows_of_others_what_they_reported_and_what_it_sent_itself() -> None:
    fleet = Fleet(make_topology(3, slots=2), exact=False)
    fleet.held[1] = 2
    assert (fleet.known(0, 1), fleet.known(1, 1)) == (0, 2)  # b knows itself
    fleet.sent(0, 1)
    assert (fleet.known(0, 1), fleet.known(2, 1)) == (1, 0)
    fleet.report(500.0)
    assert (fleet.known(0, 1), fleet.known(2, 1)) == (2, 2)
    assert fleet.age_ms(600.0) == 100.0


def test_a_router_counts_its_own_requests_elsewhere_at_once_and_others_as_reported() -> None:
    fleet = Fleet(make_topology(3, slots=4), exact=False)
    for origin in (0, 0, 2):
        fleet.held[1] += 1
        fleet.sent(origin, 1)
    assert [fleet.last_seen(origin, 1) for origin in range(3)] == [2, 3, 1]  # b knows itself
    fleet.report(500.0)
    assert [fleet.last_seen(origin, 1) for origin in range(3)] == [3, 3, 3]
    fleet.held[1] -= 1
    fleet.ended(0, 1)
    assert [fleet.last_seen(origin, 1) for origin in range(3)] == [2, 2, 3]


def flowed(sites: Topology, router: str, *, own_time: float, staleness_s: float = 0.0, load: float = 0.7) -> Outcome:
    traffic = poisson(sites, load=load, service_ms=40.0, requests=40_000, seed=2, own_time=own_time)
    fleet, kernel = Fleet(sites, exact=staleness_s == 0), Kernel()
    chosen = make_router(router, fleet)
    schedule_knowledge(kernel, fleet, chosen, refresh_s=0.25, staleness_s=staleness_s)
    return Flow(fleet, chosen, traffic, kernel, access_ms=7.0).run()


def late_pct(outcome: Outcome) -> float:
    return float(100 * (outcome.response_ms[8000:] > 100).mean())


def cloud_pct(outcome: Outcome) -> float:
    return float(100 * (outcome.served_by[8000:] == 12).mean())


SKEWED = make_topology(12, slots=4, step_ms=3.0).weighted(np.array([8.0, 1, 1, 1, 4, 1, 1, 2, 1, 1, 1, 2]))


def test_the_priced_router_is_late_less_often_than_first_free_and_keeps_the_cloud_below_its_share() -> None:
    first, priced = (
        flowed(SKEWED, "local-neighbors-cloud", own_time=1.0),
        flowed(SKEWED, "edgeward-single", own_time=1.0),
    )
    assert late_pct(priced) < late_pct(first)
    assert (priced.served_by[8000:] == 12).mean() <= 0.031


@pytest.mark.parametrize("staleness_s", [0.1, 1.0])
@pytest.mark.parametrize("router", ["edgeward", "edgeward-single"])
def test_on_old_news_it_is_no_later_than_first_free_and_no_more_in_the_cloud(router: str, staleness_s: float) -> None:
    first = flowed(SKEWED, "local-neighbors-cloud", own_time=0.5, staleness_s=staleness_s)
    priced = flowed(SKEWED, router, own_time=0.5, staleness_s=staleness_s)
    assert late_pct(priced) < late_pct(first)
    assert cloud_pct(priced) < cloud_pct(first)


@pytest.mark.parametrize("staleness_s", [0.0, 1.0])
def test_an_edge_that_cannot_hold_sends_more_to_the_cloud_rather_than_be_late(staleness_s: float) -> None:
    outcome = flowed(SKEWED, "edgeward", own_time=0.5, staleness_s=staleness_s, load=1.3)
    first = flowed(SKEWED, "local-neighbors-cloud", own_time=0.5, staleness_s=staleness_s, load=1.3)
    assert cloud_pct(outcome) > 100 * (1 - 1 / 1.3)  # 3 % is its wish, 23 % is what the slots leave over
    assert late_pct(outcome) < late_pct(first)


def test_no_router_that_tries_once_is_below_the_floor() -> None:
    floor = least_late(SKEWED, load=0.7, slo_ms=100.0, access_ms=7.0, service_ms=40.0, cloud_share=1.0)
    assert floor is not None
    assert 100 * floor > 100 * np.exp(-93 / 40)
    for router in ("random", "local-cloud", "local-neighbors-cloud", "edgeward-single"):
        assert late_pct(flowed(SKEWED, router, own_time=1.0)) > 100 * floor - 0.5  # 3 standard errors of 32,000 draws


def test_the_floor_of_two_sites_is_the_sum_by_hand() -> None:
    sites = make_topology(2, cloud=False, step_ms=40 * np.log(2)).weighted(np.array([3.0, 1.0]))
    # a asks for 0.75 and can serve 0.625 of all at load 0.8: 0.125 pay a round trip that doubles exp(-93/40)
    floor = least_late(sites, load=0.8, slo_ms=100.0, access_ms=7.0, service_ms=40.0, cloud_share=0.0)
    assert floor == pytest.approx(1.125 * np.exp(-93 / 40))
    assert least_late(sites, load=1.1, slo_ms=100.0, access_ms=7.0, service_ms=40.0, cloud_share=0.0) is None


def test_second_tries_help_where_slowness_is_the_replicas_and_stop_where_it_is_the_requests() -> None:
    single = flowed(SKEWED, "edgeward-single", own_time=1.0)
    alone, shared = flowed(SKEWED, "edgeward", own_time=0.0), flowed(SKEWED, "edgeward", own_time=1.0)
    assert late_pct(alone) < 0.7 * late_pct(single)
    assert late_pct(shared) < late_pct(single) + 0.5
    assert shared.seconds < 0.3 * alone.seconds


def test_neighbours_are_the_nearest_that_the_relation_allows() -> None:
    rtt_ms = [[0, 9, 3, 30, 12], [9, 0, 5, 5, 12], [3, 5, 0, 5, 12], [30, 5, 5, 0, 12], [12, 12, 12, 12, 0]]
    names = ("a", "b", "c", "d", "x")
    sites = Sites(tuple(Site(name=name, tier=Tier.CLOUD if name == "x" else Tier.EDGE) for name in names))
    found = topology(
        sites, LatencyMatrix.of(names, rtt_ms), slots_per_site=4, cloud_slots=50, neighbors=2, radius_ms=10.0
    )
    assert found.names == names
    assert found.neighbors == ((2, 1), (2, 3), (0, 1), (1, 2))  # a: d is out of the radius; c: b before d, by number
    assert (found.cloud, found.edge_slots, found.slots[4]) == (4, 16, 50)
    assert found.rtt_ms[0].tolist() == [0, 9, 3, 30, 12]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rtt_ms": np.full((2, 3), np.nan)}, "rtt_ms: wants 2 × 3"),
        ({"slots": (1, 0, 1)}, "slots: wants one number >= 1"),
        ({"weights": np.zeros(2)}, "weights: wants 2"),
        ({"neighbors": ((),)}, "neighbors: wants one list"),
        ({"edges": 1}, "at most one cloud"),
    ],
)
def test_a_topology_that_makes_no_sense_is_refused(wrong: dict[str, object], message: str) -> None:
    right: dict[str, object] = {
        "names": ("a", "b", "cloud"),
        "edges": 2,
        "slots": (1, 1, 9),
        "rtt_ms": np.ones((2, 3)),
        "neighbors": ((1,), (0,)),
        "weights": np.ones(2),
    }
    with pytest.raises(InputError, match=message):
        Topology(**{**right, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"load": 0.0}, {"service_ms": np.inf}, {"requests": 0}, {"own_time": 1.5}])
def test_traffic_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    right = {"load": 0.7, "service_ms": 40.0, "requests": 10, "seed": 1, "own_time": 0.0}
    with pytest.raises(InputError, match=next(iter(wrong))):
        poisson(make_topology(), **{**right, **wrong})  # type: ignore[arg-type]
