"""kube-scheduler may send whole nodes or their names, over HTTP or HTTPS: every verb works and pods go the same way."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed, recommended
from tests.cluster.objects import pod_manifest
from tests.cluster.ports import HOST
from tests.cluster.setup_k import setup_k

LOCAL = {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "local"}


@pytest.fixture
async def high(api: Api) -> AsyncIterator[str]:
    """The PriorityClass of pods that others give way to."""
    made = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9}
    await api.create(made)
    yield "high"
    await api.delete("PriorityClass", "high")


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("names", [True, False], ids=["names", "whole nodes"])
async def test_all_verbs_are_answered_and_sites_fill_in_the_order_of_the_hint(
    control_plane: ControlPlane,
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    high: str,
    names: bool,
    https: bool,
) -> None:
    await fresh_nodes(setup_k(cpu="1").nodes)
    asked = {"weight": recommended("edge-default"), "nodeCacheCapable": names}
    sites = []
    async with deployed(control_plane, api, scheduler=asked, https=https) as extender:
        for number in range(11):
            await api.create(pod_manifest(f"p{number}", cpu="1", annotations=LOCAL), namespace=namespace)
            placed = await api.wait_placed(f"p{number}", namespace=namespace)
            sites.append(placed[f"p{number}"].rpartition("-")[0])
        only_local = LOCAL | {"edgeward.dev/required": "true"}
        await api.create(
            pod_manifest("urgent", cpu="1", annotations=only_local, priorityClassName=high), namespace=namespace
        )
        placed = await api.wait_placed("urgent", namespace=namespace)
        asked_of = {
            verb: extender.metric("edgeward_request_duration_seconds_count", verb=verb)
            for verb in ("filter", "prioritize", "bind", "preempt")
        }
        errors = extender.metric("edgeward_errors_total") + extender.metric("edgeward_bad_bodies_total")
        left = [pod for pod in await api.all("Pod", namespace=namespace) if "deletionTimestamp" not in pod["metadata"]]
    assert sites == ["local"] * 6 + ["neighbor"] * 4 + ["cloud"]
    assert placed["urgent"].startswith("local-")
    assert asked_of["bind"] == 12
    assert asked_of["preempt"] >= 1  # again where the pod is tried before its place is free
    assert len(left) == 11  # one gave way, however often it was asked
    assert asked_of["filter"] >= 12
    assert asked_of["prioritize"] >= 10  # not asked where a single node is left
    assert errors == 0


async def test_client_without_a_certificate_is_not_served(
    control_plane: ControlPlane, api: Api, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with deployed(control_plane, api, https=True) as extender:
        assert extender.get("/readyz")[0] == 200
        assert extender.tls is not None
        nobody = ssl.create_default_context(cafile=extender.tls.ca)
        connection = http.client.HTTPSConnection(HOST, extender.port, timeout=5, context=nobody)
        with closing(connection), pytest.raises((ssl.SSLError, ConnectionError)):
            _ask(connection)


def _ask(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/readyz")
    return connection.getresponse().status
