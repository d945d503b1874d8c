"""That what is believed of round trips follows their age, and the mirror is not told more often than needed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kube.latency.measurement import Measurement
from kube.latency.merged import Merged
from kube.latency.network_topology import NetworkTopologies, NetworkTopologySettings
from kube.latency.round_trips import RoundTrips
from policies.model.cluster import Cluster
from policies.model.latency import FRESH_S, HALF_LIFE_S
from tests.builders import make_sites
from tests.kube.latency.told import told

MEASURED_S = 10_000.0


class Told(Cluster):
    """Counts how often it is told of latency."""

    times = 0

    def set_latency(self, *args: object, **kwargs: object) -> None:
        self.times += 1
        super().set_latency(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they come


class At:
    """A mirror's cluster, and the one measurement that it believes, at a time that the test sets."""

    def __init__(self) -> None:
        self.now_s = MEASURED_S
        self.cluster = Told(make_sites("a", "b"))
        merged = Merged(clock=self.clock)
        merged.publish([told(p95_ms=12, at_s=MEASURED_S)])
        self.round_trips = RoundTrips(
            self.cluster,
            merged,
            fresh_s=FRESH_S,
            half_life_s=HALF_LIFE_S,
            clock=self.clock,
            on_change=lambda: None,
            tell=lambda _: None,
        )
        self.round_trips.give()

    def clock(self) -> float:
        return self.now_s

    def is_known(self, age_s: float) -> bool:
        """May it pass a hard limit, that much later?"""
        self.now_s = MEASURED_S + age_s
        self.round_trips.give()
        return bool(self.cluster.freeze().latency.known[0, 1])


def test_measurement_passes_no_limit_from_the_first_look_after_it_is_stale() -> None:
    at = At()
    for age_s in (0, FRESH_S - 1, FRESH_S):
        assert at.is_known(age_s)
    assert not at.is_known(FRESH_S + 1)


def test_matrix_that_stays_is_told_again_every_fifteen_seconds() -> None:
    at = At()
    for age_s in range(121):
        at.is_known(age_s)
    assert at.cluster.times == 1 + 7  # at 16, 32, … 112 s: looked at each second, due after more than 15


CSV = "from,a,b\na,,{ms}/{ms}\n"
BAD = "from,a,b\na,,far\n"


class Source:
    """Publishes what a test gives it until it is told to stop."""

    name = "fake"

    def __init__(self) -> None:
        self.given: asyncio.Queue[Measurement] = asyncio.Queue()
        self.has_stopped = False

    async def run(self, stop: asyncio.Event, publish: Callable[[Sequence[Measurement]], None]) -> None:
        while not stop.is_set():
            news, stopped = asyncio.ensure_future(self.given.get()), asyncio.ensure_future(stop.wait())
            await asyncio.wait((news, stopped), return_when=asyncio.FIRST_COMPLETED)
            if news.done():
                publish([news.result()])
            news.cancel()
            stopped.cancel()
        self.has_stopped = True


class Bench:
    """Round trips between sites a and b, from everywhere; the clock stands still unless a test moves it."""

    def __init__(self, *sources: Source, clock: Callable[[], float] | None = None) -> None:
        self.now_s = MEASURED_S
        self.cluster = Told(make_sites("a", "b"))
        self.changes = 0
        self.told: list[str] = []
        clock = clock or (lambda: self.now_s)
        self.round_trips = RoundTrips(
            self.cluster,
            Merged(clock=clock),
            sources=sources,
            topologies=NetworkTopologies(NetworkTopologySettings(costs_are_p95=True)),
            fresh_s=FRESH_S,
            half_life_s=HALF_LIFE_S,
            clock=clock,
            on_change=self.count,
            tell=self.told.append,
        )

    def count(self) -> None:
        self.changes += 1

    def p95_ms(self) -> float:
        return float(self.cluster.freeze().latency.p95_ms[0, 1])

    @property
    def is_known(self) -> bool:
        return bool(self.cluster.freeze().latency.known[0, 1])

    def read(self, **texts: str) -> None:
        """All ConfigMaps as they are now, each with one text."""
        self.round_trips.config_maps({name: {"rtt.csv": text} for name, text in texts.items()})
        self.round_trips.give()

    def topologies(self, cost: object) -> None:
        self.round_trips.network_topologies({"default/net": topology(cost)}, self.cluster.live().sites)
        self.round_trips.give()


def topology(cost: object) -> dict[str, Any]:
    origins = [{"origin": "a", "costList": [{"destination": "b", "networkCost": cost}]}]
    lists = [{"topologyKey": "edgeward.dev/site", "originList": origins}]
    return {"spec": {"weights": [{"name": "UserDefined", "topologyList": lists}]}}


def test_text_that_changes_changes_the_matrix_and_says_so_once() -> None:
    bench = Bench()
    bench.read(net=CSV.format(ms=12))
    assert (bench.p95_ms(), bench.changes) == (12.0, 1)
    bench.read(net=CSV.format(ms=12))
    assert (bench.changes, bench.cluster.times) == (1, 1)
    bench.read(net=CSV.format(ms=30))
    assert (bench.p95_ms(), bench.changes) == (30.0, 2)


def test_config_map_that_is_gone_says_nothing_any_more() -> None:
    bench = Bench()
    bench.read(net=CSV.format(ms=12))
    bench.read()
    assert not bench.is_known
    assert bench.changes == 2


def test_text_with_a_problem_keeps_the_last_good_one_and_is_told_once() -> None:
    bench = Bench()
    bench.read(net=CSV.format(ms=12))
    bench.read(net=BAD)
    bench.read(net=BAD, other=CSV.format(ms=12))
    assert bench.p95_ms() == 12.0
    assert len(bench.told) == 1
    assert "configmap net: rtt.csv" in bench.told[0]
    assert "'far'" in bench.told[0]


def test_problem_is_told_again_when_it_comes_back() -> None:
    bench = Bench()
    for text in (BAD, CSV.format(ms=12), BAD):
        bench.read(net=text)
    assert len(bench.told) == 2


def test_problems_of_one_source_are_not_told_again_because_another_was_read() -> None:
    bench = Bench()
    for _ in range(3):
        bench.read(net=BAD)
        bench.topologies("far")
    assert len(bench.told) == 2
    assert "networktopology default/net" in bench.told[1]


def test_network_topology_counts_where_nobody_wrote_it_down() -> None:
    bench = Bench()
    bench.topologies(25)
    assert bench.p95_ms() == 25.0


def test_topologies_that_nobody_asked_for_are_not_read() -> None:
    bench = Bench()
    bench.round_trips._topologies = None
    bench.topologies(25)
    assert not bench.is_known


def test_age_is_that_of_the_oldest_measurement_and_what_stands_has_none() -> None:
    bench = Bench()
    assert math.isnan(bench.round_trips.oldest_s())
    bench.read(net=CSV.format(ms=12))
    assert math.isnan(bench.round_trips.oldest_s())
    bench.round_trips.merged.publish([told(at_s=MEASURED_S - 40)])
    assert bench.round_trips.oldest_s() == 40.0


@pytest.mark.looptime
async def test_sources_publish_within_a_second_and_stop_when_told() -> None:
    source, stop = Source(), asyncio.Event()
    bench = Bench(source, clock=asyncio.get_running_loop().time)
    running = asyncio.ensure_future(bench.round_trips.run(stop))
    await asyncio.sleep(5)
    before = bench.changes
    source.given.put_nowait(told(p50_ms=5.0, p95_ms=7.0, at_s=5.0))
    await asyncio.sleep(1.1)
    assert (bench.p95_ms(), bench.changes) == (7.0, before + 1)
    stop.set()
    await asyncio.wait_for(running, 1)
    assert source.has_stopped
