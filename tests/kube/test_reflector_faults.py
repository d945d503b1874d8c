"""What a server may do wrong is shown, survived, and over soon after the server is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from kube.backoff import CAP_S, FIRST_S
from kube.client import NO_PARAMS
from kube.errors import KubeError, refusal
from kube.reflector import IDLE_S
from tests.fakes import FakeKube
from tests.kube.keeper import Keeper
from tests.kube.reflecting import PODS, SETTLED_S, held, pod, reflector, running, within


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.mark.looptime
async def test_page_token_that_is_gone_begins_the_list_again(kube: FakeKube, keeper: Keeper) -> None:
    for number in range(1200):
        kube.put(PODS, pod(f"p{number:04}"))
    pages = 0

    def forgets(verb: str, _path: str) -> KubeError | None:
        nonlocal pages
        pages += verb == "get"
        if pages == 2:
            kube.drop("/api/v1/namespaces/web/pods/p0000")
            kube.gone()
        return None

    kube.failing = forgets
    async with running(kube, keeper) as made:
        await within(CAP_S, made.synced.is_set)
    assert keeper.told.count("begin") == 2
    assert keeper.view == held(kube)


@pytest.mark.looptime
@pytest.mark.parametrize("away_s", [0.1, 3, 60, 3600])
async def test_server_that_is_back_is_found_within_five_seconds(kube: FakeKube, keeper: Keeper, away_s: float) -> None:
    kube.put(PODS, pod("a"))
    async with running(kube, keeper) as made:
        await asyncio.sleep(5)
        kube.unreachable = True
        kube.cut()
        await asyncio.sleep(away_s)
        assert made.problem.endswith(("connection refused", "connection reset by peer"))
        kube.put(PODS, pod("b"))
        kube.unreachable = False
        await within(5, lambda: "web/b" in keeper.view)
        assert (made.problem, made.lists) == ("", 1)
    assert len(kube.calls) < 20 + away_s  # and it was not asked all the time


@pytest.mark.looptime
async def test_server_that_hangs_is_found_out(kube: FakeKube, keeper: Keeper) -> None:
    async with running(kube, keeper) as made:
        await kube.watched()
        kube.hang()
        await within(2 * IDLE_S + 1, lambda: made.problem != "")
        assert "no answer within" in made.problem
        kube.put(PODS, pod("a"))
        kube.hang(hung=False)
        await within(5, lambda: "web/a" in keeper.view)
        assert (made.problem, made.lists) == ("", 1)


@pytest.mark.looptime
async def test_kind_in_which_nothing_happens_is_no_problem(kube: FakeKube, keeper: Keeper) -> None:
    """A server sends no bookmark before the first event after the watch began (seen with 1.36)."""
    async with running(kube, keeper) as made:
        await kube.watched()
        for watcher in kube._watchers:
            watcher.bookmarks = False
        await asyncio.sleep(IDLE_S + SETTLED_S)
        assert (made.problem, made.lists) == ("", 1)
        assert [verb for verb, _, _ in kube.calls] == ["get", "watch", "get", "watch"]
        assert kube.calls[2][2]["limit"] == "1"


@pytest.mark.looptime
async def test_store_that_was_put_back_is_listed_anew(kube: FakeKube, keeper: Keeper) -> None:
    for name in ("a", "b", "c"):
        kube.put(PODS, pod(name))
    async with running(kube, keeper) as made:
        await kube.watched()
        kube.hang()
        kube.drop("/api/v1/namespaces/web/pods/c")
        kube.store.version, kube.store.history = 2, {}
        await asyncio.sleep(IDLE_S - 1)
        kube.hang(hung=False)
        await within(5, lambda: keeper.view == held(kube))
        assert (made.lists, made.problem) == (2, "")


@pytest.mark.looptime
async def test_new_list_after_an_outage_does_not_wait_twice(kube: FakeKube, keeper: Keeper) -> None:
    """An API server that starts anew has no history: the first watch after each restart is told 410."""
    async with running(kube, keeper):
        for number in range(20):
            await kube.watched()
            await asyncio.sleep(2)
            kube.unreachable = True
            kube.cut()
            await asyncio.sleep(60)
            kube.put(PODS, pod(f"p{number}"))
            kube.gone()
            kube.unreachable = False
            await within(CAP_S + 2 * FIRST_S, lambda: keeper.view == held(kube))


@pytest.mark.looptime
@pytest.mark.parametrize("forgotten", ["watch", "get"])
async def test_server_that_forgets_faster_than_it_lists_is_not_asked_all_the_time(
    kube: FakeKube, keeper: Keeper, forgotten: str
) -> None:
    kube.failing = lambda verb, _path: refusal(410, "Expired", "too old") if verb == forgotten else None
    async with running(kube, keeper):
        await asyncio.sleep(60)
    assert len(kube.calls) < 2 * 60


@pytest.mark.looptime
async def test_what_is_forbidden_is_said_and_tried_again(kube: FakeKube, keeper: Keeper) -> None:
    kube.forbidden.add(PODS)
    async with running(kube, keeper) as made:
        await asyncio.sleep(60)
        assert made.problem == "403 Forbidden: get /api/v1/pods is forbidden"
        assert not made.synced.is_set()
        assert len(kube.calls) < 100
        kube.forbidden.clear()
        await within(CAP_S, made.synced.is_set)
        assert made.problem == ""


@pytest.mark.looptime
async def test_a_fault_of_our_own_ends_it_loudly(kube: FakeKube) -> None:
    class Broken(Keeper):
        def settle(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        await reflector(kube, Broken()).run(asyncio.Event())
    assert caught.group_contains(ZeroDivisionError)


class Odd(FakeKube):
    """Its watches tell what no API server should; *lines* are told once each, the rest is silence."""

    def __init__(self, *told: bytes) -> None:
        super().__init__()
        self.told = list(told)

    @asynccontextmanager
    async def watch(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, idle_s: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.calls.append(("watch", path, dict(params)))

        async def lines() -> AsyncIterator[bytes]:
            if self.told:
                yield self.told.pop(0)
            else:
                await asyncio.sleep(idle_s)

        yield lines()


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("line", "problem", "lists"),
    [
        (b"<html>", "not an event of Kubernetes: JSON is malformed: invalid character (byte 0): <html>", 1),
        (b'{"type":"ERROR","object":{"code":500,"message":"broken"}}', "watch /api/v1/pods: 500 : broken", 2),
        (b'{"type":"ERROR","object":7}', "watch /api/v1/pods: 0 : an ERROR event without a Status", 2),
        (b'{"type":"NEW","object":{}}', "", 1),
        (b'{"type":"ADDED","object":7}', "", 1),
    ],
)
async def test_odd_events_are_survived(line: bytes, problem: str, lists: int, caplog: pytest.LogCaptureFixture) -> None:
    kube, keeper = Odd(line), Keeper()
    async with running(kube, keeper) as made:
        await asyncio.sleep(10)
        assert (made.lists, made.problem) == (lists, "")
    assert [text for text in caplog.messages if problem in text] != [] or not problem


@pytest.mark.looptime
async def test_watch_that_ends_at_once_each_time_is_not_opened_all_the_time(keeper: Keeper) -> None:
    class Short(FakeKube):
        @asynccontextmanager
        async def watch(
            self, path: str, params: Mapping[str, str] = NO_PARAMS, *, idle_s: float
        ) -> AsyncIterator[AsyncIterator[bytes]]:
            self.calls.append(("watch", path, dict(params)))

            async def lines() -> AsyncIterator[bytes]:
                return
                yield b""

            yield lines()

    kube = Short()
    async with running(kube, keeper):
        await asyncio.sleep(60)
    assert len(kube.calls) < 100


@pytest.mark.looptime
async def test_cuts_with_events_between_them_are_each_the_first(kube: FakeKube, keeper: Keeper) -> None:
    async with running(kube, keeper):
        for number in range(20):
            await kube.watched()
            kube.put(PODS, pod(f"p{number}"))
            await asyncio.sleep(0.01)
            kube.cut()
            await asyncio.sleep(0.01)
            await asyncio.wait_for(kube.watched(), FIRST_S)
