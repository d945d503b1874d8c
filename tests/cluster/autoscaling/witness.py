"""What became of workloads, as a watch tells it: every number of replicas that was asked for, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.cluster.api import Api, Object
from tests.cluster.autoscaling.beside import beside
from tests.cluster.waiting import until


class Witness:
    """Paths of the Deployments of one namespace, each from the number that it had when it was seen first."""

    def __init__(self) -> None:
        self._paths: dict[str, list[int]] = {}

    def path(self, name: str) -> list[int]:
        """The numbers of replicas that were asked for, each time another; none before it was made."""
        return list(self._paths.get(name, ()))

    def now(self, name: str) -> int | None:
        """The last of them."""
        path = self.path(name)
        return path[-1] if path else None

    async def reached(self, name: str, replicas: int, *, timeout_s: float = 60.0) -> None:
        """Return when so many are asked for."""
        what = f"{name} to get {replicas} replicas, after {self.path(name)}"
        await until(lambda: self.now(name) == replicas, what=what, timeout_s=timeout_s)

    def see(self, deployment: Object) -> None:
        """Take down how it is now."""
        path = self._paths.setdefault(deployment["metadata"]["name"], [])
        replicas = deployment["spec"]["replicas"]
        if path[-1:] != [replicas]:
            path.append(replicas)


@asynccontextmanager
async def witnessed(api: Api, namespace: str) -> AsyncIterator[Witness]:
    """Of all Deployments that are there or come inside."""
    witness = Witness()
    listed = await api.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments")
    for each in listed["items"]:
        witness.see(each)

    async def look() -> None:
        async for change in api.watch("Deployment", namespace=namespace, since=listed["metadata"]["resourceVersion"]):
            if change["type"] in {"ADDED", "MODIFIED"}:
                witness.see(change["object"])

    async with beside(look()):
        yield witness


async def events(api: Api, namespace: str, name: str, *, kind: str = "EdgeAutoscaler") -> list[Object]:
    """The Events about an object, the oldest first."""
    found = [
        each
        for each in await api.all("Event", namespace=namespace)
        if (each["regarding"]["kind"], each["regarding"]["name"]) == (kind, name)
    ]
    return sorted(found, key=lambda each: each.get("eventTime") or each["metadata"]["creationTimestamp"])


def counted(event: Object) -> int:
    """How often it was said."""
    return int((event.get("series") or {}).get("count", 1))
