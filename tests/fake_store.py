"""The objects behind `FakeKube`, as etcd and the API server's watch cache keep them: versions, history, selection."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kube.errors import refusal

Thing = dict[str, Any]
Selected = Callable[[Thing], bool]


class Place(NamedTuple):
    """What a path means: `/apis/apps/v1/namespaces/web/deployments/shop/scale` is the `scale` of one Deployment."""

    collection: str  # the path that lists them in all namespaces
    namespace: str
    name: str
    part: str  # subresource


def place(path: str) -> Place:
    parts = path.strip("/").split("/")
    head, rest = (parts[:2], parts[2:]) if parts[0] == "api" else (parts[:3], parts[3:])
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    plural, name, part = (*rest, "", "", "")[:3]  # of a group's own document none
    return Place("/" + "/".join([*head, plural]), namespace, name, part)


class Change(NamedTuple):
    version: int
    kind: str  # ADDED, MODIFIED, DELETED
    thing: Thing
    before: Thing | None


@dataclass
class Store:
    """All objects by collection; every change has the next version and is kept until `compact`."""

    version: int = 0
    compacted: int = 0
    things: dict[str, dict[tuple[str, str], Thing]] = field(default_factory=dict)
    history: dict[str, list[Change]] = field(default_factory=dict)

    def find(self, where: Place) -> Thing:
        try:
            return self.things[where.collection][where.namespace, where.name]
        except KeyError:
            plural = where.collection.rpartition("/")[2]
            raise refusal(404, "NotFound", f'{plural} "{where.name}" not found') from None

    def put(self, where: Place, thing: Mapping[str, Any]) -> Thing:
        """Added, or put in the place of the one of that name, which keeps its uid."""
        made = deepcopy(dict(thing))
        meta = made.setdefault("metadata", {})
        kept = self.things.setdefault(where.collection, {})
        key = (where.namespace or meta.get("namespace", ""), where.name or meta["name"])
        before = kept.get(key)
        self.version += 1
        meta["name"] = key[1]
        if key[0]:
            meta["namespace"] = key[0]
        meta["uid"] = before["metadata"]["uid"] if before else meta.get("uid") or f"uid-{self.version}"
        meta["resourceVersion"] = str(self.version)
        kept[key] = made
        self._tell(where.collection, Change(self.version, "MODIFIED" if before else "ADDED", made, before))
        return made

    def drop(self, where: Place) -> Thing:
        thing = self.find(where)
        del self.things[where.collection][where.namespace, where.name]
        self.version += 1
        last = {**thing, "metadata": {**thing["metadata"], "resourceVersion": str(self.version)}}
        self._tell(where.collection, Change(self.version, "DELETED", last, thing))
        return last

    def listed(self, where: Place, selected: Selected) -> list[Thing]:
        """In order of namespace and name, as etcd keeps them."""
        kept = sorted(self.things.get(where.collection, {}).items())
        return [thing for key, thing in kept if where.namespace in {"", key[0]} and selected(thing)]

    def after(self, collection: str, version: int) -> list[Change]:
        changes = self.history.get(collection, [])
        return changes[bisect_right(changes, version, key=lambda change: change.version) :]

    def compact(self) -> None:
        self.history.clear()
        self.compacted = self.version

    def _tell(self, collection: str, change: Change) -> None:
        self.history.setdefault(collection, []).append(change)


def selection(params: Mapping[str, str]) -> Selected:
    """What `labelSelector` and `fieldSelector` ask for."""
    labels = _terms(params.get("labelSelector", ""))
    fields = _terms(params.get("fieldSelector", ""))

    def selected(thing: Thing) -> bool:
        worn = thing["metadata"].get("labels") or {}
        return all(_agrees(term, worn.get(term["key"])) for term in labels) and all(
            _agrees(term, _value(thing, term["key"])) for term in fields
        )

    return selected


_TERM = re.compile(
    r"\s*(?P<not>!?)(?P<key>[\w./-]+)\s*(?:(?P<op>!=|==?|\bin\b|\bnotin\b)\s*(?P<values>\([^)]*\)|[^,]*))?"
)


def _terms(text: str) -> list[dict[str, str]]:
    return [match.groupdict(default="") for match in _TERM.finditer(text)]


def _agrees(term: dict[str, str], value: str | None) -> bool:
    op = term["op"]
    if not op:
        return (value is None) == bool(term["not"])
    wanted = {one.strip() for one in term["values"].strip("()").split(",")}
    return (value in wanted) != (op in {"!=", "notin"})


def _value(thing: Thing, path: str) -> str:
    """An absent field is selected as the empty string, as `spec.nodeName=` is."""
    found: Any = thing
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return "" if found is None else str(found)
