"""Prometheus as a source: one question a query, series summed, and no number where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.planner.observation import Reading, Total, Unavailable
from autoscaler.sources.sources import Sources
from autoscaler.sources.want import Want
from tests.autoscaler.sources.metrics_kube import MetricsKube
from tests.fake_prometheus import FakePrometheus, series

QUERY = "sum(rate(http_requests_total[1m]))"
WANT = Want(kind="Prometheus", namespace="", name=QUERY)


async def read(prometheus: FakePrometheus | None) -> Reading:
    return (await Sources(MetricsKube(), prometheus=prometheus).read([WANT, WANT], now_s=1010)).of(WANT)


def answering(*values: Any) -> FakePrometheus:
    fake = FakePrometheus()
    fake.answers[QUERY] = [series(value, at_s=1005.5) for value in values]
    return fake


@pytest.mark.parametrize(
    ("values", "milli"),
    [
        (["12.5"], 12_500),
        (["0.0001"], 1),  # up, as quantities are
        (["-0.0001"], -1),
        (["0.1", "0.2"], 300),  # and not ceil(300.00000000000004) = 301
        (["1.5e+06"], 1_500_000_000),
        (["1e300"], 2**63 - 1),
        (["0"], 0),
    ],
)
async def test_the_series_are_summed_exactly(values: list[str], milli: int) -> None:
    fake = answering(*values)
    assert await read(fake) == Total(milli=milli, timestamp_s=1005.5)
    assert fake.asked == [QUERY]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "no metrics returned from Prometheus"),
        (["NaN"], "no number: NaN"),
        (["1", "+Inf"], "no number: +Inf"),
        (["one"], "no number: one"),
        (["1e999999999"], "no number: 1e999999999"),
    ],
)
async def test_without_a_number_it_is_unavailable(values: list[str], said: str) -> None:
    assert await read(answering(*values)) == Unavailable(
        reason="FailedGetPrometheusMetric", message=f"unable to get metric {QUERY}: {said}"
    )


async def test_a_prometheus_that_refuses_is_told() -> None:
    fake = answering("1")
    fake.broken = "http://prometheus:9090/api/v1/query: no answer within 10 s"
    reading = await read(fake)
    assert isinstance(reading, Unavailable)
    assert reading.message.endswith(f"unable to fetch metrics from Prometheus: {fake.broken}")


async def test_without_a_prometheus_it_is_told_what_is_missing() -> None:
    reading = await read(None)
    assert isinstance(reading, Unavailable)
    assert reading.message.endswith("no Prometheus is configured")
