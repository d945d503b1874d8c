"""A small client of the API server, for what tests do: create, read, patch, delete, and wait until something is so.

Plain JSON over aiohttp, because a test should see the objects as Kubernetes sends them; and asyncio, because the
extender under test may run in the same event loop, and must answer while the test waits.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import yaml

from tests.cluster.errors import ApiError
from tests.cluster.waiting import until

Object = dict[str, Any]

# kind → where its objects are: group, plural, whether they lie in a namespace
_KINDS = {
    "APIService": ("apis/apiregistration.k8s.io/v1", "apiservices", False),
    "ConfigMap": ("api/v1", "configmaps", True),
    "CustomResourceDefinition": ("apis/apiextensions.k8s.io/v1", "customresourcedefinitions", False),
    "DaemonSet": ("apis/apps/v1", "daemonsets", True),
    "Deployment": ("apis/apps/v1", "deployments", True),
    "EdgeAutoscaler": ("apis/edgeward.dev/v1alpha1", "edgeautoscalers", True),
    "Event": ("apis/events.k8s.io/v1", "events", True),
    "HorizontalPodAutoscaler": ("apis/autoscaling/v2", "horizontalpodautoscalers", True),
    "Job": ("apis/batch/v1", "jobs", True),
    "Lease": ("apis/coordination.k8s.io/v1", "leases", True),
    "Namespace": ("api/v1", "namespaces", False),
    "Node": ("api/v1", "nodes", False),
    "NodeResourceTopology": ("apis/topology.node.k8s.io/v1alpha2", "noderesourcetopologies", False),
    "Pod": ("api/v1", "pods", True),
    "PodDisruptionBudget": ("apis/policy/v1", "poddisruptionbudgets", True),
    "PriorityClass": ("apis/scheduling.k8s.io/v1", "priorityclasses", False),
    "ReplicaSet": ("apis/apps/v1", "replicasets", True),
    "Secret": ("api/v1", "secrets", True),
    "Service": ("api/v1", "services", True),
    "ServiceAccount": ("api/v1", "serviceaccounts", True),
    "StatefulSet": ("apis/apps/v1", "statefulsets", True),
    "ValidatingWebhookConfiguration": (
        "apis/admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations",
        False,
    ),
}
_AT_ONCE = 32  # requests under way; more only queue up in the API server
_ANSWER_S = 30.0
_MERGE = "application/merge-patch+json"
_NOW = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}


def path_of(kind: str, *, namespace: str = "", name: str = "") -> str:
    """`/api/v1/namespaces/NAMESPACE/pods/NAME`, or less of it; without a namespace, those of all."""
    group, plural, is_namespaced = _KINDS[kind]
    within = f"/namespaces/{namespace}" if is_namespaced and namespace else ""
    return f"/{group}{within}/{plural}" + (f"/{name}" if name else "")


class Api:
    """The API server as the bearer of a kubeconfig that carries a token."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._server = str(cluster["server"])
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {user['token']}"},
            connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(cadata=ca), limit=_AT_ONCE),
            timeout=aiohttp.ClientTimeout(sock_connect=_ANSWER_S, sock_read=_ANSWER_S),  # waiting for a turn is free,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def request(
        self, method: str, path: str, body: object = None, *, content_type: str = "application/json", **query: str
    ) -> Object:
        """The object that comes back; a refusal is an `ApiError` with the server's own words."""
        async with self._session.request(
            method, self._server + path, json=body, params=query, headers={"Content-Type": content_type}
        ) as answer:
            if answer.status >= 400:
                raise ApiError(f"{method} {path}: {answer.status} {await answer.text()}", status=answer.status)
            came: Object = await answer.json()
            return came

    async def get(self, kind: str, name: str, *, namespace: str = "") -> Object:
        return await self.request("GET", path_of(kind, namespace=namespace, name=name))

    async def find(self, kind: str, name: str, *, namespace: str = "") -> Object | None:
        """None if there is none."""
        try:
            return await self.get(kind, name, namespace=namespace)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    async def all(self, kind: str, *, namespace: str = "", **query: str) -> list[Object]:
        """By name; *query* may be `labelSelector` or `fieldSelector`."""
        items: list[Object] = (await self.request("GET", path_of(kind, namespace=namespace), **query))["items"]
        return sorted(items, key=lambda item: (item["metadata"].get("namespace", ""), item["metadata"]["name"]))

    async def watch(self, kind: str, *, namespace: str = "", since: str = "") -> AsyncIterator[Object]:
        """Every change from now, or from a resourceVersion, on, as `{type, object}`; the server may end it."""
        path = path_of(kind, namespace=namespace)
        version = since or (await self.request("GET", path, limit="1"))["metadata"]["resourceVersion"]
        query = {"watch": "true", "resourceVersion": version}
        quiet = aiohttp.ClientTimeout(sock_connect=_ANSWER_S)  # for as long as nothing changes
        async with self._session.get(self._server + path, params=query, timeout=quiet) as answer:
            async for line in answer.content:
                yield json.loads(line)

    async def create(self, *manifests: Mapping[str, Any], namespace: str = "") -> list[Object]:
        """What was made of each, in the order given; *namespace* is for those that name none.

        They are sent in that order but several at a time; make pods one by one where the queue's order counts.
        """

        async def one(manifest: Mapping[str, Any]) -> Object:
            within = manifest["metadata"].get("namespace") or namespace
            return await self.request("POST", path_of(manifest["kind"], namespace=within), manifest)

        return list(await asyncio.gather(*(one(manifest) for manifest in manifests)))

    async def patch(
        self, kind: str, name: str, change: object, *, namespace: str = "", subresource: str = "", as_: str = _MERGE
    ) -> Object:
        path = path_of(kind, namespace=namespace, name=name) + (f"/{subresource}" if subresource else "")
        return await self.request("PATCH", path, change, content_type=as_)

    async def delete(self, kind: str, *names: str, namespace: str = "") -> None:
        """At once, without the grace of pods; one that is gone already is no error."""

        async def one(name: str) -> None:
            try:
                await self.request("DELETE", path_of(kind, namespace=namespace, name=name), _NOW)
            except ApiError as error:
                if error.status != 404:
                    raise

        await asyncio.gather(*(one(name) for name in names))

    async def clear(self, kind: str, *, namespace: str = "", timeout_s: float = 30.0, **query: str) -> None:
        """Delete all of a kind, in one namespace or everywhere, and wait until none is left."""

        async def gone() -> bool:
            return not (await self.request("GET", path_of(kind, namespace=namespace), limit="1", **query))["items"]

        where = {item["metadata"].get("namespace", "") for item in await self.all(kind, namespace=namespace, **query)}
        for each in where:
            await self.request("DELETE", path_of(kind, namespace=each), _NOW, **query)
        await until(gone, what=f"every {kind} of {namespace or 'all namespaces'} to be gone", timeout_s=timeout_s)

    async def wait_ready(self, names: Iterable[str], *, timeout_s: float = 60.0) -> None:
        """Until these nodes are Ready and have lost the taint of those that are not yet."""
        wanted = set(names)

        async def unready() -> set[str]:
            return wanted - {node["metadata"]["name"] for node in await self.all("Node") if is_ready(node)}

        async def ready() -> bool:
            return not await unready()

        await until(ready, what=f"{len(wanted)} nodes to be Ready", timeout_s=timeout_s)

    async def placements(self, namespace: str) -> dict[str, str]:
        """Pod → node, for those that have one."""
        pods = await self.all("Pod", namespace=namespace)
        return {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}

    async def wait_placed(self, *names: str, namespace: str, timeout_s: float = 30.0) -> dict[str, str]:
        """Pod → node, when all of these have one."""

        async def placed() -> dict[str, str]:
            nodes = await self.placements(namespace)
            return nodes if nodes.keys() >= set(names) else {}

        what = f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''} in {namespace} to get a node"
        return await until(placed, what=what, timeout_s=timeout_s)

    async def wait_settled(self, *names: str, namespace: str, timeout_s: float = 30.0) -> dict[str, str]:
        """Pod → node of those placed, when of each of these it is known whether it is."""

        async def settled() -> bool:
            pods = {pod["metadata"]["name"]: pod for pod in await self.all("Pod", namespace=namespace)}
            return all(name in pods and _verdict(pods[name]) for name in names)

        await until(settled, what=f"{len(names)} pods in {namespace} to be placed or refused", timeout_s=timeout_s)
        placed = await self.placements(namespace)
        return {name: placed[name] for name in names if name in placed}

    async def wait_unschedulable(self, name: str, *, namespace: str, says: str = "", timeout_s: float = 30.0) -> str:
        """Why kube-scheduler cannot place the pod, when it says so (and, if given, says that)."""

        async def why() -> str:
            told = _verdict(await self.get("Pod", name, namespace=namespace))
            message = str(told.get("message", "")) if told.get("status") == "False" else ""
            return message if says in message else ""

        what = f"{name} in {namespace} to be refused a node" + (f" with {says!r}" if says else "")
        return await until(why, what=what, timeout_s=timeout_s)


def is_ready(node: Mapping[str, Any]) -> bool:
    """Ready, and open to pods: the node controller takes its taint away a moment after the condition changes."""
    taints = {taint["key"] for taint in node["spec"].get("taints", ())}
    conditions = {each["type"]: each["status"] for each in node.get("status", {}).get("conditions", ())}
    return conditions.get("Ready") == "True" and not any(key.startswith("node.kubernetes.io/") for key in taints)


def _verdict(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    """What kube-scheduler said last of a pod; empty as long as it has not looked at it."""
    conditions: dict[str, Mapping[str, Any]] = {
        each["type"]: each for each in pod.get("status", {}).get("conditions", ())
    }
    return conditions.get("PodScheduled", {})
