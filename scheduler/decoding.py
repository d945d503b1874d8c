"""Bodies of requests, decoded into the values of `wire` in one typed pass that makes only what is needed.

The fast path takes the keys as today's client spells them, all of which it always sends. A body that lacks one is
respelled (`keys`) and decoded once more, so clients of any spelling are understood and only they pay for it.

Whole nodes (`nodeCacheCapable: false`) stay the bytes that they came as: they are told apart by `metadata.name` and go
back as they are, since an answer with nodes of our own making would lose every field that we do not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from kube.mirror.shapes import PodShape
from scheduler.bounds import check, check_name, check_nodes
from scheduler.errors import WireError
from scheduler.keys import respelled
from scheduler.wire import AskedPod, BindAsked, NodesAsked, NodeVictims, PreemptAsked

T = TypeVar("T")
Count = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # Go's int64
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")  # RFC 1123, as the API server wants names
_PLACE = re.compile(r"(?P<what>.*) - at `(?:key in )?\$\.?(?P<place>.*)`", re.DOTALL)


class _NodeList(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


class _NodesArgs(msgspec.Struct, rename="pascal"):
    pod: PodShape | UnsetType = UNSET
    nodes: _NodeList | UnsetType | None = UNSET
    node_names: list[str] | UnsetType | None = UNSET


class _BindArgs(msgspec.Struct, rename="pascal"):
    pod_name: str | UnsetType = UNSET
    pod_namespace: str | UnsetType = UNSET
    pod_uid: str | UnsetType = msgspec.field(default=UNSET, name="PodUID")
    node: str | UnsetType = UNSET


class _Uid(msgspec.Struct, gc=False):
    uid: str = msgspec.field(default="", name="UID")


class _MetaVictims(msgspec.Struct):
    pods: list[_Uid] | UnsetType | None = msgspec.field(default=UNSET, name="Pods")
    violations: Count | UnsetType | None = msgspec.field(default=UNSET, name="NumPDBViolations")


class _Metadata(msgspec.Struct, gc=False):
    name: str = ""
    uid: str = ""


class _Object(msgspec.Struct, gc=False):  # of a Node or a victim's Pod all that is looked at
    metadata: _Metadata | None = None


class _Victims(msgspec.Struct):
    pods: list[_Object] | UnsetType | None = msgspec.field(default=UNSET, name="Pods")
    violations: Count | UnsetType | None = msgspec.field(default=UNSET, name="NumPDBViolations")


class _PreemptArgs(msgspec.Struct):
    pod: PodShape | UnsetType = msgspec.field(default=UNSET, name="Pod")
    victims: dict[str, _Victims] | UnsetType | None = msgspec.field(default=UNSET, name="NodeNameToVictims")
    meta: dict[str, _MetaVictims] | UnsetType | None = msgspec.field(default=UNSET, name="NodeNameToMetaVictims")


_NODES = msgspec.json.Decoder(_NodesArgs)
_BIND = msgspec.json.Decoder(_BindArgs)
_PREEMPT = msgspec.json.Decoder(_PreemptArgs)
_NAMED = msgspec.json.Decoder(_Object)
_BY_NODE = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_LIST = msgspec.json.Decoder(list[msgspec.Raw] | None)
_KEY = msgspec.json.Encoder()


def decode_nodes(body: bytes) -> NodesAsked:
    """The question of filter and of prioritize. WireError when the body cannot be read."""
    _attempt(lambda: check(body))
    told = _read(_NODES, body)
    if told.pod is UNSET or told.nodes is UNSET or told.node_names is UNSET:
        told = _read(_NODES, _respelled(body, _NodesArgs))
    pod = _asked_pod(told.pod)
    if told.nodes is UNSET and told.node_names is UNSET:
        raise WireError("Nodes and NodeNames are both missing; one of them says which nodes there are to choose from")
    if isinstance(told.nodes, _NodeList):
        return _whole(pod, told.nodes.items or [])
    return NodesAsked(pod=pod, names=told.node_names or [])


def decode_bind(body: bytes) -> BindAsked:
    """The question of bind. WireError when the body cannot be read, or lacks a name."""
    _attempt(lambda: check(body))
    told = _read(_BIND, body)
    if UNSET in (told.pod_name, told.pod_namespace, told.pod_uid, told.node):
        told = _read(_BIND, _respelled(body, _BindArgs))
    named = {"PodName": told.pod_name, "PodNamespace": told.pod_namespace, "Node": told.node}
    for key, value in named.items():
        if not value:
            raise WireError(f"{key} {'is missing' if value is UNSET else 'must not be empty'}")
        check_name(key, value)
        if not _NAME.fullmatch(value):  # it becomes part of a path, of which `..` would make another
            raise WireError(f"{key} must be a name of lower-case letters, digits, - and ., got {value!r}")
    check_name("PodUID", told.pod_uid or "")
    return BindAsked(
        namespace=told.pod_namespace or "", name=told.pod_name or "", uid=told.pod_uid or "", node=told.node or ""
    )


def decode_preempt(body: bytes) -> PreemptAsked:
    """The question of preempt, with victims as whole pods or as uids. WireError when the body cannot be read."""
    _attempt(lambda: check(body))
    told = _read(_PREEMPT, body)
    if not _is_complete(told):
        told = _read(_PREEMPT, _respelled_victims(body))
    pod = _asked_pod(told.pod)
    if told.victims is UNSET and told.meta is UNSET:
        raise WireError("NodeNameToVictims and NodeNameToMetaVictims are both missing; one of them says whom to evict")
    victims = {
        node: NodeVictims(uids=tuple(each.uid for each in of.pods or ()), pdb_violations=of.violations or 0)
        for node, of in (told.meta or {}).items()
    }
    for node, whole in (told.victims or {}).items():
        uids = tuple(each.metadata.uid if each.metadata else "" for each in whole.pods or ())
        victims.setdefault(node, NodeVictims(uids=uids, pdb_violations=whole.violations or 0))
    for node, of_node in victims.items():
        if "" in of_node.uids:
            raise WireError(f"the victims of node {node}: number {of_node.uids.index('') + 1} has no UID")
    return PreemptAsked(pod=pod, victims=victims)


def _asked_pod(content: PodShape | UnsetType) -> AskedPod:
    if content is UNSET:
        raise WireError("Pod is missing")
    metadata = content.get("metadata") or {}
    name = metadata.get("name")
    if not name:
        raise WireError("Pod.metadata.name is missing or empty")
    for key, value in (("name", name), ("namespace", metadata.get("namespace")), ("uid", metadata.get("uid"))):
        check_name(f"Pod.metadata.{key}", value or "")
    decisive = (
        metadata.get("labels"),
        metadata.get("annotations"),
        metadata.get("ownerReferences"),
        content.get("spec"),
    )
    return AskedPod(
        namespace=metadata.get("namespace") or "default",
        name=name,
        uid=metadata.get("uid") or "",
        content=content,
        key=_KEY.encode(decisive),
    )


def _whole(pod: AskedPod, items: list[msgspec.Raw]) -> NodesAsked:
    check_nodes("Nodes.items", len(items))
    once: dict[str, msgspec.Raw] = {}
    for index, item in enumerate(items):
        told = _read(_NAMED, item, f"Nodes.items[{index}]").metadata
        if told is None or not told.name:
            raise WireError(f"Nodes.items[{index}].metadata.name is missing or empty")
        once.setdefault(told.name, item)
    return NodesAsked(pod=pod, names=list(once), items=list(once.values()))


def _is_complete(told: _PreemptArgs) -> bool:
    if UNSET in (told.pod, told.victims, told.meta):
        return False
    meta, whole = (told.meta or {}).values(), (told.victims or {}).values()
    named = all(each.uid for of in meta for each in of.pods or ())
    return (
        named
        and all(UNSET not in (of.pods, of.violations) for of in meta)
        and all(UNSET not in (of.pods, of.violations) for of in whole)
    )


def _respelled(body: bytes, shape: type[msgspec.Struct]) -> bytes:
    return _attempt(lambda: msgspec.json.encode(respelled(body, shape.__struct_encode_fields__)))


def _respelled_victims(body: bytes) -> bytes:
    """The preempt question with all keys of the extender's in their proper case: they go three levels deep."""

    def of_node(raw: msgspec.Raw, pods: Callable[[msgspec.Raw], object]) -> Mapping[str, object]:
        told: dict[str, object] = dict(respelled(raw, ("Pods", "NumPDBViolations")))
        if isinstance(listed := told.get("Pods"), msgspec.Raw):
            told["Pods"] = pods(listed)
        return told

    def uids(raw: msgspec.Raw) -> object:
        return [respelled(each, ("UID",)) for each in _LIST.decode(raw) or ()]

    def top() -> bytes:
        told: dict[str, object] = dict(respelled(body, _PreemptArgs.__struct_encode_fields__))
        for key, pods in (("NodeNameToMetaVictims", uids), ("NodeNameToVictims", lambda raw: raw)):
            if isinstance(raw := told.get(key), msgspec.Raw):
                told[key] = {node: of_node(of, pods) for node, of in (_BY_NODE.decode(raw) or {}).items()}
        return msgspec.json.encode(told)

    return _attempt(top)


def _read(decoder: msgspec.json.Decoder[T], body: bytes | msgspec.Raw, inside: str = "") -> T:
    return _attempt(lambda: decoder.decode(body), inside)


def _attempt(decode: Callable[[], T], inside: str = "") -> T:
    try:
        return decode()
    except msgspec.MsgspecError as error:
        raise WireError(_told(str(error), inside)) from error
    except UnicodeDecodeError as error:
        raise WireError(f"{inside or 'the body'}: a text is not UTF-8: {error.reason}") from error
    except RecursionError:
        raise WireError(f"{inside or 'the body'}: nested too deeply") from None


def _told(complaint: str, inside: str) -> str:
    """`Expected `str`, got `int` - at `$.Pod.spec`` as `Pod.spec: expected str, got int`."""
    found = _PLACE.fullmatch(complaint)
    what, place = (found["what"], found["place"]) if found else (complaint, "")
    where = ".".join(part for part in (inside, place) if part) or "the body"
    return f"{where}: {what}".replace("`", "").replace("Expected", "expected", 1)
