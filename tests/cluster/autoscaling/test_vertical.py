"""The second rung on real resizes: new replicas are made as big, and a kubelet's no leads to the next rung."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import QUEUE_METRIC, Load, loaded
from tests.cluster.autoscaling.resizing import RESIZE
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.autoscaling.scalers import autoscaler_manifest, query
from tests.cluster.autoscaling.standing import rests, wait_active
from tests.cluster.autoscaling.witness import events
from tests.cluster.conftest import FreshNodes
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until

AT_HOME = {"edgeward.dev/origin": "local", "edgeward.dev/preferred": "local"}
BOUNDS = [{"name": "main", "maxAllowed": {"cpu": "300m"}, "step": {"cpu": "100m"}}]
OVER = {"tiers": ["neighbor"], "maxReplicas": 4, "dwellSeconds": 0}


@asynccontextmanager
async def two_at_home(
    api: Api, namespace: str, exporter: Exporter, *, annotations: dict[str, str] | None = None, **spec: Any
) -> AsyncIterator[Load]:
    """Two replicas of 200m, as many as home may have, with the load that they are for."""
    pods = AT_HOME | (annotations or {})
    await api.create(deployment_manifest("web", replicas=2, cpu="200m", annotations=pods), namespace=namespace)
    requests = query(f'sum({QUEUE_METRIC}{{namespace="{namespace}",queue="web"}})', "10")
    async with loaded(api, namespace, "web", exporter=exporter, requests=20.0) as load:
        asked = autoscaler_manifest("web", requests, least=2, most=2, **spec)
        await api.create(asked, namespace=namespace)
        await wait_active(api, namespace, "web")
        yield load


async def wait_sizes(api: Api, namespace: str, *cpu: str, field: str = "status") -> None:
    """Until the pods at home have, or are asked to have, so much each."""

    def size(pod: dict[str, Any]) -> str:
        if field == "spec":
            return str(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"])
        statuses = pod["status"].get("containerStatuses") or [{}]
        return str((statuses[0].get("resources") or {}).get("requests", {}).get("cpu"))

    async def have() -> bool:
        pods = await api.all("Pod", namespace=namespace, labelSelector="app=web,!edgeward.dev/companion")
        return sorted(size(pod) for pod in pods if "deletionTimestamp" not in pod["metadata"]) == sorted(cpu)

    await until(have, what=f"pods of {cpu}", timeout_s=60.0, every_s=0.25)


@pytest.mark.usefixtures("autoscaler")
async def test_a_new_replica_of_a_bigger_workload_is_made_as_big(
    api: Api, namespace: str, fresh_nodes: FreshNodes, exporter: Exporter
) -> None:
    await fresh_nodes([node_manifest("local-1", site="local", tier="edge")])
    async with two_at_home(api, namespace, exporter, vertical={"mode": "InPlace", "containers": BOUNDS}) as load:
        load.requests = 30.0
        await wait_sizes(api, namespace, "300m", "300m")
        first, _ = await api.all("Pod", namespace=namespace)
        await api.delete("Pod", first["metadata"]["name"], namespace=namespace)
        await wait_sizes(api, namespace, "300m", "300m")
        assert first["metadata"]["name"] not in {
            pod["metadata"]["name"] for pod in await api.all("Pod", namespace=namespace)
        }
        steps = [each["reason"] for each in await events(api, namespace, "web") if each["type"] == "Normal"]
        assert steps.count("ScaleUp") == 1


@pytest.mark.usefixtures("round_trips", "autoscaler")
async def test_what_the_kubelet_calls_infeasible_goes_over_edge(
    api: Api, namespace: str, fresh_nodes: FreshNodes, exporter: Exporter
) -> None:
    await fresh_nodes(
        [
            node_manifest("local-1", site="local", tier="edge"),
            node_manifest("neighbor-1", site="neighbor", tier="edge"),
        ]
    )
    refused, vertical = {RESIZE: "Infeasible"}, {"mode": "InPlace", "containers": BOUNDS}
    async with two_at_home(api, namespace, exporter, annotations=refused, vertical=vertical, overEdge=OVER) as load:
        load.requests = 30.0
        await wait_sizes(api, namespace, "300m", "300m", field="spec")
        await wait_sizes(api, namespace, "200m", "200m")
        load.requests = 40.0

        async def over() -> bool:
            deployments = {each["metadata"]["name"]: each for each in await api.all("Deployment", namespace=namespace)}
            return "web-neighbor" in deployments

        await until(over, what="the neighbour to help out", timeout_s=60.0, every_s=0.25)
        (told,) = [each for each in await events(api, namespace, "web") if each["reason"] == "OverEdge"][:1]
        assert "Infeasible" in told["note"]


async def test_recreate_changes_the_template_once_and_back(
    api: Api, namespace: str, fresh_nodes: FreshNodes, exporter: Exporter, autoscaler: RunningAutoscaler
) -> None:
    await fresh_nodes([node_manifest("local-1", site="local", tier="edge")])

    async def revisions() -> int:
        return len(await api.all("ReplicaSet", namespace=namespace))

    async with two_at_home(api, namespace, exporter, vertical={"mode": "Recreate", "containers": BOUNDS}) as load:
        before = await api.get("Deployment", "web", namespace=namespace)
        load.requests = 30.0
        await wait_sizes(api, namespace, "300m", "300m", field="spec")
        await rests(autoscaler)
        assert await revisions() == 2
        load.requests = 20.0
        await wait_sizes(api, namespace, "200m", "200m", field="spec")
        after = await api.get("Deployment", "web", namespace=namespace)
        assert after["spec"]["template"] == before["spec"]["template"]
        assert await revisions() == 2  # the first one, again
