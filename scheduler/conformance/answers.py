"""The four kinds of answers, decoded as kube-scheduler decodes them (extender/v1 types.go)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.conformance.go_json import entries, fields, first_value, members, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """ExtenderFilterResult; None where a list was null or absent."""

    node_names: tuple[str, ...] | None
    nodes: tuple[Mapping[str, Any], ...] | None
    failed: Mapping[str, str]
    unresolvable: Mapping[str, str]
    error: str
    ignored: tuple[str, ...]  # keys that kube-scheduler does not know

    @property
    def item_names(self) -> tuple[str, ...]:
        """The names of the whole nodes."""
        return tuple(node_name(node) for node in self.nodes or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """HostPriorityList."""

    scores: tuple[tuple[str, int], ...]
    nulls: tuple[str, ...]  # hosts whose score was null, which counts as 0
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Victims:
    """MetaVictims of one node."""

    uids: tuple[str, ...]
    pdb_violations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preempted:
    """ExtenderPreemptionResult."""

    victims: Mapping[str, Victims]
    has_whole_victims: bool  # under NodeNameToVictims, which kube-scheduler does not read in an answer
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """ExtenderBindingResult."""

    error: str
    ignored: tuple[str, ...]


def node_name(node: Mapping[str, Any]) -> str:
    """The name of a node object; empty when it has none."""
    metadata = node.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


def filtered(body: bytes) -> Filtered:
    """A filter answer; UnmarshalError when kube-scheduler would refuse it."""
    known = ("Nodes", "NodeNames", "FailedNodes", "FailedAndUnresolvableNodes", "Error")
    found, ignored = fields(first_value(body), known, "the answer")
    names = found.get("NodeNames")
    return Filtered(
        node_names=None if names is None else tuple(text(each, "NodeNames[]") for each in entries(names, "NodeNames")),
        nodes=_items(found["Nodes"]) if "Nodes" in found else None,
        failed=_reasons(found, "FailedNodes"),
        unresolvable=_reasons(found, "FailedAndUnresolvableNodes"),
        error=text(found.get("Error"), "Error"),
        ignored=ignored,
    )


def scored(body: bytes) -> Scored:
    """A prioritize answer; UnmarshalError when kube-scheduler would refuse it."""
    scores: list[tuple[str, int]] = []
    nulls: list[str] = []
    ignored: list[str] = []
    for entry in entries(first_value(body), "the answer"):
        found, strange = fields(entry, ("Host", "Score"), "an entry")
        host = text(found.get("Host"), "Host")
        scores.append((host, whole(found.get("Score"), f"Score of {host}")))
        nulls += [] if "Score" in found else [host]
        ignored += strange
    return Scored(scores=tuple(scores), nulls=tuple(nulls), ignored=tuple(dict.fromkeys(ignored)))


def preempted(body: bytes) -> Preempted:
    """A preempt answer; UnmarshalError when kube-scheduler would refuse it."""
    found, ignored = fields(first_value(body), ("NodeNameToMetaVictims",), "the answer")
    victims = members(found.get("NodeNameToMetaVictims"), "NodeNameToMetaVictims")
    whole_victims = [key for key in ignored if key.lower() == "nodenametovictims"]
    return Preempted(
        victims={node: _victims(each, node) for node, each in victims.items()},
        has_whole_victims=bool(whole_victims),
        ignored=tuple(key for key in ignored if key not in whole_victims),
    )


def bound(body: bytes) -> Bound:
    """A bind answer; UnmarshalError when kube-scheduler would refuse it."""
    found, ignored = fields(first_value(body), ("Error",), "the answer")
    return Bound(error=text(found.get("Error"), "Error"), ignored=ignored)


def _items(value: Any) -> tuple[Mapping[str, Any], ...]:
    found, _ = fields(value, ("items",), "Nodes")
    return tuple(members(each, "Nodes.items[]") for each in entries(found.get("items"), "Nodes.items"))


def _reasons(found: Mapping[str, Any], key: str) -> Mapping[str, str]:
    return {node: text(reason, f"{key}[{node}]") for node, reason in members(found.get(key), key).items()}


def _victims(value: Any, node: str) -> Victims:
    found, _ = fields(value, ("Pods", "NumPDBViolations"), f"the victims on {node}")
    pods = [fields(each, ("UID",), "a victim")[0] for each in entries(found.get("Pods"), "Pods")]
    return Victims(
        uids=tuple(text(pod.get("UID"), "UID") for pod in pods),
        pdb_violations=whole(found.get("NumPDBViolations"), "NumPDBViolations"),
    )
