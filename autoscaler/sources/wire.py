"""The metrics APIs' answers, with only the fields that are read, and both versions of custom metrics in one shape.

Lists are opened item by item: one pod whose number is nonsense must not cost the whole namespace, which is read at once
for all workloads in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec

from autoscaler.sources.errors import NoMetric
from kube.decoding import page
from kube.errors import Garbled
from kube.program.duration import seconds

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
T = TypeVar("T")
NULL = msgspec.Raw(b"null")


class Named(msgspec.Struct, frozen=True):
    """Which object a number is of."""

    name: str = ""
    namespace: str = ""


class ContainerUsage(msgspec.Struct, frozen=True):
    """What one container uses, by resource; a container that reports nothing may have null."""

    name: str
    usage: dict[str, msgspec.Raw] | None = None


class PodMetrics(msgspec.Struct, frozen=True):
    """metrics.k8s.io/v1beta1; `window` is a Go duration."""

    metadata: Named = Named()
    timestamp: Instant | None = None
    window: str | None = None
    containers: list[ContainerUsage] | None = None


class MetricValue(msgspec.Struct, frozen=True, rename="camel"):
    """custom.metrics.k8s.io: v1beta1 has `window`, v1beta2 `windowSeconds`, both in seconds."""

    described_object: Named = Named()
    timestamp: Instant | None = None
    window: int | str | None = None
    window_seconds: int | None = None
    value: msgspec.Raw = NULL


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    described_object: Named = Named()


class ExternalValue(msgspec.Struct, frozen=True):
    """external.metrics.k8s.io/v1beta1: one series."""

    timestamp: Instant | None = None
    value: msgspec.Raw = NULL


class GroupVersion(msgspec.Struct, frozen=True, rename="camel"):
    """A version of an API group, with the group: `networking.k8s.io/v1`."""

    group_version: str = ""
    version: str = ""


class Group(msgspec.Struct, frozen=True, rename="camel"):
    """What versions an API group is served in."""

    versions: list[GroupVersion] | None = None
    preferred_version: GroupVersion = GroupVersion()


class Resource(msgspec.Struct, frozen=True):
    """One resource of an API group's version; a subresource has a slash in its name."""

    name: str
    kind: str
    namespaced: bool = True


class ResourceList(msgspec.Struct, frozen=True):
    """All resources of an API group's version."""

    resources: list[Resource] | None = None


def items(content: bytes, decoder: msgspec.json.Decoder[T]) -> Iterator[tuple[msgspec.Raw, T | str]]:
    """Each item of a list, or what is wrong with it; Garbled for what is no list."""
    for raw in page(content).items or ():
        try:
            yield raw, decoder.decode(raw)
        except msgspec.DecodeError as error:
            yield raw, str(error)


def described_name(raw: msgspec.Raw) -> str:
    """Whose number an item is that cannot be read as a whole; empty where not even that can."""
    try:
        return msgspec.json.decode(raw, type=_Head).described_object.name
    except msgspec.DecodeError:
        return ""


def readable(content: bytes, decoder: msgspec.json.Decoder[T]) -> list[T]:
    """All items; NoMetric when one of them is none."""
    found: list[T] = []
    for _, item in items(content, decoder):
        if isinstance(item, str):
            raise NoMetric(f"the answer cannot be read: {item}")
        found.append(item)
    return found


def whole(content: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """An object that is no list; Garbled when it is something else."""
    try:
        return decoder.decode(content)
    except msgspec.DecodeError as error:
        raise Garbled(f"not an answer of Kubernetes: {error}") from error


@lru_cache(maxsize=4096, typed=True)  # a server has few windows and many pods
def window_s(told: int | str | None, otherwise: float) -> float:
    """Seconds of a number or of a Go duration; NoMetric for a text that is none."""
    if told is None:
        return otherwise
    try:
        value = seconds(told)
    except ValueError as error:
        raise NoMetric(f"window: {error}, got {told!r}") from error
    assert isinstance(value, int | float)
    return float(value)
