"""A server that is cut off costs one time-out in a while."""

from __future__ import annotations

import asyncio

import pytest

from kube.breaker import BreakerClient, CutOff
from kube.errors import NotFound, Unreachable
from tests.fakes import FakeKube

NODES = "/api/v1/nodes"


@pytest.mark.looptime
async def test_server_that_is_silent_is_left_alone_for_a_while_and_then_tried_again() -> None:
    kube = FakeKube()
    client = BreakerClient(kube)
    kube.hang()
    with pytest.raises(Unreachable, match="no answer within 5 s"):
        await client.get(NODES, timeout_s=5)
    begun_s = asyncio.get_running_loop().time()
    for call in (
        client.get(NODES),
        client.create(NODES, {}),
        client.patch(f"{NODES}/a", {}),
        client.delete(f"{NODES}/a"),
    ):
        with pytest.raises(CutOff, match="not asked for 15 s more: fake: no answer within 5 s"):
            await call
    assert asyncio.get_running_loop().time() == begun_s
    assert len(kube.calls) == 1
    kube.hang(hung=False)
    await asyncio.sleep(15)
    await client.get(NODES)
    await client.get(NODES)
    await client.close()
    assert kube.closed


async def test_no_is_an_answer() -> None:
    client = BreakerClient(FakeKube())
    for _ in range(2):
        with pytest.raises(NotFound):
            await client.get(f"{NODES}/a")
