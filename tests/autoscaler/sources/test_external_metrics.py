"""external.metrics.k8s.io: series are summed, within 64 bits."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.planner.observation import Reading, Total, Unavailable
from autoscaler.sources.sources import Sources
from autoscaler.sources.want import Want
from tests.autoscaler.sources.metrics_kube import EXTERNAL, MetricsKube, external_value, listed

QUEUE = Want(kind="External", namespace="web", name="queue", selector="q=orders")
PATH = f"{EXTERNAL}/namespaces/web/queue"


async def read(answer: Any) -> Reading:
    return (await Sources(MetricsKube({PATH: answer})).read([QUEUE], now_s=1010)).of(QUEUE)


@pytest.mark.parametrize(
    ("values", "milli"),
    [
        (["3"], 3000),
        (["1n", "1n"], 2),  # each is rounded up before the sum
        (["7", "-2500m"], 4500),
        (["9E", "9E"], 2**63 - 1),
        (["-9E", "-9E", "1"], -(2**63) + 1000),
        ([None, 2], 2000),
    ],
    ids=["one", "rounded up", "a negative one", "beyond 64 bits", "below 64 bits", "null and a number"],
)
async def test_series_are_summed(values: list[Any], milli: int) -> None:
    reading = await read(listed(*map(external_value, values)))
    assert reading == Total(milli=milli, timestamp_s=1000)


async def test_a_sum_is_as_old_as_its_oldest_part() -> None:
    series = [external_value(1, at_s=995), external_value(1, at_s=700), external_value(1) | {"timestamp": None}]
    assert await read(listed(*series)) == Total(milli=3000, timestamp_s=700)
    assert await read(listed(series[2])) == Total(milli=1000, timestamp_s=None)


async def test_the_selector_chooses_the_series() -> None:
    kube = MetricsKube({PATH: listed(external_value(1))})
    await Sources(kube).read([QUEUE], now_s=1010)
    assert kube.calls == [("get", PATH, {"labelSelector": "q=orders"})]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (listed(), "no metrics returned from external metrics API"),
        (
            listed(external_value("much")),
            "not a quantity: 'much' (wanted a number with a suffix such as 500m, 64Gi, 1e3)",
        ),
    ],
    ids=["no series", "no quantity"],
)
async def test_without_a_number_it_is_unavailable(answer: Any, said: str) -> None:
    reading = await read(answer)
    assert isinstance(reading, Unavailable)
    assert reading.reason == "FailedGetExternalMetric"
    assert reading.message.startswith(f"unable to get external metric web/queue/q=orders: {said}")


async def test_a_metric_without_selector_is_named_as_the_horizontal_pod_autoscaler_does() -> None:
    want = Want(kind="External", namespace="web", name="queue")
    reading = (await Sources(MetricsKube()).read([want], now_s=1010)).of(want)
    assert isinstance(reading, Unavailable)
    assert reading.message == (
        "unable to get external metric web/queue/nil: unable to fetch metrics from external metrics API: "
        "the server could not find the requested resource (404: no such metric, or nothing serves it)"
    )
