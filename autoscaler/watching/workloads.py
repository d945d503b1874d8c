"""What is scaled: Deployments and the like as a watch tells them, so that no `scale` is read for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from autoscaler.watching.selecting import text
from autoscaler.watching.shapes import TemplateShape
from kube.mirror.listing import Listing
from kube.mirror.selector import Selector, selector
from policies.errors import ModelError
from policies.model.manifest import Manifest

Key = tuple[str, str, str]  # kind, namespace, name
_NOTHING: Mapping[str, Any] = {}
_TEMPLATE = msgspec.json.Decoder(TemplateShape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """A workload as it was last told."""

    key: Key
    uid: str
    version: str  # resourceVersion, which a change is guarded with
    replicas: int  # asked for
    status_replicas: int
    selector: Selector
    selector_text: str = ""
    selector_problem: str = ""
    template: bytes = field(default=b"", repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    owners: tuple[str, ...] = ()  # uids

    def template_content(self) -> Mapping[str, Any]:
        """Its pod template, read anew; nothing where it has none."""
        return _TEMPLATE.decode(self.template) if self.template else _NOTHING


class Workloads:
    """Handler of one kind, with *api* such as `apps/v1`. *changed* is told the key of each that changed."""

    def __init__(self, kind: str, changed: Callable[[Key], None] = lambda _: None) -> None:
        self.kind = kind
        self._changed = changed
        self._known: dict[Key, Scaled] = {}
        self._owned: dict[str, set[Key]] = {}  # by uid of an owner
        self._listing = Listing()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, namespace: str, name: str) -> Scaled | None:
        """The workload of that name."""
        return self._known.get((self.kind, namespace, name))

    def owned_by(self, uid: str) -> list[Scaled]:
        """Those that belong to an object, by name."""
        return [self._known[key] for key in sorted(self._owned.get(uid, ()))]

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(map("/".join, self._known))

    def put(self, content: Mapping[str, Any]) -> None:
        """A workload as it is now."""
        scaled = scaled_of(self.kind, content)
        self._listing.seen("/".join(scaled.key))
        before = self._known.get(scaled.key)
        if before is not None and before.owners != scaled.owners:
            self._unlink(before)
            before = None
        self._known[scaled.key] = scaled
        if before is None:
            for owner in scaled.owners:
                self._owned.setdefault(owner, set()).add(scaled.key)
        self._changed(scaled.key)

    def drop(self, content: Mapping[str, Any]) -> None:
        """A workload is deleted."""
        metadata = content.get("metadata") or _NOTHING
        key = (self.kind, metadata.get("namespace") or "default", metadata.get("name") or "")
        self._listing.seen("/".join(key))
        self._forget(key)

    def settle(self) -> None:
        """The list is complete."""
        for text_ in self._listing.left_out():
            kind, namespace, name = text_.split("/")
            self._forget((kind, namespace, name))

    def _forget(self, key: Key) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self._unlink(known)
            self._changed(key)

    def _unlink(self, known: Scaled) -> None:
        for owner in known.owners:
            keys = self._owned[owner]
            keys.discard(known.key)
            if not keys:
                del self._owned[owner]


def scaled_of(kind: str, content: Mapping[str, Any]) -> Scaled:
    """The value of a workload; a selector that cannot be read is said in it."""
    metadata, spec = content.get("metadata") or _NOTHING, content.get("spec") or _NOTHING
    key = (kind, metadata.get("namespace") or "default", metadata.get("name") or "")
    chosen, problem = Selector(), ""
    try:
        chosen = selector(Manifest(content, f"{kind} {key[1]}/{key[2]}").part("spec").part("selector"))
    except ModelError as error:
        problem = str(error)
    replicas = spec.get("replicas")
    return Scaled(
        key=key,
        uid=metadata.get("uid") or "",
        version=metadata.get("resourceVersion") or "",
        replicas=1 if replicas is None else replicas,  # the API's default
        status_replicas=(content.get("status") or _NOTHING).get("replicas") or 0,
        selector=chosen,
        selector_text=text(chosen),
        selector_problem=problem,
        template=bytes(spec.get("template") or b""),
        labels=metadata.get("labels") or _NOTHING,
        owners=tuple(each.get("uid") or "" for each in metadata.get("ownerReferences") or ()),
    )
