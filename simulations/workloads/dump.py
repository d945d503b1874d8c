"""A cluster as `kubectl get nodes,pods -A -o json` prints it, for what-if runs.

A dump is one v1 List of Nodes and Pods, or several Lists: in files of their own, or one after the other in one file;
gzipped or not. Namespaces are read too when they are in it (`kubectl get nodes,pods,namespaces -A -o json`), for the
origin and the profile that their pods inherit; objects of other kinds are passed over, and so are pods that have ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from policies.errors import PolicyError
from policies.model import kubernetes
from policies.model.manifest import Manifest
from policies.model.node import Node
from policies.model.pod import Pod
from policies.model.site import Sites
from simulations.errors import InputError
from simulations.workloads.files import read_text

Content = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundPod:
    """A pod and the node that it is on; that node need not be in the dump. A pinned one has no business elsewhere."""

    pod: Pod
    node: str
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """Nodes in name order, pods in order of namespace and name."""

    nodes: tuple[Node, ...]
    bound: tuple[BoundPod, ...]
    pending: tuple[Pod, ...]

    @property
    def sites(self) -> Sites:
        """The sites that the nodes' labels tell of."""
        return kubernetes.sites(self.nodes)


def read_dump(*paths: Path, site_labels: Sequence[str] = kubernetes.SITE_LABELS) -> Dump:
    """All nodes and living pods of the files together; there must be a node, and no object twice."""
    found: dict[tuple[str, str, str], tuple[Path, Content]] = {}
    inherited: dict[str, dict[str, str]] = {}
    for path in paths:
        with _naming(path):
            for kind, content in _objects(path):
                metadata = Manifest(content, kind.lower()).part("metadata")
                key = (kind, metadata.text("namespace"), metadata.text("name"))
                if key in found:
                    name = "/".join(filter(None, key[1:]))
                    raise InputError(f"{path}: {kind.lower()} {name} is there twice, first in {found[key][0]}")
                found[key] = path, content
                if kind == "Namespace":
                    inherited[key[2]] = metadata.texts("annotations")
    nodes: list[Node] = []
    bound: list[BoundPod] = []
    pending: list[Pod] = []
    for (kind, namespace, _), (path, content) in sorted(found.items(), key=lambda entry: entry[0]):
        with _naming(path):
            if kind == "Node":
                nodes.append(kubernetes.node(content, site_labels=site_labels))
            elif kind == "Pod" and not kubernetes.is_finished(content):
                pod = kubernetes.pod(content, namespace_annotations=inherited.get(namespace))
                on = kubernetes.node_name(content)
                if on:
                    bound.append(BoundPod(pod=pod, node=on, pinned=kubernetes.is_pinned(content)))
                else:
                    pending.append(pod)
    if not nodes:
        raise InputError(f"{', '.join(map(str, paths))}: no Node in it (wanted: kubectl get nodes,pods -A -o json)")
    return Dump(nodes=tuple(nodes), bound=tuple(bound), pending=tuple(pending))


def _objects(path: Path) -> Iterator[tuple[str, Content]]:
    """(kind, object) of each item. Those of a raw NodeList or PodList bear no kind of their own."""
    for document in _documents(path):
        told = Manifest(document, "dump")
        kind = told.text("kind")
        if not kind.endswith("List"):
            yield kind or "object", document
            continue
        if "items" not in document:
            told.fail("items", f"missing in a {kind}")
        for item in told.parts("items"):
            yield item.text("kind") or kind.removesuffix("List") or "object", item.content


def _documents(path: Path) -> Iterator[Content]:
    text = read_text(path)
    if not text.strip():
        raise InputError(f"{path}: empty dump")
    decoder = json.JSONDecoder()
    at = _after_blanks(text, 0)
    while at < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            cut = " (is the file truncated?)" if getattr(error, "pos", 0) >= len(text.rstrip()) else ""
            raise InputError(f"{path}: row {line}: not JSON: {getattr(error, 'msg', error)}{cut}") from error
        if not isinstance(document, dict):
            raise InputError(f"{path}: must be a v1 List of nodes and pods, got a JSON {type(document).__name__}")
        yield document
        at = _after_blanks(text, at)


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """What the decoding says is wrong, said with the file."""
    try:
        yield
    except PolicyError as error:
        raise InputError(f"{path}: {error}") from error
