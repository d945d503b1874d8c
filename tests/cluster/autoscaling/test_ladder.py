"""The whole ladder on one workload: out, up, over edge to the neighbour and the cloud, and back in reverse order.

Home may have two replicas and has room to grow them, the neighbour has room for one. What is said of each step comes
out of the Events, and after all of it the cluster is as it was.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import QUEUE_METRIC, loaded
from tests.cluster.autoscaling.scalers import autoscaler_manifest, query
from tests.cluster.autoscaling.standing import wait_active
from tests.cluster.autoscaling.witness import events, witnessed
from tests.cluster.conftest import FreshNodes
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until

AT_HOME = {"edgeward.dev/origin": "local", "edgeward.dev/preferred": "local", "edgeward.dev/required": "true"}
OUT, BACK = ["ScaleOut", "ScaleUp", "OverEdge"], ["ComeHome", "ScaleDown", "ScaleIn"]
LADDER: dict[str, Any] = {
    "scaleOut": {"periodSeconds": 2},
    "scaleIn": {"periodSeconds": 2, "stabilizationWindowSeconds": 0},
    "vertical": {
        "mode": "InPlace",
        "containers": [{"name": "main", "maxAllowed": {"cpu": "300m"}, "step": {"cpu": "100m"}}],
    },
    "overEdge": {"tiers": ["neighbor", "cloud"], "maxReplicas": 4, "dwellSeconds": 2},
}


@pytest.mark.usefixtures("autoscaler")
async def test_each_rung_is_taken_in_turn_and_given_back_in_reverse(
    api: Api, namespace: str, fresh_nodes: FreshNodes, exporter: Exporter, hinted: str
) -> None:
    await fresh_nodes(
        [
            node_manifest("local-1", site="local", tier="edge", cpu="1"),
            node_manifest("neighbor-1", site="neighbor", tier="edge", cpu="350m"),
            node_manifest("cloud-1", site="cloud", tier="cloud", cpu="8"),
        ]
    )
    web = deployment_manifest("web", replicas=1, cpu="200m", annotations=AT_HOME, scheduler=hinted)
    await api.create(web, namespace=namespace)
    requests = query(f'sum({QUEUE_METRIC}{{namespace="{namespace}",queue="web"}})', "10")
    async with (
        witnessed(api, namespace) as seen,
        loaded(api, namespace, "web", exporter=exporter, requests=10.0) as load,
    ):
        await api.create(autoscaler_manifest("web", requests, most=2, **LADDER), namespace=namespace)
        await wait_active(api, namespace, "web")
        start = await standing(api, namespace)
        before = await events(api, namespace, "web")  # that metrics are not there yet, perhaps

        load.requests = 20.0  # two of 10
        await until_standing(api, namespace, {"local": ["200m"] * 2})
        load.requests = 30.0  # three, but home may have two: half as big again
        await until_standing(api, namespace, {"local": ["300m"] * 2})
        load.requests = 60.0  # at 15 for each of those: four, of which two are over edge, where they are smaller
        await until_standing(api, namespace, {"local": ["300m"] * 2, "neighbor": ["200m"], "cloud": ["200m"] * 2})
        load.requests = 10.0
        await until_standing(api, namespace, start)
        assert seen.path("web")[-1] == 1
        assert [each["metadata"]["name"] for each in await api.all("Deployment", namespace=namespace)] == ["web"]
        steps = (await events(api, namespace, "web"))[len(before) :]

    assert [reason for reason, _ in groupby(each["reason"] for each in steps)] == OUT + BACK
    assert all(each["type"] == "Normal" for each in steps)
    notes = {each["reason"]: each["note"] for each in steps}
    print(*(f"{each['reason']}: {each['note']}" for each in steps), sep="\n")
    assert "1 replica → 2 replicas" in notes["ScaleOut"]
    assert "maxReplicas 2" in notes["ScaleUp"]
    assert "maxAllowed cpu 300m" in notes["OverEdge"]


Standing = dict[str, list[str]]


async def standing(api: Api, namespace: str) -> Standing:
    """Site → the CPU that each running pod there asks for."""
    found: Standing = {}
    for pod in await api.all("Pod", namespace=namespace):
        if "deletionTimestamp" not in pod["metadata"]:
            site = pod["spec"].get("nodeName", "nowhere").rpartition("-")[0]
            found.setdefault(site, []).append(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"])
    return found


async def until_standing(api: Api, namespace: str, wanted: Standing) -> None:
    """Return when it is so."""
    last: list[Standing] = []

    async def is_so() -> bool:
        last[:] = [await standing(api, namespace)]
        return last == [wanted]

    await until(is_so, what=f"pods to be {wanted}", timeout_s=60.0, every_s=0.25)
