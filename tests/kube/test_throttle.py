"""So many calls a second, in order, and none that waits longer than it may."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kube.throttle import Busy, ThrottledClient, TokenBucket
from tests.fakes import FakeKube

NODES = "/api/v1/nodes"


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.looptime
async def test_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    bucket, begun_s, times = TokenBucket(qps=10, burst=3), now(), []
    for _ in range(6):
        await bucket.turn(within_s=10)
        times.append(now() - begun_s)
    assert times == pytest.approx([0, 0, 0, 0.1, 0.2, 0.3])


@pytest.mark.looptime
async def test_rest_fills_the_bucket_but_not_beyond_the_burst() -> None:
    bucket = TokenBucket(qps=10, burst=3)
    for _ in range(3):
        await bucket.turn(within_s=10)
    await asyncio.sleep(100)
    begun_s = now()
    for _ in range(4):
        await bucket.turn(within_s=10)
    assert now() - begun_s == pytest.approx(0.1)


@pytest.mark.looptime
async def test_those_who_wait_go_in_order_of_coming() -> None:
    bucket, order = TokenBucket(qps=10, burst=1), []

    async def one(number: int) -> None:
        await bucket.turn(within_s=10)
        order.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(one(number))
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.looptime
async def test_queue_that_is_too_long_is_refused_at_once_and_takes_no_turn() -> None:
    bucket = TokenBucket(qps=1, burst=1)
    await bucket.turn(within_s=0)
    begun_s = now()
    for _ in range(3):
        with pytest.raises(Busy, match=r"not sent: 1 calls/s are allowed and the queue is 1\.0 s long"):
            await bucket.turn(within_s=0.5)
    assert now() == begun_s
    assert await bucket.turn(within_s=1.5) == pytest.approx(1)


@pytest.mark.looptime
async def test_client_behind_it_counts_reads_and_writes_and_gives_them_what_is_left_of_their_time() -> None:
    kube = FakeKube()
    client = ThrottledClient(kube, TokenBucket(qps=1, burst=1))
    begun_s = now()
    await client.create(NODES, {"metadata": {"name": "a"}})
    await client.get(NODES)
    await client.patch(f"{NODES}/a", {"metadata": {"labels": {"a": "b"}}})
    await client.delete(f"{NODES}/a")
    assert now() - begun_s == pytest.approx(3)
    kube.hang()
    begun_s = now()
    with pytest.raises(Exception, match="no answer"):
        await client.get(NODES, timeout_s=4)
    assert now() - begun_s == pytest.approx(4)
    await client.close()
    assert kube.closed


@pytest.mark.looptime
async def test_call_waits_at_most_half_of_its_time_out() -> None:
    client = ThrottledClient(FakeKube(), TokenBucket(qps=0.5, burst=1))
    await client.get(NODES)
    with pytest.raises(Busy, match=r"0\.5 calls/s are allowed and the queue is 2\.0 s long"):
        await client.get(NODES, timeout_s=3.9)
    await client.get(NODES, timeout_s=4.1)


@pytest.mark.looptime
async def test_watches_take_no_turn() -> None:
    kube = FakeKube()
    client = ThrottledClient(kube, TokenBucket(qps=0.001, burst=1))
    for _ in range(3):
        async with client.watch(NODES, {}, idle_s=1):
            pass
    assert now() < 1


@pytest.mark.parametrize(("qps", "burst"), [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_limits_that_would_let_nothing_through_are_refused(qps: float, burst: int) -> None:
    with pytest.raises(ValueError, match=f"got {qps:g} and {burst}"):
        TokenBucket(qps=qps, burst=burst)


@pytest.mark.looptime
@given(st.lists(st.floats(0, 2), min_size=1, max_size=30), st.integers(1, 5))
async def test_no_window_ever_has_more_than_burst_and_rate(pauses_s: list[float], burst: int) -> None:
    bucket, times = TokenBucket(qps=2, burst=burst), []
    for pause_s in pauses_s:
        await asyncio.sleep(pause_s)
        await bucket.turn(within_s=100)
        times.append(now())
    for first, begun_s in enumerate(times):
        for last in range(first, len(times)):
            assert last - first + 1 <= burst + 2 * (times[last] - begun_s) + 1e-6
