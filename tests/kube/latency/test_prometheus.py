from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from kube.latency.measurement import LatencySource, Measurement
from kube.latency.polling import LONGEST_PAUSE_S
from kube.latency.prometheus import LatencyQueries, PrometheusSource
from kube.program.instant_query import PrometheusSettings
from tests.fake_prometheus import FakePrometheus, series

pytestmark = pytest.mark.looptime

AT = PrometheusSettings(url="http://prometheus:9090")
QUERIES = LatencyQueries(prometheus=AT)


async def published(source: LatencySource, *, for_s: float = 1.0) -> list[Measurement]:
    """What the source tells within that time."""
    stop = asyncio.Event()
    told: list[Measurement] = []
    asyncio.get_running_loop().call_later(for_s, stop.set)
    async with asyncio.timeout(for_s + 1):
        await source.run(stop, told.extend)
    return told


def prometheus(
    p50: Sequence[dict[str, Any]], p95: Sequence[dict[str, Any]] = (), at: Sequence[dict[str, Any]] = ()
) -> FakePrometheus:
    fake = FakePrometheus()
    fake.answers = {QUERIES.p50: list(p50), QUERIES.p95: list(p95), QUERIES.measured_at: list(at)}
    return fake


async def test_the_three_answers_are_one_measurement_in_milliseconds_with_its_own_time() -> None:
    fake = prometheus(
        [series(0.004, from_="a", to="b")], [series(0.0065, from_="a", to="b")], [series(990, from_="a", to="b")]
    )
    (told,) = await published(PrometheusSource(QUERIES, fake))
    assert told == Measurement(origin="a", to="b", p50_ms=4.0, p95_ms=6.5, at_s=990.0, source="prometheus")


async def test_a_pair_without_a_time_is_left_out_and_counted() -> None:
    source = PrometheusSource(QUERIES, prometheus([series(0.004, from_="a", to="b")]))
    assert await published(source) == []
    assert source.skipped == 1


async def test_own_queries_labels_and_unit() -> None:
    queries = LatencyQueries(
        prometheus=AT, name="blackbox", p50="", p95="ping", measured_at="", from_label="src", to_label="dst", unit="ms"
    )
    fake = FakePrometheus()
    fake.answers["ping"] = [series(12, at_s=500, src="a", dst="b")]
    (told,) = await published(PrometheusSource(queries, fake))
    assert math.isnan(told.p50_ms)
    assert (told.p95_ms, told.at_s, told.source) == (12.0, 500.0, "blackbox")
    assert fake.asked == ["ping"]  # an empty query is not asked


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-0.001", "fast"])
async def test_what_is_no_round_trip_is_skipped_and_counted(value: str) -> None:
    at = [series(990, from_="a", to=to) for to in ("b", "c")]
    source = PrometheusSource(
        QUERIES, prometheus([series(value, from_="a", to="b"), series(1, from_="a", to="c")], [], at)
    )
    assert [each.to for each in await published(source)] == ["c"]
    assert source.skipped == 1


async def test_a_series_without_both_sites_is_skipped_and_counted() -> None:
    source = PrometheusSource(QUERIES, prometheus([series(1, from_="a"), series(1, to="a"), series(1)]))
    assert await published(source) == []
    assert source.skipped == 3


async def test_it_asks_every_so_often_until_it_is_told_to_stop() -> None:
    fake = prometheus([])
    await published(PrometheusSource(QUERIES, fake), for_s=2 * QUERIES.every_s + 1)
    assert fake.asked_at_s[::3] == pytest.approx([0, 15, 30])


async def test_failures_are_counted_asked_more_slowly_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    fake = prometheus([])
    fake.broken = "connection refused"
    source = PrometheusSource(QUERIES, fake)
    with caplog.at_level(logging.INFO):
        await published(source, for_s=1000)
        fake.broken = ""
        await published(source)
    asked = fake.asked_at_s[:-3:3]
    pauses = [round(later - earlier) for earlier, later in pairwise(asked)]
    assert pauses == [30, 60, 120, 240, LONGEST_PAUSE_S]  # doubled, up to 5 minutes
    assert source.polling.failures == 6
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "prometheus: connection refused" in caplog.messages[0]
    assert source.polling.problem == ""


async def test_while_it_fails_nothing_is_published_so_that_what_was_told_last_stays() -> None:
    fake = prometheus([series(0.004, from_="a", to="b")], [], [series(990, from_="a", to="b")])
    source = PrometheusSource(QUERIES, fake)
    assert len(await published(source)) == 1
    fake.broken = "down"
    assert await published(source, for_s=500) == []
    assert source.polling.problem == "down"


async def test_a_large_answer_is_published_in_pieces() -> None:
    pairs = [(f"s{i}", f"s{j}") for i in range(60) for j in range(60)]
    p50 = [series(0.01, from_=a, to=b) for a, b in pairs]
    at = [series(990, from_=a, to=b) for a, b in pairs]
    sizes: list[int] = []
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(1.0, stop.set)

    def publish(batch: Sequence[Measurement]) -> None:
        sizes.append(len(batch))

    async with asyncio.timeout(2):
        await PrometheusSource(QUERIES, prometheus(p50, [], at)).run(stop, publish)
    assert sizes == [2000, 1600]
