"""The fields of Kubernetes objects that the mirror reads; of all else, msgspec makes nothing.

A node comes with its images, a pod with volumes, probes and environments, both with field managers: nine tenths of the
bytes are passed over without an object made of them. What `policies.model.kubernetes` reads of nodes and pods must be
here; a test holds the two together. `null` means absent, as everywhere in Kubernetes. What a custom resource says deep
inside is left as it is (`object`): a surprise there must spoil one object, not the page of the list that it is in.
"""

from __future__ import annotations

from typing import TypeAlias, TypedDict

Amounts: TypeAlias = dict[str, str | int | float]  # quantities, read and refused where they are understood
Texts: TypeAlias = dict[str, str]


class NamedShape(TypedDict, total=False):
    """Metadata of which only the names matter."""

    name: str | None
    namespace: str | None


class LabelledShape(NamedShape, total=False):
    """Names, labels and annotations."""

    labels: Texts | None
    annotations: Texts | None


# nodes


class TaintShape(TypedDict, total=False):
    """What keeps pods off a node."""

    key: str | None
    value: str | None
    effect: str | None


class NodeSpecShape(TypedDict, total=False):
    """Cordoned or tainted."""

    unschedulable: bool | None
    taints: list[TaintShape] | None


class ConditionShape(TypedDict, total=False):
    """Without its times: those change with every heartbeat."""

    type: str | None
    status: str | None


class NodeStatusShape(TypedDict, total=False):
    """What there is, and whether its kubelet reports."""

    allocatable: Amounts | None
    capacity: Amounts | None
    conditions: list[ConditionShape] | None


class NodeShape(TypedDict, total=False):
    """A v1 Node."""

    metadata: LabelledShape | None
    spec: NodeSpecShape | None
    status: NodeStatusShape | None


# pods


class OwnerShape(TypedDict, total=False):
    """Whom a pod belongs to."""

    kind: str | None
    name: str | None
    controller: bool | None


class PodMetadataShape(LabelledShape, total=False):
    """Of a pod also its identity, its owners and whether it is on its way out."""

    uid: str | None
    deletionTimestamp: str | None
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
    """One requirement on labels or fields."""

    key: str | None
    operator: str | None
    values: list[str] | None


class TermShape(TypedDict, total=False):
    """Requirements that must all hold."""

    matchExpressions: list[ExpressionShape] | None
    matchFields: list[ExpressionShape] | None


class NodeSelectorShape(TypedDict, total=False):
    """Terms of which one must hold."""

    nodeSelectorTerms: list[TermShape] | None


class NodeAffinityShape(TypedDict, total=False):
    """Only what is required."""

    requiredDuringSchedulingIgnoredDuringExecution: NodeSelectorShape | None


class AffinityShape(TypedDict, total=False):
    """Only the nodes' part."""

    nodeAffinity: NodeAffinityShape | None


class TolerationShape(TypedDict, total=False):
    """A taint that the pod bears."""

    key: str | None
    operator: str | None
    value: str | None
    effect: str | None


class GateShape(TypedDict, total=False):
    """What holds a pod back from scheduling."""

    name: str | None


class PodSpecShape(TypedDict, total=False):
    """Where it is, who places it, what it asks for."""

    nodeName: str | None
    schedulerName: str | None
    schedulingGates: list[GateShape] | None
    containers: list[ContainerShape] | None
    initContainers: list[ContainerShape] | None
    resources: ResourcesShape | None
    overhead: Amounts | None
    nodeSelector: Texts | None
    affinity: AffinityShape | None
    tolerations: list[TolerationShape] | None
    priority: int | None
    preemptionPolicy: str | None


class PodStatusShape(TypedDict, total=False):
    """Whether it has ended, and since when it runs."""

    phase: str | None
    startTime: str | None
    nominatedNodeName: str | None


class PodShape(TypedDict, total=False):
    """A v1 Pod."""

    metadata: PodMetadataShape | None
    spec: PodSpecShape | None
    status: PodStatusShape | None


class NamespaceShape(TypedDict, total=False):
    """A v1 Namespace."""

    metadata: LabelledShape | None


# what else decides


class SelectorExpressionShape(TypedDict, total=False):
    """One requirement of a LabelSelector."""

    key: str | None
    operator: str | None
    values: list[str] | None


class LabelSelectorShape(TypedDict, total=False):
    """All of it must hold."""

    matchLabels: Texts | None
    matchExpressions: list[SelectorExpressionShape] | None


class BudgetSpecShape(TypedDict, total=False):
    """Whom it protects; absent is no one."""

    selector: LabelSelectorShape | None


class BudgetStatusShape(TypedDict, total=False):
    """How many may go, and who is on the way out already."""

    disruptionsAllowed: int | None
    disruptedPods: Texts | None


class BudgetShape(TypedDict, total=False):
    """A policy/v1 PodDisruptionBudget."""

    metadata: NamedShape | None
    spec: BudgetSpecShape | None
    status: BudgetStatusShape | None


class ConfigMapShape(TypedDict, total=False):
    """A v1 ConfigMap, of whose data we read text."""

    metadata: LabelledShape | None
    data: Texts | None


class NodeResourceTopologyShape(TypedDict, total=False):
    """A topology.node.k8s.io/v1alpha2 NodeResourceTopology, named as its node is."""

    metadata: NamedShape | None
    zones: object


class NetworkTopologyShape(TypedDict, total=False):
    """A networktopology.diktyo.x-k8s.io/v1alpha1 NetworkTopology; its costs are read elsewhere."""

    metadata: NamedShape | None
    spec: object
    status: object
