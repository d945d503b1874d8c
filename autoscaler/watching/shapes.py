"""The fields of Kubernetes objects that the controller reads beside the mirror's; of all else nothing is made.

Pods are watched once for both: what the mirror reads is in `WatchedPod`, too, and a test holds the two together.
A template, and what a person asks for, stay raw: they are read when somebody needs them, and compared as bytes.
"""

from __future__ import annotations

from typing import TypedDict

import msgspec

from kube.mirror.shapes import LabelledShape, LabelSelectorShape, NamedShape, PodSpecShape, Texts


class OwnerShape(TypedDict, total=False):
    """Whom an object belongs to."""

    apiVersion: str | None
    kind: str | None
    name: str | None
    uid: str | None
    controller: bool | None


class OwnedShape(TypedDict, total=False):
    """Metadata with who it belongs to, and of which moment it is."""

    name: str | None
    namespace: str | None
    labels: Texts | None
    uid: str | None
    generation: int | None
    resourceVersion: str | None
    deletionTimestamp: str | None
    finalizers: list[str] | None
    ownerReferences: list[OwnerShape] | None


# pods


class WatchedPodMetadata(TypedDict, total=False):
    """Of a pod: its generation, which its resize conditions must be of, and no version, which comes with each beat."""

    name: str | None
    namespace: str | None
    labels: Texts | None
    annotations: Texts | None
    uid: str | None
    generation: int | None
    deletionTimestamp: str | None
    ownerReferences: list[OwnerShape] | None


class PodConditionShape(TypedDict, total=False):
    """Ready, PodScheduled, and how a resize goes."""

    type: str | None
    status: str | None
    reason: str | None
    lastTransitionTime: str | None
    observedGeneration: int | None


class EndShape(TypedDict, total=False):
    """Why a container ended, and when."""

    reason: str | None
    finishedAt: str | None


class ContainerStateShape(TypedDict, total=False):
    """How a container is, or was."""

    terminated: EndShape | None


class ContainerStatusShape(TypedDict, total=False):
    """One container, as it is and as it was before it was started again."""

    name: str | None
    state: ContainerStateShape | None
    lastState: ContainerStateShape | None


class WatchedPodStatus(TypedDict, total=False):
    """Whether it is ready, and since when; and which containers were killed."""

    phase: str | None
    startTime: str | None
    nominatedNodeName: str | None
    conditions: list[PodConditionShape] | None
    containerStatuses: list[ContainerStatusShape] | None


class WatchedPod(TypedDict, total=False):
    """A v1 Pod, for the mirror and for us."""

    metadata: WatchedPodMetadata | None
    spec: PodSpecShape | None
    status: WatchedPodStatus | None


# workloads


class WorkloadSpecShape(TypedDict, total=False):
    """How many, which pods, and what they are made from."""

    replicas: int | None
    selector: LabelSelectorShape | None
    template: msgspec.Raw


class WorkloadStatusShape(TypedDict, total=False):
    """How many pods there are."""

    replicas: int | None


class WorkloadShape(TypedDict, total=False):
    """An apps/v1 Deployment, StatefulSet or ReplicaSet."""

    metadata: OwnedShape | None
    spec: WorkloadSpecShape | None
    status: WorkloadStatusShape | None


# who asks for what


class AutoscalerShape(TypedDict, total=False):
    """An EdgeAutoscaler, both parts as the server sent them."""

    metadata: OwnedShape | None
    spec: msgspec.Raw
    status: msgspec.Raw


class TargetShape(TypedDict, total=False):
    """Which object is scaled."""

    apiVersion: str | None
    kind: str | None
    name: str | None


class HpaSpecShape(TypedDict, total=False):
    """Whom an HPA scales."""

    scaleTargetRef: TargetShape | None


class HpaShape(TypedDict, total=False):
    """An autoscaling/v2 HorizontalPodAutoscaler."""

    metadata: NamedShape | None
    spec: HpaSpecShape | None


# a pod template


class TemplateShape(TypedDict, total=False):
    """Everything of a template that placing and sizing read."""

    metadata: LabelledShape | None
    spec: PodSpecShape | None


class ScaleStatusShape(TypedDict, total=False):
    """Of a scale subresource, whose selector is text."""

    replicas: int | None
    selector: str | None


class ScaleSpecShape(TypedDict, total=False):
    """How many are asked for; Go leaves a zero out."""

    replicas: int | None


class ScaleShape(TypedDict, total=False):
    """An autoscaling/v1 Scale."""

    metadata: OwnedShape | None
    spec: ScaleSpecShape | None
    status: ScaleStatusShape | None
