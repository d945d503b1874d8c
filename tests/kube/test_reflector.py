"""A handler knows what the server holds: list, events, ends of watches, and stop."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from kube.backoff import CAP_S
from kube.client import NO_PARAMS
from kube.reflector import ABSENT_S
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
async def test_list_comes_in_pages_and_events_follow(kube: FakeKube, keeper: Keeper) -> None:
    for number in range(1201):
        kube.put(PODS, pod(f"p{number:04}"))
    async with running(kube, keeper) as made:
        await made.synced.wait()
        assert (keeper.told[0], keeper.told[-1], len(keeper.view)) == ("begin", "settle", 1201)
        assert [params.get("limit") for verb, _, params in kube.calls if verb == "get"] == ["500"] * 3
        kube.put(PODS, pod("new"))
        kube.put(PODS, pod("p0000"))
        kube.drop("/api/v1/namespaces/web/pods/p0001")
        await asyncio.sleep(SETTLED_S)
    assert keeper.told[-3:] == ["put web/new", "put web/p0000", "drop web/p0001"]
    assert keeper.view == held(kube)
    assert (made.lists, made.events, made.problem) == (1, 3, "")


@pytest.mark.looptime
async def test_handler_gets_the_fields_of_its_shape_only(kube: FakeKube) -> None:
    seen: list[Mapping[str, Any]] = []

    class Looker(Keeper):
        def put(self, content: Mapping[str, Any], /) -> None:
            seen.append(content)

    kube.put(PODS, pod("a"))
    async with running(kube, Looker()):
        await asyncio.sleep(SETTLED_S)
    assert seen == [{"metadata": {"name": "a", "namespace": "web", "labels": {}, "resourceVersion": "1"}}]


@pytest.mark.looptime
@pytest.mark.parametrize("cleanly", [True, False])
async def test_watch_that_ends_goes_on_where_it_was(kube: FakeKube, keeper: Keeper, cleanly: bool) -> None:
    kube.put(PODS, pod("a"))
    async with running(kube, keeper) as made:
        await asyncio.sleep(5)
        kube.cut(cleanly=cleanly)
        kube.put(PODS, pod("b"))
        await within(CAP_S, lambda: "web/b" in keeper.view)
        assert (made.lists, kube.calls[-1][2]["resourceVersion"]) == (1, "1")


@pytest.mark.looptime
async def test_bookmark_moves_the_version_on(kube: FakeKube, keeper: Keeper) -> None:
    async with running(kube, keeper) as made:
        await kube.watched()
        kube.put("/api/v1/nodes", {"metadata": {"name": "n"}})
        kube.bookmark()
        await asyncio.sleep(SETTLED_S)
        kube.gone(told=False)  # what came before the bookmark is forgotten, and none of it was ours
        await asyncio.sleep(SETTLED_S)
        assert (made.lists, kube.calls[-1][2]["resourceVersion"]) == (1, "1")


@pytest.mark.looptime
@pytest.mark.parametrize("told", [True, False], ids=["by an ERROR event", "by the status of the next watch"])
async def test_version_that_is_gone_means_a_new_list_at_once(kube: FakeKube, keeper: Keeper, told: bool) -> None:
    kube.put(PODS, pod("a"))
    async with running(kube, keeper) as made:
        await asyncio.sleep(5)
        kube.hang()
        kube.drop("/api/v1/namespaces/web/pods/a")
        kube.put(PODS, pod("b"))
        kube.gone(told=told)
        kube.hang(hung=False)
        await within(0.5, lambda: "web/b" in keeper.view)
        assert keeper.view == held(kube)
        assert (made.lists, made.problem) == (2, "")


@pytest.mark.looptime
async def test_api_that_is_not_installed_holds_nothing_until_it_is(kube: FakeKube, keeper: Keeper) -> None:
    path = "/apis/networktopology.diktyo.x-k8s.io/v1alpha1/networktopologies"
    kube.absent.add(path)
    async with running(kube, keeper, path) as made:
        await made.synced.wait()
        assert (keeper.told, made.problem) == (["begin", "settle"], "")
        await asyncio.sleep(3600)
        assert 50 <= len(kube.calls) <= 75  # once a minute
        kube.put(path, {"metadata": {"name": "net", "namespace": "web"}})
        kube.absent.clear()
        await within(ABSENT_S[1], lambda: "web/net" in keeper.view)
        kube.absent.add(path)
        kube.cut()
        await within(CAP_S, lambda: not keeper.view)
        assert made.problem == ""


@pytest.mark.looptime
async def test_object_that_cannot_be_used_costs_no_other(kube: FakeKube, keeper: Keeper) -> None:
    kube.put(PODS, pod("a"))
    kube.put(PODS, pod("b", bad="minus one"))
    kube.put(PODS, {"metadata": {"name": "c", "namespace": "web", "labels": {"not": 5}}})
    async with running(kube, keeper) as made:
        await made.synced.wait()
        assert sorted(keeper.view) == ["web/a"]
        kube.put(PODS, pod("d", bad="minus two"))
        kube.put(PODS, pod("e"))
        await asyncio.sleep(SETTLED_S)
        assert sorted(keeper.view) == ["web/a", "web/e"]
        assert (made.objections.count, made.problem) == (3, "")


@pytest.mark.looptime
@pytest.mark.parametrize(
    "trouble",
    [
        lambda kube: kube.hang(),
        lambda kube: setattr(kube, "unreachable", True),
        lambda kube: setattr(kube, "delay_s", 20),
        lambda kube: kube.absent.add(PODS),
        lambda kube: None,
    ],
    ids=["hung", "backing off", "in a call", "not installed", "watching"],
)
async def test_stop_is_obeyed_at_once_at_every_wait(
    kube: FakeKube, keeper: Keeper, trouble: Callable[[FakeKube], None]
) -> None:
    trouble(kube)
    async with running(kube, keeper):  # which asserts it
        await asyncio.sleep(7.3)
    stop = asyncio.Event()
    stop.set()
    await reflector(kube, keeper).run(stop)


class Endless(FakeKube):
    """Lists *pages* pages of a megabyte each, made as they are asked for."""

    def __init__(self, pages: int) -> None:
        super().__init__()
        self.pages = pages

    async def get(self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = 30.0) -> bytes:
        page = int(params.get("continue", "0"))
        item = {**pod(f"p{page}"), "spec": {"containers": "x" * 2000}}
        item["metadata"]["resourceVersion"] = "1"
        meta = {"resourceVersion": "1", "continue": str(page + 1) if page + 1 < self.pages else ""}
        return msgspec.json.encode({"metadata": meta, "items": [item] * 500})


@pytest.mark.looptime
async def test_long_list_takes_no_more_memory_than_a_few_pages() -> None:
    keeper = Keeper()
    async with running(Endless(1), Keeper()) as made:
        await made.synced.wait()  # what is made once
    tracemalloc.start()
    async with running(Endless(60), keeper) as made:
        await made.synced.wait()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(keeper.view) == 60
    assert peak < 8 * 1_100_000  # bytes, of 60 pages of 1.1 MB
