from __future__ import annotations

import math
import random

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scheduler.latency.prober.exposition import Exposition
from scheduler.latency.prober.rounds import Rounds
from scheduler.latency.prober.window import Probe, Result, Window
from tests.scheduler.latency.prober.worlds import Network, make_book, make_config

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def shown(rounds: Rounds, *, now_s: float, clock_s: float = 0.0) -> Series:
    """Every series of the page by name and labels."""
    page = Exposition(rounds, site="home", now=lambda: now_s, clock=lambda: clock_s).text().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


@pytest.fixture
async def rounds() -> Rounds:
    config, network = make_config(), Network()
    return Rounds(config, book=make_book(config, network), dial=network.dial, rng=random.Random(1))


async def test_what_was_measured_is_shown_with_its_age_on_the_wall_clock(rounds: Rounds) -> None:
    rounds.windows["b"] = Window(60)
    for at_s, rtt_s in ((100, 0.004), (110, 0.002), (112, 0.003)):
        rounds.windows["b"].add(Probe(at_s, rtt_s, Result.OK))
    rounds.counts["b", Result.OK] = 3
    series = shown(rounds, now_s=115, clock_s=1_000_000)
    pair = (("from", "home"), ("to", "b"))
    assert series["edgeward_rtt_seconds", (pair[0], ("quantile", "0.5"), pair[1])] == 0.003
    assert series["edgeward_rtt_seconds", (pair[0], ("quantile", "0.95"), pair[1])] == 0.004
    assert series["edgeward_rtt_last_success_timestamp_seconds", pair] == 999_997  # 115 - 112 s before
    assert series["edgeward_probe_loss_ratio", pair] == 0.0
    assert series["edgeward_probes_total", (pair[0], ("result", "ok"), pair[1])] == 3


async def test_a_target_that_is_dead_shows_no_round_trip_but_when_it_was_alive(rounds: Rounds) -> None:
    rounds.windows["b"] = Window(60)
    rounds.windows["b"].add(Probe(0, 0.004, Result.OK))
    rounds.windows["b"].add(Probe(100, 0.9, Result.LOST))
    series = shown(rounds, now_s=101, clock_s=1_000_101)
    assert not [name for name, _ in series if name == "edgeward_rtt_seconds"]
    pair = (("from", "home"), ("to", "b"))
    assert series["edgeward_rtt_last_success_timestamp_seconds", pair] == 1_000_000
    assert series["edgeward_probe_loss_ratio", pair] == 1.0


async def test_nothing_measured_is_a_page_without_a_number_that_is_none(rounds: Rounds) -> None:
    rounds.windows["b"] = Window(60)
    series = shown(rounds, now_s=0)
    assert series == {("edgeward_prober_targets", ()): 0.0}
    assert not any(math.isnan(value) for value in series.values())
