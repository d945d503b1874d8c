"""What is asked in which order. Each probe yields results; together they take a number of requests that is known."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from scheduler.conformance import cases, judge_bind, judge_filter, judge_preempt, judge_prioritize
from scheduler.conformance.answers import Filtered, Scored
from scheduler.conformance.cases import Mode, NodesCase
from scheduler.conformance.client import Answer, Client
from scheduler.conformance.common import excerpt, listed
from scheduler.conformance.rule import Result
from scheduler.conformance.service_rules import (
    ALIVE,
    BIG,
    CONCURRENT,
    EMPTY,
    GO_IDLE_S,
    IDLE,
    LOWER_CASE,
    MALFORMED,
    REPEATABLE,
    REUSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to ask."""

    names: tuple[str, ...] = cases.INVENTED
    modes: tuple[Mode, ...] = tuple(Mode)
    at_once: int = 8
    big: bool = False
    idle_s: float = 0.0


async def ordinary(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Requests such as kube-scheduler sends, judged in full, each once more to see whether it changes anything."""
    for mode in plan.modes:
        for case in cases.ordinary(mode, plan.names):
            for kind in _asked(client, "filter", "prioritize"):
                results, first = await asked(client, kind, case)
                for result in results:
                    yield result
                _, second = await asked(client, kind, case)
                if first is not None and second is not None:
                    yield REPEATABLE.result(_where(kind, case), "" if first == second else "another answer")
        for kind in _asked(client, "filter"):
            case = cases.unknown(mode, plan.names)
            results, found = await asked(client, kind, case)
            for result in results:
                yield result
            fine = found is not None and not getattr(found, "error", "")
            yield judge_filter.STRANGERS.result(_where(kind, case), "" if fine else "no answer for the others")


async def preempting(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Preemption in both modes."""
    for _ in _asked(client, "preempt"):
        for mode in plan.modes:
            for case in cases.preempting(mode, plan.names):
                results, _found = judge_preempt.judged(case, await client.ask("preempt", case.body))
                for result in results:
                    yield result


async def binding(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Binding a pod that is not there, twice."""
    for _ in _asked(client, "bind"):
        body = cases.binding(plan.names[0])
        results, first = judge_bind.judged("a pod that is not there", await client.ask("bind", body))
        for result in results:
            yield result
        _, second = judge_bind.judged("", await client.ask("bind", body))
        if first is not None and second is not None:
            differs = bool(first.error) is not bool(second.error)
            yield judge_bind.AGAIN.result("bind: the same again", "another outcome" if differs else "")


async def spelled_otherwise(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Lower-case keys, and lists with nothing in them."""
    for mode in plan.modes:
        case = cases.ordinary(mode, plan.names)[0]
        for kind in _asked(client, "filter", "prioritize"):
            _, exact = await asked(client, kind, case)
            answer = await client.ask(kind, case.lower_case_body)
            _, lower = _judged(kind, case, answer)
            if exact is not None:
                yield LOWER_CASE.result(
                    _where(kind, case), "" if lower == exact else f"another answer: {_seen(answer)}"
                )
            empty = replace(case, names=(), name="no nodes")
            answer = await client.ask(kind, empty.body)
            yield EMPTY.result(_where(kind, empty), "" if answer.status == 200 else _seen(answer))


async def malformed(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Bodies that are no requests, and whether the extender still answers after them."""
    case = cases.ordinary(plan.modes[0], plan.names)[0]
    for kind in _asked(client, "filter", "prioritize", "preempt"):
        for what, body in cases.MALFORMED.items():
            answer = await client.ask(kind, body)
            yield MALFORMED.result(f"{kind}: {what}", "" if answer.status == 200 else _seen(answer))
    for kind in _asked(client, "filter", "prioritize"):
        _, found = await asked(client, kind, case)
        yield ALIVE.result(f"{kind}, after malformed requests", "" if found is not None else "no usable answer")


async def at_once(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Many requests at the same time, each about nodes of its own."""
    for mode in plan.modes:
        base = cases.ordinary(mode, plan.names)[0]
        several = [
            replace(base, names=plan.names[at % len(plan.names) :], name=f"{plan.at_once} at once")
            for at in range(plan.at_once)
        ]
        for kind in _asked(client, "filter", "prioritize"):
            outcomes = await asyncio.gather(*(asked(client, kind, case) for case in several))
            for case, (_, found) in zip(several, outcomes, strict=True):
                seen = "no usable answer" if found is None else listed("of another request: ", _strangers(case, found))
                yield CONCURRENT.result(_where(kind, case), seen)


async def big(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Whole nodes as large as real ones."""
    case = cases.big(plan.names)
    for kind in _asked(client, "filter", "prioritize") if plan.big else ():
        answer = await client.ask(kind, case.body)
        yield BIG.result(_where(kind, case), "" if answer.status == 200 else _seen(answer))


async def connections(client: Client, plan: Plan) -> AsyncIterator[Result]:
    """Whether a connection is used again: at once, and after it was idle."""
    case = cases.ordinary(plan.modes[0], plan.names)[0]
    for kind in _asked(client, "filter", "prioritize")[:1]:
        await client.ask(kind, case.body)
        answer = await client.ask(kind, case.body)
        yield REUSED.result(
            kind, "a new connection for the second call" if answer.is_new_connection else answer.problem
        )
        if plan.idle_s:
            await asyncio.sleep(plan.idle_s)
            answer = await client.ask(kind, case.body)
            closed = answer.is_new_connection and plan.idle_s < GO_IDLE_S
            seen = f"closed within {plan.idle_s:g} s" if closed else answer.problem
            yield IDLE.result(f"{kind}, idle for {plan.idle_s:g} s", seen)
        said_s = _keep_alive_s(answer)
        if said_s is not None:
            yield IDLE.result(f"{kind}, header Keep-Alive", f"timeout={said_s:g}" if said_s < GO_IDLE_S else "")


async def asked(client: Client, kind: str, case: NodesCase) -> tuple[list[Result], Filtered | Scored | None]:
    """One filter or prioritize request, judged."""
    return _judged(kind, case, await client.ask(kind, case.body))


def _judged(kind: str, case: NodesCase, answer: Answer) -> tuple[list[Result], Filtered | Scored | None]:
    return judge_filter.judged(case, answer) if kind == "filter" else judge_prioritize.judged(case, answer)


def _strangers(case: NodesCase, found: Filtered | Scored) -> Iterator[str]:
    """Names in the answer that were not in the question."""
    if isinstance(found, Filtered):
        names = [*(found.node_names or ()), *found.item_names, *found.failed, *found.unresolvable]
    else:
        names = [host for host, _ in found.scores]
    return (name for name in names if name not in case.names)


def _asked(client: Client, *kinds: str) -> list[str]:
    """Those of the verbs that the extender is said to have."""
    return [kind for kind in kinds if kind in client.target.verbs]


def _keep_alive_s(answer: Answer) -> float | None:
    """For how long the extender says that it keeps a connection."""
    found = re.search(r"timeout=(\d+)", answer.headers.get("Keep-Alive", ""))
    return float(found[1]) if found else None


def _where(kind: str, case: NodesCase) -> str:
    return f"{kind}, {case.mode.setting}: {case.name}"


def _seen(answer: Answer) -> str:
    return answer.problem or f"status {answer.status}: {excerpt(answer.body)}"


Probe = Callable[[Client, Plan], AsyncIterator[Result]]
PROBES: Final[tuple[Probe, ...]] = (
    ordinary, preempting, binding, spelled_otherwise, at_once, big, connections, malformed,
)  # fmt: skip
