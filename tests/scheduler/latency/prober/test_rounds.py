from __future__ import annotations

import asyncio
import math

import pytest

from scheduler.latency.prober.rounds import LEFT_OUT, Rounds
from scheduler.latency.prober.window import Result, Summary
from tests.scheduler.latency.prober.worlds import Network, make_config, make_rounds

pytestmark = pytest.mark.looptime


async def run(rounds: Rounds, *, for_s: float) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(for_s, stop.set)
    async with asyncio.timeout(for_s + 10):
        await rounds.run(stop)


def summary(rounds: Rounds, site: str) -> Summary:
    return rounds.windows[site].summary(asyncio.get_running_loop().time())


async def test_quantiles_are_those_of_the_round_trips_that_were_dialled() -> None:
    network = Network(b=[0.001 * number for number in range(1, 31)])
    rounds = make_rounds(make_config("b"), network)
    await run(rounds, for_s=105)  # 10 rounds of 3
    shown = summary(rounds, "at-b")
    assert shown.probes >= 30
    assert shown.p50_s == pytest.approx(0.015, abs=0.003)
    assert 0.026 < shown.p95_s <= 0.030
    assert shown.loss == 0.0


async def test_a_target_that_never_answers_is_lost_in_time_and_shown_as_nothing() -> None:
    network = Network(b=[0.01], dead=[None])
    rounds = make_rounds(make_config("b", "dead"), network)
    await run(rounds, for_s=25)
    assert not summary(rounds, "at-dead").is_measured
    assert summary(rounds, "at-dead").loss == 1.0
    assert rounds.counts["at-dead", Result.LOST] >= 6
    assert summary(rounds, "at-b").p95_s == 0.01


async def test_one_in_ten_lost_is_a_tail_of_the_whole_timeout() -> None:
    network = Network(b=[*[0.01] * 9, None])
    rounds = make_rounds(make_config("b"), network)
    await run(rounds, for_s=110)
    assert (summary(rounds, "at-b").p50_s, summary(rounds, "at-b").p95_s) == (0.01, 0.9)


async def test_a_target_that_dies_leaves_with_its_window_and_its_last_success_tells_its_age() -> None:
    network = Network(b=[0.01])
    rounds = make_rounds(make_config("b"), network)
    loop = asyncio.get_running_loop()
    loop.call_later(50, lambda: network.answers.update(b=[Result.REFUSED]))
    loop.call_later(100, lambda: times.append(loop.time() - summary(rounds, "at-b").last_success_s))
    times: list[float] = []
    await run(rounds, for_s=200)
    assert times[0] >= 50
    assert not summary(rounds, "at-b").is_measured
    assert rounds.counts["at-b", Result.REFUSED] > 0


async def test_no_more_connections_than_allowed_are_open_at_once() -> None:
    hosts = [f"h{number}" for number in range(40)]
    network = Network(**{host: [0.8] for host in hosts})
    rounds = make_rounds(make_config(*hosts, concurrency=5), network)
    await run(rounds, for_s=30)
    assert network.most_open == 5


async def test_what_finds_no_connection_in_its_round_is_left_out_and_counted() -> None:
    hosts = [f"h{number}" for number in range(40)]
    network = Network(**{host: [None] for host in hosts})
    rounds = make_rounds(make_config(*hosts, concurrency=2), network)
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    await run(rounds, for_s=30)
    left_out = sum(count for (_, result), count in rounds.counts.items() if result == LEFT_OUT)
    assert left_out > 100  # of 3 rounds of 120 with 2 · 10 s / 0.9 s of them in each
    assert loop.time() - started_s < 32  # rounds did not pile up


async def test_it_stops_at_once_when_nothing_is_being_dialled() -> None:
    network = Network(b=[0.01])
    rounds = make_rounds(make_config("b"), network)
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    await run(rounds, for_s=7.5)
    assert loop.time() - started_s == pytest.approx(7.5, abs=0.1)


async def test_it_stops_within_one_timeout_while_it_dials() -> None:
    rounds = make_rounds(make_config("b", probes_per_round=100), Network(b=[None]))
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    await run(rounds, for_s=2.0)
    assert loop.time() - started_s <= 2.0 + 0.9 + 0.1


async def test_rounds_of_agents_that_start_together_drift_apart() -> None:
    starts = []
    for seed in (1, 2):
        network = Network(b=[0.01])
        await run(make_rounds(make_config("b", probes_per_round=1), network, seed=seed), for_s=60)
        began_s = network.dialled[0][1]
        starts.append([at_s - began_s for _, at_s in network.dialled])
    assert len(starts[0]) >= 5
    assert all(not math.isclose(a, b) for a, b in zip(starts[0][1:], starts[1][1:], strict=False))


async def test_several_targets_of_one_site_are_one_window() -> None:
    config = make_config(targets=[{"site": "b", "host": "x"}, {"site": "b", "host": "y"}])
    rounds = make_rounds(config, Network(x=[0.01], y=[0.03]))
    await run(rounds, for_s=15)
    assert list(rounds.windows) == ["b"]
    assert (summary(rounds, "b").p50_s, summary(rounds, "b").p95_s) == (0.01, 0.03)
