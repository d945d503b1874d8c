from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.model.latency import LatencyMatrix
from policies.model.site import Tier
from simulations.errors import InputError
from simulations.workloads.dump import BoundPod
from simulations.workloads.geography import Geography
from simulations.world.ledger import Prices
from simulations.world.workload import Arrival, LatencyChange, Outage, Workload
from simulations.world.world import World
from tests.builders import make_class, make_node, make_pod, make_profile
from tests.simulations.world.small import GEOGRAPHY, LOCAL, NODES, come, where, world


def test_local_then_neighbour_then_cloud_then_waiting() -> None:
    run = world(come(0, 1, 2, 3))
    ledger = run.run()
    assert where(run) == {"p0-0": "seoul-1", "p1-1": "busan-1", "p2-2": "aws-1"}
    assert (run.running, run.waiting, ledger.finished) == (3, 1, 0)
    assert ledger.relation_counts == {"local": 1, "neighbor": 1, "cloud": 1}
    assert ledger.rtts_ms == [0.5, 5.0, 50.0]
    assert ledger.site_counts == {"seoul": 1, "busan": 1, "aws": 1}
    assert ledger.refusals == {"fit: cpu": 1}
    assert ledger.first_choices == 1


def test_a_departure_lets_the_first_that_waits_in() -> None:
    run = world([*come(0, lifetime_s=100.0), *come(1, 2), *come(10, lifetime_s=1.0), *come(20)])
    ledger = run.run()
    # the fourth waits from 10 to 100, runs for 1 s at seoul, then the fifth gets the place
    assert ledger.waits_s == [0.0, 0.0, 0.0, 90.0, 81.0]
    assert (run.running, run.waiting, ledger.finished) == (3, 0, 2)


def test_pods_of_a_failed_node_move_after_the_toleration_and_run_for_what_is_left() -> None:
    outage = Outage(at_s=100.0, for_s=math.inf, node="seoul-1")
    run = world(come(0, lifetime_s=500.0), outages=[outage], duration_s=399.0)
    run.run()
    assert where(run) == {"p0-0": "seoul-1"}  # still tolerated
    run = world(come(0, lifetime_s=500.0), outages=[outage], duration_s=499.0)
    ledger = run.run()
    assert where(run) == {"p0-0": "busan-1"}
    assert ledger.evicted == 1
    run = world(come(0, lifetime_s=500.0), outages=[outage], duration_s=500.0)
    assert run.run().finished == 1  # 400 s before, 100 s after


def test_a_node_that_returns_in_time_keeps_its_pods() -> None:
    run = world(come(0), outages=[Outage(at_s=100.0, for_s=300.0, node="seoul-1")])
    ledger = run.run()
    assert where(run) == {"p0-0": "seoul-1"}
    assert ledger.evicted == 0


def test_an_evicted_pod_that_finds_a_node_at_once_is_not_told_that_no_node_is_ready() -> None:
    run = world(come(0), outages=[Outage(at_s=100.0, for_s=math.inf, node="seoul-1")])
    assert run.run().refusals == {}


def test_a_site_fails_as_a_whole_and_new_pods_avoid_it_until_it_is_back() -> None:
    nodes = (*NODES, make_node("seoul-2", site="seoul"))
    run = world(come(50, 200), nodes=nodes, outages=[Outage(at_s=0.0, for_s=100.0, site="seoul")])
    run.run()
    assert where(run) == {"p0-50": "busan-1", "p1-200": "seoul-1"}


def test_a_node_without_a_site_is_one_of_its_own_and_fails_as_such() -> None:
    geography = GEOGRAPHY
    nodes = (make_node("seoul", site=""), *NODES[1:])
    run = world(come(50), nodes=nodes, outages=[Outage(at_s=0.0, for_s=100.0, site="seoul")], geography=geography)
    run.run()
    assert where(run) == {"p0-50": "busan-1"}


def test_a_node_in_two_outages_is_back_after_the_last_and_evicts_once_the_first_is_tolerated_no_more() -> None:
    outages = [Outage(at_s=0.0, for_s=200.0, node="seoul-1"), Outage(at_s=100.0, for_s=300.0, site="seoul")]
    run = world(come(300, 500), outages=outages)
    run.run()
    assert where(run) == {"p0-300": "busan-1", "p1-500": "seoul-1"}


def test_a_node_that_stays_down_from_one_outage_to_the_next_is_down_since_the_first() -> None:
    outages = [Outage(at_s=100.0, for_s=200.0, node="seoul-1"), Outage(at_s=200.0, for_s=700.0, node="seoul-1")]
    run = world(come(0), outages=outages, duration_s=450.0)
    run.run()
    assert where(run) == {"p0-0": "busan-1"}  # since 100 + 300


def test_latency_that_changes_moves_later_placements_only() -> None:
    near = make_class(cpu="1", origin="seoul", preferred="neighbor", fallback="local,cloud")
    change = LatencyChange(at_s=100.0, for_s=100.0, site="busan", to="seoul", factor=10.0)  # 50 ms: no neighbour
    run = world(come(50, 150, 250, of=near), changes=[change])
    run.run()
    assert where(run) == {"p0-50": "busan-1", "p1-150": "seoul-1", "p2-250": "busan-1"}


def test_a_slow_site_is_slow_to_all_others_both_ways_and_not_to_itself() -> None:
    free = make_class(cpu="1", origin="busan=0.5,seoul=0.5")
    run = world(come(50, of=free), changes=[LatencyChange(at_s=0.0, for_s=math.inf, site="busan", factor=3.0)])
    run.run()
    latency = run.cluster.live().latency.p50_ms  # aws, busan, seoul
    assert latency.tolist() == [[0.5, 150.0, 50.0], [150.0, 0.5, 15.0], [50.0, 15.0, 0.5]]


def test_waiting_pods_are_tried_when_latency_gets_better() -> None:
    strict = make_class(cpu="4", origin="seoul", max_rtt_ms=6.0)
    change = LatencyChange(at_s=0.0, for_s=100.0, site="busan", factor=2.0)
    run = world(come(1, 2, of=strict), changes=[change])
    ledger = run.run()
    assert where(run) == {"p0-1": "seoul-1", "p1-2": "busan-1"}
    assert ledger.waits_s == [0.0, 98.0]
    assert ledger.limit_violations == 0


def test_waiting_pods_are_tried_when_a_node_returns() -> None:
    run = world(come(50), nodes=NODES[:1], outages=[Outage(at_s=0.0, for_s=100.0, node="seoul-1")])
    ledger = run.run()
    assert where(run) == {"p0-50": "seoul-1"}
    assert ledger.waits_s == [50.0]


def test_a_pod_that_waits_for_a_service_near_by_is_tried_when_that_comes() -> None:
    needy = make_class(cpu="1", service="shop", depends_on=("redis", "db"))
    # redis runs far off before db does, and the one that counts comes last
    services = [
        Arrival(time_s=time_s, pod=make_pod(f"{name}-{time_s:g}", cpu="3", service=name, node_selector={"at": where}))
        for time_s, name, where in ((0.0, "redis", "aws"), (1.0, "db", "busan"), (30.0, "redis", "busan"))
    ]
    nodes = (
        make_node("busan-1", cpu="8", site="busan", labels={"at": "busan"}),
        make_node("aws-1", site="aws", tier=Tier.CLOUD, labels={"at": "aws"}),
    )
    arrivals = [*services[:2], *come(10, 20, of=needy), services[2]]
    run = world(arrivals, nodes=nodes, policies=[shipped().policy("dependencies")(max_rtt_ms=10.0)])  # type: ignore[call-arg]
    ledger = run.run()
    assert where(run)["p0-10"] == where(run)["p1-20"] == "busan-1"
    assert ledger.waits_s == [0.0, 0.0, 0.0, 20.0, 10.0]


def _spread(**of: Any) -> World:
    skew = shipped().policy("topology")(over="host", max_skew=1)  # type: ignore[call-arg]
    return world(**of, policies=[skew])


def test_a_replica_that_would_be_one_too_many_is_tried_when_the_others_catch_up() -> None:
    small, large = (make_class(cpu=cpu, service="web") for cpu in ("1", "2"))
    nodes = (make_node("a", cpu="8"), make_node("b", cpu="4", labels={"at": "b"}))
    arrivals = [
        Arrival(time_s=0.0, pod=make_pod("fills", cpu="3", node_selector={"at": "b"})),
        *come(1, 2, of=large),  # the second must not go to a before b has one, and finds no room on b
        Arrival(time_s=3.0, pod=make_pod("small", small)),
    ]
    run = _spread(arrivals=arrivals, nodes=nodes)
    ledger = run.run()
    assert where(run) == {"fills": "b", "p0-1": "a", "small": "b", "p1-2": "a"}
    assert ledger.waits_s == [0.0, 0.0, 0.0, 1.0]


def test_a_replica_is_tried_when_the_node_that_it_lagged_behind_fails() -> None:
    of = make_class(cpu="4", service="web")
    nodes = (make_node("a", cpu="8"), make_node("b", cpu="2"))
    run = _spread(arrivals=come(0, 1, of=of), nodes=nodes, outages=[Outage(at_s=50.0, for_s=math.inf, node="b")])
    ledger = run.run()
    assert where(run) == {"p0-0": "a", "p1-1": "a"}
    assert ledger.waits_s == [0.0, 49.0]


def test_a_limit_that_nothing_measured_shows_to_hold_is_broken() -> None:
    unknown = make_class(origin="atlantis", max_rtt_ms=100.0)
    nowhere = make_class(max_rtt_ms=100.0)
    run = world([*come(0, of=unknown), *come(0, 1, of=nowhere)[1:]], policies=["spread"])
    ledger = run.run()
    assert (ledger.limit_violations, ledger.rtts_ms) == (2, [])


def test_what_was_never_measured_stays_so_while_the_rest_is_measured_anew() -> None:
    matrix = LatencyMatrix.of(("seoul", "busan", "aws"), [[0.5, math.nan, 50], [math.nan, 0.5, 50], [50, 50, 0.5]])
    geography = Geography(sites=GEOGRAPHY.sites, matrix=matrix)
    change = LatencyChange(at_s=400.0, for_s=math.inf, site="seoul", factor=2.0)
    run = world(come(500, of=make_class(origin="seoul")), geography=geography, changes=[change])
    run.run()
    latency = run.cluster.live().latency
    assert latency.known.tolist() == [[True, True, True], [True, True, False], [True, False, True]]  # aws, busan, seoul
    assert latency.source_of(1, 2) == "topology"
    assert latency.p95_ms[2, 0] == 100.0


def test_pods_that_are_there_from_the_start_take_room_cost_and_are_evicted_as_others_are() -> None:
    there = BoundPod(pod=make_pod("there", LOCAL), node="seoul-1")
    workload = Workload(
        nodes=NODES,
        geography=GEOGRAPHY,
        arrivals=tuple(come(0)),
        duration_s=1000.0,
        bound=(there,),
        outages=(Outage(at_s=100.0, for_s=math.inf, node="seoul-1"),),
    )
    run = World(workload, Engine(make_profile("hint", "latency")))
    ledger = run.run()
    assert where(run) == {"p0-0": "busan-1", "there": "aws-1"}
    assert (ledger.evicted, len(ledger.waits_s)) == (1, 2)
    assert ledger.cpu_pct[0] == pytest.approx(200 / 3)
    assert ledger.core_seconds == {"edge": 4 * (1000 + 400), "cloud": 4 * 600}


def test_what_ran_costs_by_tier_core_and_gpu() -> None:
    nodes = (make_node("aws-1", site="aws", tier=Tier.CLOUD, gpus=2), make_node("seoul-1", site="seoul"))
    cloud = make_class(cpu="2", gpus=1)
    run = world([*come(0, of=cloud, lifetime_s=1800.0), *come(0.0, 0.0, of=make_class(cpu="4", origin="seoul"))[1:]],
                nodes=nodes, duration_s=3600.0)  # fmt: skip
    prices = Prices(edge_core=1.0, cloud_core=10.0, edge_gpu=100.0, cloud_gpu=1000.0)
    # cloud: half an hour of 2 cores and one GPU; edge: an hour of 4 cores
    assert run.run().cost(prices) == pytest.approx(0.5 * (2 * 10 + 1000) + 4 * 1)


def test_a_pod_without_gpu_on_a_node_with_some_is_counted() -> None:
    run = world(come(0, of=make_class()), nodes=(make_node("seoul-1", gpus=1),))
    assert run.run().cpu_pods_on_gpu_nodes == 1


def test_curves_are_sampled_to_the_end() -> None:
    ledger = world(come(0, 1, 2, 3, lifetime_s=500.0), duration_s=1000.0).run()
    assert (ledger.times_s[0], ledger.times_s[-1], len(ledger.times_s)) == (0.0, 1000.0, 241)
    assert ledger.pending[10] == 1
    assert ledger.cpu_pct[10] == 100.0
    assert ledger.cpu_pct[-1] == 0.0  # the fourth had its place at 500 and left at 1000


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_no_pod_is_lost_whatever_fails_and_nothing_is_over_committed(seed: int) -> None:
    dice = random.Random(seed)
    classes = (LOCAL, make_class(cpu="1500m", origin="busan", max_rtt_ms=20.0), make_class(cpu="700m"))
    times = sorted(dice.choice([dice.uniform(0, 1100), float(dice.randrange(0, 1000, 50))]) for _ in range(30))
    arrivals = [
        Arrival(
            time_s=time_s,
            pod=make_pod(f"p{number}", dice.choice(classes)),
            lifetime_s=dice.choice([math.inf, 0.0, 50.0, dice.expovariate(0.005)]),
        )
        for number, time_s in enumerate(times)
    ]
    outages = [
        Outage(
            at_s=float(dice.randrange(0, 1000, 50)),
            for_s=dice.choice([math.inf, 50.0, 350.0]),
            **dice.choice([{"node": "seoul-1"}, {"site": "busan"}, {"site": "seoul"}]),
        )
        for _ in range(dice.randrange(4))
    ]
    changes = [
        LatencyChange(at_s=float(dice.randrange(0, 900, 50)), for_s=100.0, site="busan", factor=dice.choice([0.1, 9.0]))
        for _ in range(dice.randrange(3))
    ]
    run = world(arrivals, outages=outages, changes=changes, evict_after_s=dice.choice([0.0, 100.0, 300.0]))
    ledger = run.run()
    arrived = sum(arrival.time_s <= 1000.0 for arrival in arrivals)
    assert arrived == run.running + run.waiting + ledger.finished
    assert run.running == len(run.cluster)
    assert len(ledger.waits_s) == ledger.finished + run.running + ledger.evicted
    assert all(waited >= 0 for waited in ledger.waits_s)
    assert ledger.limit_violations == 0
    live = run.cluster.live()
    assert (live.free_all >= 0).all()
    assert max(ledger.cpu_pct) <= 100.0


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"arrivals": ()}, "no pod arrives"),
        ({"bound": (BoundPod(pod=make_pod("p"), node="n9"),)}, "pod default/p: is on unknown node 'n9'"),
        ({"outages": (Outage(at_s=0, for_s=1, node="n9"),)}, r"outages\[0\]\.node: unknown node 'n9'"),
        ({"outages": (Outage(at_s=0, for_s=1),)}, r"outages\[0\]: wants a node or a site"),
        ({"outages": (Outage(at_s=0, for_s=1, node="a", site="b"),)}, r"outages\[0\]: wants a node or a site"),
        ({"outages": (Outage(at_s=0, for_s=1, site="seuol"),)},
         r"outages\[0\]\.site: unknown site 'seuol' \(did you mean 'seoul'\?\)"),
        ({"latency_changes": (LatencyChange(at_s=0, for_s=1, site="x"),)},
         r"latency_changes\[0\]\.site: unknown site 'x'"),
        ({"latency_changes": (LatencyChange(at_s=0, for_s=1, site="seoul", to="x"),)},
         r"latency_changes\[0\]\.to: unknown site 'x'"),
    ],
)  # fmt: skip
def test_what_names_nothing_that_is_there_is_bad_input(broken: dict[str, object], words: str) -> None:
    parts: dict[str, object] = {
        "nodes": NODES, "geography": GEOGRAPHY, "arrivals": tuple(come(0)), "duration_s": 1.0, **broken,
    }  # fmt: skip
    with pytest.raises(InputError, match=words):
        Workload(**parts)  # type: ignore[arg-type]


def test_why_pods_wait_is_found_anew_as_time_goes_by() -> None:
    outages = [Outage(at_s=710.0, for_s=math.inf, node=node.name) for node in NODES]
    run = world(come(0, 1, 2, 3, 100, 800), outages=outages)
    # at 3 s all are full, which still counts at 100 s; at 800 s none is ready, and they evict nothing before 1010 s
    assert run.run().refusals == {"fit: cpu": 2, "no node is ready": 1}
