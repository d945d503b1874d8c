"""Answers to the filter verb, by what kube-scheduler makes of them (pkg/scheduler/extender.go, Filter)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from scheduler.conformance.answers import Filtered, filtered, node_name
from scheduler.conformance.cases import Mode, NodesCase
from scheduler.conformance.client import Answer
from scheduler.conformance.common import listed, read
from scheduler.conformance.rule import Result, must, should

NO_ERROR: Final = must(
    "filter-no-error",
    "an ordinary request is answered without Error",
    "Error counts even when nodes passed: the pod fails this attempt, as all others do",
)
SAID: Final = must(
    "filter-says-something",
    "an answer passes nodes or says why not",
    "`{}` and null are not 'all pass': no node is feasible, and nothing says why",
)
RIGHT_LIST: Final = must(
    "filter-right-list",
    "nodes pass in the list that was asked with: NodeNames for names, Nodes for whole nodes",
    "names are ignored where whole nodes were sent, so no node is feasible; whole nodes where names were sent are "
    "taken for empty ones, so the scheduler's own scores are wrong",
)
OFFERED: Final = must(
    "filter-only-offered",
    "only nodes that were offered pass",
    "with names the attempt fails; with whole nodes nothing notices, and the pod may go to an unchecked node",
)
ONCE: Final = must("filter-once", "no node passes twice", "it is scored twice, and may be taken for two")
EVERY: Final = should(
    "filter-every-node",
    "every node is in exactly one list: passed, failed, or failed and unresolvable",
    "one in none is dropped without a reason in the pod's events; one in several counts as the worst of them",
)
ORDER: Final = should("filter-order", "nodes pass in the order in which they were offered", "ties are broken by chance")
UNCHANGED: Final = should(
    "filter-unchanged",
    "whole nodes come back as they were sent",
    "the rest of this attempt works with the changed node, so other plugins decide by it",
)
REASONS: Final = should("filter-reasons", "every refusal has a reason", "the pod's events say nothing about it")
STRANGERS: Final = must(
    "filter-unknown-node",
    "a node that the extender does not know yet is answered for like any other",
    "a node that was added a moment ago makes the whole attempt fail, for all nodes",
)


def judged(case: NodesCase, answer: Answer) -> tuple[list[Result], Filtered | None]:
    """The results of one filter answer, and what it said."""
    where = f"filter, {case.mode.setting}: {case.name}"
    results: list[Result] = []
    found = read(answer, where, filtered, results)
    if found is not None:
        results += _results(case, found, where)
    return results, found


def passed(case: NodesCase, found: Filtered) -> tuple[str, ...]:
    """The nodes that kube-scheduler would go on with."""
    if case.mode is Mode.NAMES and found.node_names is not None:
        return found.node_names
    return found.item_names


def _results(case: NodesCase, found: Filtered, where: str) -> Iterator[Result]:
    yield NO_ERROR.result(where, found.error and f"Error: {found.error}")
    if found.error:
        return
    names = passed(case, found)
    refused = [*found.failed, *found.unresolvable]
    silent = found.node_names is None and found.nodes is None and not refused
    yield SAID.result(where, "neither nodes nor refusals" if silent else "")
    yield RIGHT_LIST.result(where, _wrong_list(case, found))
    yield OFFERED.result(where, listed("never offered: ", (name for name in names if name not in case.names)))
    yield ONCE.result(where, listed("twice: ", (name for name, times in Counter(names).items() if times > 1)))
    counts = Counter([*dict.fromkeys(names), *refused])
    yield EVERY.result(where, listed("not in exactly one: ", (name for name in case.names if counts[name] != 1)))
    kept = [name for name in case.names if name in set(names)]
    yield ORDER.result(where, "" if list(dict.fromkeys(names)) == kept or set(names) - set(kept) else "another order")
    empty = [name for name, why in {**found.failed, **found.unresolvable}.items() if not why.strip()]
    yield REASONS.result(where, listed("no reason: ", empty))
    if case.mode is Mode.NODES and found.nodes:
        sent = {each["metadata"]["name"]: each for each in case.nodes}
        changed = (node_name(each) for each in found.nodes if sent.get(node_name(each), each) != each)
        yield UNCHANGED.result(where, listed("changed: ", changed))


def _wrong_list(case: NodesCase, found: Filtered) -> str:
    if case.mode is Mode.NAMES:
        return "only Nodes" if found.node_names is None and found.nodes else ""
    return "only NodeNames" if found.nodes is None and found.node_names else ""
