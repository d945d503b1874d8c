"""What kube-scheduler is told while the extender does not know the cluster yet, and while a decision hangs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scheduler.extender import BROKEN_AFTER_S, UNREADY_AFTER_S
from scheduler.wire import BindAsked, NodeVictims, PreemptAsked
from tests.kube.mirror.contents import a_node, a_pod
from tests.scheduler.assembled import Assembled, assembled
from tests.scheduler.desk_parts import asked_pod, nodes_asked

WHY_NOT = "pods: the first list is not complete"


@pytest.fixture
def there() -> Iterator[Assembled]:
    with assembled() as made:
        made.mirror.nodes.put(a_node("n1", site="seoul"))
        made.pending(a_pod("p", uid="uid-p", scheduler="default-scheduler"))
        yield made


def whole(*names: str) -> dict[str, Any]:
    return {name: a_node(name, site="seoul") for name in names}


async def test_filter_is_an_error_that_says_why_and_lists_no_node(there: Assembled) -> None:
    there.why_not = WHY_NOT
    answer = await there.desk.filter(nodes_asked(asked_pod(), ["n1"]))
    assert answer.error == f"edgeward is not ready: {WHY_NOT}"
    assert (answer.passed, answer.failed, answer.unresolvable) == ([], {}, {})
    there.why_not = ""
    assert (await there.desk.filter(nodes_asked(asked_pod(), ["n1"]))).passed == ["n1"]


async def test_whole_nodes_are_judged_by_what_came_with_them(there: Assembled) -> None:
    there.why_not = WHY_NOT
    asked = nodes_asked(asked_pod(), ["new-1", "new-2"], items=whole("new-1", "new-2"))
    answer = await there.desk.filter(asked)
    assert (answer.passed, answer.error) == (["new-1", "new-2"], "")
    scores = await there.desk.prioritize(asked)
    assert len(scores) == 2
    assert min(scores) > 0


async def test_nothing_is_preferred_promised_or_evicted_on_a_guess(there: Assembled) -> None:
    there.why_not = WHY_NOT
    assert await there.desk.prioritize(nodes_asked(asked_pod(), ["n1", "n2"])) == [0, 0]
    victims = {"n1": NodeVictims(uids=("someone",), pdb_violations=0)}
    assert await there.desk.preempt(PreemptAsked(pod=asked_pod(), victims=victims)) == {}
    refused = await there.desk.bind(BindAsked(namespace="default", name="p", uid="uid-p", node="n1"))
    assert refused == f"edgeward is not ready: {WHY_NOT}"
    assert there.kube.writes == []


async def test_all_of_it_works_once_it_is_ready(there: Assembled) -> None:
    assert await there.desk.bind(BindAsked(namespace="default", name="p", uid="uid-p", node="n1")) == ""
    there.mirror.pods.put(a_pod("low", node="n1", uid="low", cpu="4", priority=-1))
    victims = {"n1": NodeVictims(uids=("low",), pdb_violations=0)}
    asked = PreemptAsked(pod=asked_pod(cpu="1"), victims=victims)
    assert await there.desk.preempt(asked) == victims


async def test_explanation_is_given_of_what_is_known_so_far(there: Assembled) -> None:
    there.why_not = WHY_NOT
    told = await there.desk.explain("default", "p")
    assert told is not None
    assert told["chosen"] == "n1"


async def test_decision_that_hangs_makes_it_unready_and_at_last_broken(there: Assembled) -> None:
    begun, end = threading.Event(), threading.Event()

    def hangs() -> None:
        begun.set()
        end.wait(30)

    hanging = asyncio.ensure_future(there.assembly.decider.ask(hangs))
    await asyncio.to_thread(begun.wait, 30)
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    given_up = there.assembly.decider._given_up
    try:
        for since_s, is_unready, is_broken in (
            (0.0, False, False),
            (UNREADY_AFTER_S + 1, True, False),
            (BROKEN_AFTER_S + 1, True, True),
        ):
            for job, at_s in tuple(given_up.items()):
                given_up[job] = at_s - since_s
            assert bool(there.desk.unready()) == is_unready
            assert bool(there.desk.broken()) == is_broken
        assert there.desk.broken().startswith("a decision has hung for 6")
        answer = await there.desk.filter(nodes_asked(asked_pod(), ["n1"]))
        assert answer.error.startswith("edgeward is not ready: a decision has hung for ")
    finally:
        end.set()
    assert await there.assembly.decider.ask(lambda: 1) == 1
    assert (there.desk.unready(), there.desk.broken()) == ("", "")
