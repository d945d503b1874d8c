"""What the API server serves: in which version custom metrics, and by which resource a kind of object.

Answers are kept for a minute, so that an adapter that is upgraded or a resource that is added is found soon, and no
pass pays for it. Failures are kept for a quarter of that: thousands of metrics of one group that is missing are one
read.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, TypeVar, cast

import msgspec

from autoscaler.sources.asking import Asking
from autoscaler.sources.errors import NoMetric
from autoscaler.sources.paths import segment
from autoscaler.sources.want import Described
from autoscaler.sources.wire import Group, Resource, ResourceList, whole
from kube.errors import KubeError, NotFound

API = "discovery"
CUSTOM = "custom.metrics.k8s.io"
CUSTOM_VERSIONS = ("v1beta2", "v1beta1")
FRESH_S = 60.0
FAILED_S = 15.0
T = TypeVar("T")
_GROUP = msgspec.json.Decoder(Group)
_RESOURCES = msgspec.json.Decoder(ResourceList)


class Discovery:
    """Asks the API server and remembers for a while."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._kept: dict[str, tuple[float, Any]] = {}  # path → until when, and the answer or the error
        self._asked: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def custom_version(self) -> str:
        """The version of custom metrics that the server prefers, or else one that is served; NoMetric without any."""
        try:
            group = await self._read(f"/apis/{CUSTOM}", _GROUP)
        except NotFound as error:
            raise NoMetric(f"no custom metrics API ({CUSTOM}) registered") from error
        served = dict.fromkeys([group.preferred_version.version, *(each.version for each in group.versions or ())])
        for version in served:
            if version in CUSTOM_VERSIONS:
                return version
        known, got = " or ".join(CUSTOM_VERSIONS), ", ".join(filter(None, served)) or "none"
        raise NoMetric(f"no known available metric versions found: {CUSTOM} must be served as {known}, got {got}")

    async def resource(self, described: Described) -> Resource:
        """The resource of that kind, its name qualified by its group (`ingresses.networking.k8s.io`)."""
        for resource in await self._resources(described):
            if resource.kind == described.kind and "/" not in resource.name:
                name = f"{resource.name}.{described.group}" if described.group else resource.name
                return Resource(name, resource.kind, resource.namespaced)
        raise _unmapped(described)

    async def _resources(self, described: Described) -> list[Resource]:
        """Those of the version named, or where that is not served, of the one that the server prefers."""
        version = segment(described.api_version.rpartition("/")[2])
        root = f"/apis/{segment(described.group)}/{version}" if described.group else f"/api/{version}"
        try:
            try:
                return (await self._read(root, _RESOURCES)).resources or []
            except NotFound:
                if not described.group:
                    raise
                above = root.rpartition("/")[0]
                group = await self._read(above, _GROUP)
                preferred = f"{above}/{segment(group.preferred_version.version)}"
                return (await self._read(preferred, _RESOURCES)).resources or []
        except NotFound as error:
            raise _unmapped(described) from error

    async def _read(self, path: str, decoder: msgspec.json.Decoder[T]) -> T:
        loop = asyncio.get_running_loop()
        async with self._asked[path]:
            until_s, kept = self._kept.get(path, (0.0, None))
            if loop.time() >= until_s or kept is None:
                kept, lasts_s = await self._fresh(path, decoder)
                self._kept[path] = (loop.time() + lasts_s, kept)
        if isinstance(kept, KubeError):
            raise kept
        return cast("T", kept)  # a path always has the same decoder

    async def _fresh(self, path: str, decoder: msgspec.json.Decoder[T]) -> tuple[T | KubeError, float]:
        try:
            return whole(await self._asking.get(API, path), decoder), FRESH_S
        except KubeError as error:
            return error, FAILED_S


def _unmapped(described: Described) -> NoMetric:
    kind = f"{described.kind}.{described.group}" if described.group else described.kind
    return NoMetric(f'unable to map kind {kind} to resource: no matches for kind "{described.kind}"')
