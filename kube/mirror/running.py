"""What still counts of a pod that runs: its place is decided, and it holds resources whether or not it can be read.

So the decoding of a bound pod may give way step by step: first it loses the wishes that only say where to place it,
then all annotations, and at last what it asks of GPUs. What it is charged for is then less than it meant, but never
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.model import sharing
from policies.model.annotations import PREFIX

HELD = frozenset(PREFIX + key for key in ("gpu-milli", "gpu-count", "gpu-models", "topology-aware"))
_NOTHING: Mapping[str, Any] = {}


def unpinned(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the affinity by which a DaemonSet's pod is pinned to its node: it is there, and one class will do."""
    spec = content.get("spec") or _NOTHING
    affinity = spec.get("affinity")
    if not affinity:
        return content
    required = (affinity.get("nodeAffinity") or _NOTHING).get("requiredDuringSchedulingIgnoredDuringExecution")
    terms = (required or _NOTHING).get("nodeSelectorTerms") or ()
    if not any(term.get("matchFields") for term in terms):
        return content
    return {**content, "spec": {**spec, "affinity": None}}


def with_fewer_wishes(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """With those annotations of ours only that say what it holds, then with none at all."""
    metadata = content.get("metadata") or _NOTHING
    annotations = metadata.get("annotations") or _NOTHING
    for kept in (HELD, frozenset[str]()):
        fewer = {key: value for key, value in annotations.items() if key in kept}
        yield {**content, "metadata": {**metadata, "annotations": fewer}}


def plain(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without annotations, where it may go, and what its containers ask of GPUs."""
    *_, content = with_fewer_wishes(content)
    spec = content.get("spec") or _NOTHING
    less = {kind: [_without_gpus(each) for each in spec.get(kind) or ()] for kind in ("containers", "initContainers")}
    return {**content, "spec": {**spec, **less, "nodeSelector": None, "affinity": None, "tolerations": None}}


def _without_gpus(container: Mapping[str, Any]) -> Mapping[str, Any]:
    resources = {
        kind: {name: amount for name, amount in (amounts or _NOTHING).items() if name not in sharing.RESOURCES}
        for kind, amounts in (container.get("resources") or _NOTHING).items()
    }
    return {**container, "resources": resources}
