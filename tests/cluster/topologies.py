"""NodeResourceTopology, which a NUMA exporter on each node would write: the resource itself, and objects of it.

The definition is our own and takes anything; the real one comes with the exporter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.cluster.api import Api
from tests.cluster.objects import Manifest
from tests.cluster.waiting import until

KIND = "NodeResourceTopology"
_GROUP, _VERSION, _PLURAL = "topology.node.k8s.io", "v1alpha2", "noderesourcetopologies"
_NAME = f"{_PLURAL}.{_GROUP}"
_DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": _NAME,
        "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"},  # or no group of k8s.io is taken
    },
    "spec": {
        "group": _GROUP,
        "scope": "Cluster",
        "names": {"plural": _PLURAL, "singular": "noderesourcetopology", "kind": KIND},
        "versions": [
            {
                "name": _VERSION,
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@asynccontextmanager
async def topologies(api: Api) -> AsyncIterator[None]:
    """The resource is there inside, and gone with its objects after it."""
    await api.create(_DEFINITION)
    try:

        async def served() -> bool:
            status = (await api.get("CustomResourceDefinition", _NAME)).get("status", {})
            conditions = status.get("conditions") or ()  # null at first
            return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)

        await until(served, what=f"{_NAME} to be served")
        yield
    finally:
        await api.clear(KIND)  # else they are there again when the resource is, soon after
        await api.clear("CustomResourceDefinition", fieldSelector=f"metadata.name={_NAME}")


def topology(node: str, cpus: Sequence[int]) -> Manifest:
    """Zones of *node* with so many CPUs each, and 8 GiB for each that has any."""
    return {
        "apiVersion": f"{_GROUP}/{_VERSION}",
        "kind": KIND,
        "metadata": {"name": node},
        "topologyPolicies": ["SingleNUMANodeContainerLevel"],
        "zones": [
            {
                "name": f"node-{number}",
                "type": "Node",
                "resources": [
                    {"name": name, "capacity": amount, "allocatable": amount, "available": amount}
                    for name, amount in (("cpu", str(zone)), ("memory", "8Gi" if zone else "0"))
                ],
            }
            for number, zone in enumerate(cpus)
        ],
    }
