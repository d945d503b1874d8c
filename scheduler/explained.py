"""An explanation as a person reads it: where the pod is and what it asks for, then each node with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_PASSED_SHOWN = 10
_NAMES_SHOWN = 5


class _Refusal(msgspec.Struct):
    policy: str
    reason: str
    unresolvable: bool


class _Opinion(msgspec.Struct):
    policy: str
    weight: float
    tier: int | None
    score: float | None
    reason: str


class _Node(msgspec.Struct):
    node: str
    refusal: _Refusal | None
    tier: int
    score: float
    integer: int
    opinions: list[_Opinion]


class _Reason(msgspec.Struct):
    policy: str
    reason: str
    nodes: int


class _Answer(msgspec.Struct):
    at_s: float
    offered: int
    passed: int
    reasons: list[_Reason]


class Told(msgspec.Struct):
    """What `GET /explain/{namespace}/{pod}` answers, as far as it is shown."""

    namespace: str
    name: str
    node: str | None
    devices: list[int]
    asks: dict[str, Any]
    problem: str | None
    last_answer: _Answer | None
    profile: str | None
    chosen: str | None
    nodes: list[_Node]


def shown(told: Told, *, all_nodes: bool = False) -> RenderableType:
    """The explanation; without *all_nodes* the best nodes, and refused ones together by their reason."""
    parts: list[RenderableType] = [_head(told)]
    passed = [node for node in told.nodes if node.refusal is None]
    refused = [node for node in told.nodes if node.refusal is not None]
    if passed:
        parts.append(_ranking(passed if all_nodes else passed[:_PASSED_SHOWN], told))
        if len(passed) > _PASSED_SHOWN and not all_nodes:
            parts.append(Text(f"… and {len(passed) - _PASSED_SHOWN} more (--all shows them)", style="dim"))
    if refused:
        parts.append(_refusals(refused, all_nodes=all_nodes))
    return Group(*parts)


def _head(told: Told) -> RenderableType:
    where = f"is on {told.node}" if told.node else "waits"
    if told.devices:
        where += f", GPU {', '.join(map(str, told.devices))}"
    lines = [Text.assemble((f"{told.namespace}/{told.name}", "bold"), f" {where}")]
    lines.append(Text(f"asks for  {_wishes(told.asks) or 'nothing that decides'}"))
    if told.problem:
        lines.append(Text(f"cannot be decided on: {told.problem}", style="red"))
    if told.profile:
        chosen = told.chosen or "no node"
        again = "would be placed on" if told.node else "would now be placed on"
        lines.append(Text.assemble(f"profile   {told.profile}; {again} ", (chosen, "bold")))
    if told.last_answer:
        answer = told.last_answer
        at = datetime.fromtimestamp(answer.at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        lines.append(Text(f"last asked {at}: {answer.passed} of {answer.offered} nodes passed on"))
        lines += [Text(f"          {each.nodes} × {each.policy}: {each.reason}") for each in answer.reasons]
    return Group(*lines)


def _wishes(asks: Mapping[str, Any]) -> str:
    parts = []
    for key, value in asks.items():
        match key, value:
            case "requests", pairs:
                parts += [f"{name} {amount}{'m' if name == 'cpu' else ''}" for name, amount in pairs]
            case "demand", {"weights": weights}:
                parts.append("origin " + ",".join(f"{site}={weight:.2g}" for site, weight in weights))
            case "hint", {"groups": groups, **rest}:
                order = ",".join(group[0] if len(group) == 1 else f"[{','.join(group)}]" for group in groups)
                parts.append(f"hint {order}{' required' if rest.get('required') else ''}")
            case "gpu", dict():
                parts.append("gpu " + " ".join(f"{k} {v}" for k, v in value.items() if v))
            case (("namespace" | "node_selector" | "tolerations"), _):
                continue
            case _, float():
                parts.append(f"{key} {value:g}")
            case _, (list() | tuple()):
                parts.append(f"{key} {','.join(map(str, value))}")
            case _:
                parts.append(f"{key} {value}")
    return ", ".join(parts)


def _ranking(nodes: Iterable[_Node], told: Told) -> RenderableType:
    table = Table(title="passed on, best first", title_justify="left", show_edge=False, pad_edge=False)
    for column in ("node", "tier", "score", "answer", "why (policy · weight · score: raw value)"):
        table.add_column(column, justify="right" if column in ("tier", "score", "answer") else "left")
    for node in nodes:
        mark = " ◀" if node.node == told.node else ""
        table.add_row(node.node + mark, str(node.tier), f"{node.score:.3f}", str(node.integer), Text(_opinions(node)))
    return table


def _opinions(node: _Node) -> str:
    lines = []
    for each in node.opinions:
        said = [] if each.tier is None else [f"tier {each.tier}"]
        if each.score is not None and each.weight:
            said.append(f"· {each.weight:g} · {each.score:.3f}")
        if said or each.reason:
            lines.append(f"{each.policy} {' '.join(said)}{': ' + each.reason if each.reason else ''}")
    return "\n".join(lines)


def _refusals(nodes: Iterable[_Node], *, all_nodes: bool) -> RenderableType:
    groups: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for node in nodes:
        if node.refusal is not None:
            groups[node.refusal.policy, node.refusal.reason, node.refusal.unresolvable].append(node.node)
    table = Table(title="refused", title_justify="left", show_edge=False, pad_edge=False)
    for column in ("nodes", "policy", "why", "eviction helps"):
        table.add_column(column)
    for (policy, reason, unresolvable), names in sorted(groups.items(), key=lambda group: -len(group[1])):
        shown_names = names if all_nodes else names[:_NAMES_SHOWN]
        more = f" and {len(names) - len(shown_names)} more" if len(names) > len(shown_names) else ""
        # as Text, for what is in brackets is no markup here
        why = Text(policy), Text(reason), "no" if unresolvable else "maybe"
        table.add_row(", ".join(shown_names) + more, *why)
    return table
