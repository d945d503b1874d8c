"""Pods on kwok are resized in place as a kubelet would, or refuse it as one would."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.resizing import RESIZE
from tests.cluster.conftest import FreshNodes
from tests.cluster.objects import node_manifest, pod_manifest
from tests.cluster.waiting import until


async def ask(api: Api, namespace: str, *, cpu: str) -> int:
    """Ask the pod for more CPU, when it can be asked; the generation that this made."""

    async def tells() -> bool:
        status = (await api.get("Pod", "web", namespace=namespace))["status"]
        return any("resources" in each for each in status.get("containerStatuses", ()))

    await until(tells, what="the pod to tell its resources")
    change = {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": cpu}}}]}}
    as_ = "application/strategic-merge-patch+json"
    changed = await api.patch("Pod", "web", change, namespace=namespace, subresource="resize", as_=as_)
    return int(changed["metadata"]["generation"])


def requests(pod: dict[str, Any]) -> tuple[str, str]:
    """CPU that is allocated, and that the container has."""
    (container,) = pod["status"]["containerStatuses"]
    return container["allocatedResources"]["cpu"], container["resources"]["requests"]["cpu"]


def pending(pod: dict[str, Any]) -> tuple[str, int] | None:
    """Reason and generation of PodResizePending."""
    (condition,) = [each for each in pod["status"]["conditions"] if each["type"] == "PodResizePending"] or [None]
    return condition and (condition["reason"], condition["observedGeneration"])


async def test_a_resize_is_admitted_and_then_actuated(api: Api, namespace: str, fresh_nodes: FreshNodes) -> None:
    await fresh_nodes([node_manifest("n1")])
    await api.create(pod_manifest("web", cpu="500m"), namespace=namespace)
    await api.wait_placed("web", namespace=namespace)
    await ask(api, namespace, cpu="900m")
    seen: list[tuple[str, str]] = []

    async def actuated() -> bool:
        pod = await api.get("Pod", "web", namespace=namespace)
        if not seen or seen[-1] != requests(pod):
            seen.append(requests(pod))
        types = {each["type"] for each in pod["status"]["conditions"]}
        return requests(pod) == ("900m", "900m") and "PodResizeInProgress" not in types

    await until(actuated, what="the resize to be actuated")
    assert [each for each in seen if each != ("500m", "500m")] == [("900m", "500m"), ("900m", "900m")]


@pytest.mark.parametrize("reason", ["Deferred", "Infeasible"])
async def test_a_refused_resize_says_so_of_its_generation_and_goes_on_when_it_may(
    api: Api, namespace: str, fresh_nodes: FreshNodes, reason: str
) -> None:
    await fresh_nodes([node_manifest("n1")])
    await api.create(pod_manifest("web", cpu="500m", annotations={RESIZE: reason}), namespace=namespace)
    await api.wait_placed("web", namespace=namespace)
    for cpu in ("900m", "800m"):
        generation = await ask(api, namespace, cpu=cpu)

        async def refused(generation: int = generation) -> bool:
            pod = await api.get("Pod", "web", namespace=namespace)
            return pending(pod) == (reason, generation) and requests(pod) == ("500m", "500m")

        await until(refused, what=f"generation {generation} to be {reason}")
    await api.patch("Pod", "web", {"metadata": {"annotations": {RESIZE: None}}}, namespace=namespace)

    async def actuated() -> bool:
        pod = await api.get("Pod", "web", namespace=namespace)
        return requests(pod) == ("800m", "800m") and pending(pod) is None

    await until(actuated, what="the last resize to be actuated")
