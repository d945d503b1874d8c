"""For any history of changes and faults, what the handler knows in the end is what the server holds."""

from __future__ import annotations

import asyncio
from typing import Any

import looptime
from hypothesis import given, settings
from hypothesis import strategies as st

from kube.errors import refusal
from tests.fakes import FakeKube
from tests.kube.keeper import Keeper
from tests.kube.reflecting import PODS, held, pod, running, within

# Any history: what is done to the server, one after another, with time in between.
NAMES = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.one_of(
    st.tuples(st.just("put"), NAMES),
    st.tuples(st.just("drop"), NAMES),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 0.1, 1.0, 70.0])),
    st.tuples(st.just("cut"), st.booleans()),
    st.tuples(st.just("gone"), st.booleans()),
    st.tuples(st.just("hang"), st.booleans()),
    st.tuples(st.just("away"), st.booleans()),
    st.tuples(st.just("fail"), st.sampled_from([None, 410, 429, 500, 504])),
    st.tuples(st.just("bookmark"), st.none()),
)


async def play(steps: list[tuple[str, Any]]) -> None:
    kube, keeper = FakeKube(), Keeper()
    kube.put(PODS, pod("a"))
    async with running(kube, keeper) as made:
        for deed, of in steps:
            await do(kube, deed, of)
        kube.unreachable = False
        kube.failing = lambda _verb, _path: None
        kube.hang(hung=False)
        await within(5, lambda: keeper.view == held(kube) and made.problem == "")


async def do(kube: FakeKube, deed: str, of: Any) -> None:
    match deed:
        case "put":
            kube.put(PODS, pod(of))
        case "drop" if f"web/{of}" in held(kube):
            kube.drop(f"/api/v1/namespaces/web/pods/{of}")
        case "wait":
            await asyncio.sleep(of)
        case "cut":
            kube.cut(cleanly=of)
        case "gone":
            kube.gone(told=of)
        case "hang":
            kube.hang(hung=of)
        case "away":
            kube.unreachable = of
            kube.cut()
        case "fail":
            error = refusal(of, "Told", "so") if of else None
            kube.failing = lambda _verb, _path: error
        case "bookmark":
            kube.bookmark()


@settings(max_examples=300)  # two faults of the fake itself took more than the usual hundred to be found
@given(steps=st.lists(STEPS, max_size=40))
def test_view_is_the_servers_after_any_history(steps: list[tuple[str, Any]]) -> None:
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.run(play(steps))
