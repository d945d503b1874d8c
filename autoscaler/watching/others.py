"""Workloads of kinds that are not watched: their scale subresource, read once a pass for each, some at a time.

`plural` comes from discovery, which is read once for each group and version and kept while it is fresh.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from autoscaler.applying.workload import Workload
from autoscaler.watching.selecting import parsed
from autoscaler.watching.shapes import ScaleShape
from autoscaler.watching.workloads import Scaled
from kube.client import KubeClient
from kube.errors import KubeError
from kube.mirror.selector import Selector
from policies.errors import ModelError

Other = tuple[str, str, str, str]  # apiVersion, kind, namespace, name
AT_ONCE = 8
CALL_S = 5.0
FRESH_S = 600.0
_SCALE = msgspec.json.Decoder(ScaleShape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read last: a workload, or why there is none."""

    workload: Workload | None = None
    scaled: Scaled | None = None
    problem: str = ""


class _Resource(msgspec.Struct):
    name: str = ""
    kind: str = ""


class _Resources(msgspec.Struct):
    resources: list[_Resource] | None = None


_RESOURCES = msgspec.json.Decoder(_Resources)


class Others:
    """Reads and remembers them."""

    def __init__(self, client: KubeClient, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[Other, Read] = {}
        self._plurals: dict[str, tuple[float, dict[str, str]]] = {}  # apiVersion → until when, plural by kind
        self.reads = 0

    def get(self, other: Other) -> Read | None:
        """What was read last of one; None when nothing was."""
        return self._known.get(other)

    def keep(self, others: Collection[Other]) -> None:
        """Forget all but these."""
        for gone in self._known.keys() - set(others):
            del self._known[gone]

    async def refresh(self, others: Collection[Other]) -> None:
        """Read all of them."""
        for api_version in sorted({each[0] for each in others}):
            await self._discover(api_version)
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for each in others:
                tasks.create_task(self._read(each, gate))

    async def _read(self, other: Other, gate: asyncio.Semaphore) -> None:
        api_version, kind, namespace, name = other
        plural = self._plurals.get(api_version, (0.0, {}))[1].get(kind)
        if plural is None:
            self._known[other] = Read(problem=f'no matches for kind "{kind}" in "{api_version}" with a scale')
            return
        workload = Workload(api_version=api_version, kind=kind, plural=plural, namespace=namespace, name=name)
        try:
            async with gate:
                self.reads += 1
                content = await self._client.get(f"{workload.path}/scale", timeout_s=CALL_S)
            self._known[other] = Read(workload=workload, scaled=_scaled((kind, namespace, name), content))
        except (KubeError, msgspec.DecodeError) as error:
            self._known[other] = Read(problem=str(error))

    async def _discover(self, api_version: str) -> None:
        until_s, _ = self._plurals.get(api_version, (0.0, {}))
        if self._clock() < until_s:
            return
        root = "apis" if "/" in api_version else "api"
        try:
            self.reads += 1
            answer = await self._client.get(f"/{root}/{api_version}", timeout_s=CALL_S)
            resources = _RESOURCES.decode(answer).resources or []
        except (KubeError, msgspec.DecodeError):
            return  # asked again in the next pass; until then what was known holds
        scalable = {each.name.partition("/")[0] for each in resources if each.name.endswith("/scale")}
        plurals = {each.kind: each.name for each in resources if each.name in scalable}
        self._plurals[api_version] = (self._clock() + FRESH_S, plurals)


def _scaled(key: tuple[str, str, str], content: bytes) -> Scaled:
    told = _SCALE.decode(content)
    metadata, spec, status = told.get("metadata") or {}, told.get("spec") or {}, told.get("status") or {}
    text, problem, selector = status.get("selector") or "", "", Selector()
    try:
        selector = parsed(text)
    except ModelError as error:
        problem = str(error)
    return Scaled(
        key=key,
        uid=metadata.get("uid") or "",
        version=metadata.get("resourceVersion") or "",
        replicas=spec.get("replicas") or 0,
        status_replicas=status.get("replicas") or 0,
        selector=selector,
        selector_text=text,
        selector_problem=problem,
    )
