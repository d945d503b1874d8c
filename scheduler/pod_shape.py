"""The fields of a pod that a decision may depend on; of the rest, msgspec makes nothing.

A pod comes with volumes, probes, environments and field managers, which are most of its bytes. What
`policies.model.kubernetes` reads is here; a field that it starts to read must come here, too.
`tests/scheduler/test_pod_shape.py` holds the two together.

As everywhere in Kubernetes, `null` means absent.
"""

from __future__ import annotations

from typing import TypeAlias, TypedDict

Amounts: TypeAlias = dict[str, str | int | float]  # quantities, which are read and refused where they are understood


class OwnerShape(TypedDict, total=False):
    """Whom the pod belongs to."""

    kind: str | None
    name: str | None
    uid: str | None
    controller: bool | None


class MetadataShape(TypedDict, total=False):
    """Names, labels, annotations."""

    name: str | None
    namespace: str | None
    uid: str | None
    labels: dict[str, str] | None
    annotations: dict[str, str] | None
    ownerReferences: list[OwnerShape] | None


class ResourcesShape(TypedDict, total=False):
    """Of a container, or of the pod as a whole."""

    limits: Amounts | None
    requests: Amounts | None


class ContainerShape(TypedDict, total=False):
    """A container or init container."""

    name: str | None
    restartPolicy: str | None
    resources: ResourcesShape | None


class ExpressionShape(TypedDict, total=False):
    """One requirement on a node's label or field."""

    key: str | None
    operator: str | None
    values: list[str] | None


class TermShape(TypedDict, total=False):
    """Requirements that must all hold."""

    matchExpressions: list[ExpressionShape] | None
    matchFields: list[ExpressionShape] | None


class SelectorShape(TypedDict, total=False):
    """Terms of which one must hold."""

    nodeSelectorTerms: list[TermShape] | None


class NodeAffinityShape(TypedDict, total=False):
    """Only what is required."""

    requiredDuringSchedulingIgnoredDuringExecution: SelectorShape | None


class AffinityShape(TypedDict, total=False):
    """Only the nodes' part."""

    nodeAffinity: NodeAffinityShape | None


class TolerationShape(TypedDict, total=False):
    """A taint that the pod bears."""

    key: str | None
    operator: str | None
    value: str | None
    effect: str | None


class SpecShape(TypedDict, total=False):
    """What is asked for."""

    containers: list[ContainerShape] | None
    initContainers: list[ContainerShape] | None
    resources: ResourcesShape | None
    overhead: Amounts | None
    nodeName: str | None
    nodeSelector: dict[str, str] | None
    affinity: AffinityShape | None
    tolerations: list[TolerationShape] | None
    priority: int | None
    preemptionPolicy: str | None
    schedulerName: str | None


class StatusShape(TypedDict, total=False):
    """Where preemption has made room for it."""

    nominatedNodeName: str | None


class PodShape(TypedDict, total=False):
    """A v1 Pod."""

    metadata: MetadataShape | None
    spec: SpecShape | None
    status: StatusShape | None
