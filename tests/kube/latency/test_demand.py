from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kube.latency.demand import DemandQuery, DemandSource, shares
from kube.program.instant_query import PrometheusSettings
from policies.model.demand import Demand
from tests.fake_prometheus import FakePrometheus, series

QUERY = DemandQuery(prometheus=PrometheusSettings(url="http://prometheus:9090"), query="load")


def load(**rates: float) -> FakePrometheus:
    fake = FakePrometheus()
    change(fake, **rates)
    return fake


def change(fake: FakePrometheus, **rates: float) -> None:
    fake.answers["load"] = [series(rate, site=site) for site, rate in rates.items()]


async def told(
    fake: FakePrometheus, *, for_s: float, later: Mapping[float, Callable[[], None]]
) -> list[dict[str, float]]:
    """All demands that are told within that time, while the world changes at those moments."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.call_later(for_s, stop.set)
    for at_s, act in later.items():
        loop.call_later(at_s, act)
    seen: list[dict[str, float]] = []
    async with asyncio.timeout(for_s + 1):
        await DemandSource(QUERY, fake).run(stop, lambda now: seen.append(dict(now)))
    return seen


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({"b": 1.0, "a": 3.0}, {"a": 0.75, "b": 0.25}),
        ({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 0.33, "b": 0.33, "c": 0.33}),
        ({"a": 1000.0, "b": 1.0}, {"a": 1.0}),  # 1/1001 = 0.00
        ({"a": 0.0}, {}),
        ({}, {}),
    ],
    ids=["in order of name", "two decimals", "one that rounds to nothing", "no load", "no site"],
)
def test_shares_are_of_the_whole(rates: dict[str, float], expected: dict[str, float]) -> None:
    assert shares(rates) == expected


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.floats(0, 1e9), max_size=20))
def test_shares_are_hundredths_and_a_demand_takes_them(rates: dict[str, float]) -> None:
    found = shares(rates)
    assert all(0 < share <= 1 and round(share, 2) == share for share in found.values())
    if rates:
        Demand(tuple((site, 1.0) for site in rates)).reweighted(found)


@pytest.mark.looptime
async def test_demand_is_told_only_when_a_share_moved_enough() -> None:
    fake = load(a=70, b=30)
    seen = await told(
        fake,
        for_s=200,
        later={50: lambda: change(fake, a=73, b=27), 110: lambda: change(fake, a=75, b=25)},
    )
    assert seen == [{"a": 0.7, "b": 0.3}, {"a": 0.75, "b": 0.25}]  # 0.73 is not 0.05 away


@pytest.mark.looptime
async def test_the_last_site_that_goes_is_told() -> None:
    fake = load(a=70)
    assert await told(fake, for_s=100, later={30: lambda: change(fake)}) == [{"a": 1.0}, {}]


@pytest.mark.looptime
async def test_a_prometheus_that_is_down_keeps_the_demand_for_a_while() -> None:
    fake = load(a=70)

    def down() -> None:
        fake.broken = "down"

    assert await told(fake, for_s=QUERY.keep_s - 100, later={30: down}) == [{"a": 1.0}]
    fake = load(a=70)
    assert await told(fake, for_s=QUERY.keep_s + 700, later={30: down}) == [{"a": 1.0}, {}]


@pytest.mark.looptime
async def test_series_of_one_site_add_up_and_what_is_no_rate_is_skipped() -> None:
    fake = FakePrometheus()
    fake.answers["load"] = [
        series(1, site="a", pod="x"),
        series(2, site="a", pod="y"),
        series(3, site="b"),
        series("NaN", site="b"),
        series(9),
    ]
    source = DemandSource(QUERY, fake)
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(1, stop.set)
    seen: list[Mapping[str, float]] = []
    async with asyncio.timeout(2):
        await source.run(stop, seen.append)
    assert seen == [{"a": 0.5, "b": 0.5}]
    assert source.skipped == 2
