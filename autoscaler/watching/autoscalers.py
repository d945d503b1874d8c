"""EdgeAutoscalers as the watch tells them, each read once for each text of its `spec`.

One that cannot be read stays in the list with what is wrong with it, so that its author is told in its own status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from autoscaler.watching.asked import Asked, Name, Reader
from autoscaler.watching.targets import Target, target
from kube.mirror.listing import Listing

KIND = "EdgeAutoscaler"
API_VERSION = "edgeward.dev/v1alpha1"
PATH = f"/apis/{API_VERSION}/edgeautoscalers"
_NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)  # changed in place
class Known:
    """One of them. `asked` None: `problem` says what is wrong with its spec."""

    namespace: str
    name: str
    uid: str
    generation: int
    spec: bytes
    status: bytes
    asked: Asked | None
    problem: str
    deleting: bool = False
    finalizers: tuple[str, ...] = ()

    @property
    def target(self) -> Target | None:
        """Whom it wants to scale."""
        asked = self.asked
        return target(asked.api_version, asked.kind, self.namespace, asked.name) if asked is not None else None


class Autoscalers:
    """Handler of EdgeAutoscalers. *wrong* are the errors by which the reader says that a spec is wrong."""

    def __init__(self, read: Reader, wrong: tuple[type[Exception], ...]) -> None:
        self._read = read
        self._wrong = wrong
        self._known: dict[Name, Known] = {}
        self._by_target: dict[Target, set[Name]] = {}
        self._listing = Listing()
        self.on_change: Callable[[Name], None] = lambda _: None  # a new one, or another spec; not a status
        self.on_gone: Callable[[Known], None] = lambda _: None

    def __len__(self) -> int:
        return len(self._known)

    def names(self) -> list[Name]:
        """All of them, in order."""
        return sorted(self._known)

    def get(self, name: Name) -> Known | None:
        """The one of that name."""
        return self._known.get(name)

    def of(self, scaled: Target) -> list[Name]:
        """Those that want to scale a workload."""
        return sorted(self._by_target.get(scaled, ()))

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(map("/".join, self._known))

    def put(self, content: Mapping[str, Any]) -> None:
        """One as it is now."""
        metadata = content.get("metadata") or _NOTHING
        name = (metadata.get("namespace") or "default", metadata.get("name") or "")
        self._listing.seen("/".join(name))
        spec, status = bytes(content.get("spec") or b"{}"), bytes(content.get("status") or b"{}")
        known = self._known.get(name)
        if known is not None and known.uid != metadata.get("uid"):  # made anew under its name
            self._forget(name)
            known = None
        if known is not None and known.spec == spec:
            known.status = status
            self._note(known, metadata)
            return
        if known is not None:
            self._unlink(name, known)
        asked, problem = self._read_one(metadata, spec)
        known = Known(
            namespace=name[0],
            name=name[1],
            uid=metadata.get("uid") or "",
            generation=metadata.get("generation") or 0,
            spec=spec,
            status=status,
            asked=asked,
            problem=problem,
        )
        self._note(known, metadata)
        self._known[name] = known
        if known.target is not None:
            self._by_target.setdefault(known.target, set()).add(name)
        self.on_change(name)

    def drop(self, content: Mapping[str, Any]) -> None:
        """One is deleted."""
        metadata = content.get("metadata") or _NOTHING
        name = (metadata.get("namespace") or "default", metadata.get("name") or "")
        self._listing.seen("/".join(name))
        self._forget(name)

    def settle(self) -> None:
        """The list is complete."""
        for text in self._listing.left_out():
            namespace, _, name = text.partition("/")
            self._forget((namespace, name))

    def _note(self, known: Known, metadata: Mapping[str, Any]) -> None:
        """What may change without another spec."""
        known.generation = metadata.get("generation") or 0
        known.deleting = bool(metadata.get("deletionTimestamp"))
        known.finalizers = tuple(metadata.get("finalizers") or ())

    def _read_one(self, metadata: Mapping[str, Any], spec: bytes) -> tuple[Asked | None, str]:
        try:
            return self._read({"metadata": metadata, "spec": msgspec.json.decode(spec)}), ""
        except self._wrong as error:
            return None, str(error)

    def _forget(self, name: Name) -> None:
        known = self._known.pop(name, None)
        if known is not None:
            self._unlink(name, known)
            self.on_gone(known)

    def _unlink(self, name: Name, known: Known) -> None:
        if known.target is not None:
            names = self._by_target[known.target]
            names.discard(name)
            if not names:
                del self._by_target[known.target]
