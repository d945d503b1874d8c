"""The hint `local | neighbor | cloud` decides, whatever kube-scheduler's own plugins would rather have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed, recommended, undeployed
from tests.cluster.objects import IMAGE, SITE, Manifest, pod_manifest
from tests.cluster.setup_k import setup_k

PREFERRED, FALLBACK, REQUIRED, ORIGIN = (
    f"edgeward.dev/{key}" for key in ("preferred", "fallback", "required", "origin")
)
LOCAL = {PREFERRED: "local", FALLBACK: "neighbor,cloud", ORIGIN: "local"}
NATURAL_ORDER = ("local", "neighbor", "cloud")
TRIES = 200
IN_CLOUD = {"matchExpressions": [{"key": SITE, "operator": "In", "values": ["cloud"]}]}


def sites(placed: Mapping[str, str], names: Iterable[str]) -> Counter[str]:
    return Counter(placed[name].rpartition("-")[0] for name in names)


def pulled_to_the_cloud() -> tuple[Manifest, ...]:
    """Set-up K as kube-scheduler's plugins see no reason for the edge: it is tainted, and the cloud has the image."""
    nodes = setup_k(cpu="64", cloud_cpu="512").nodes
    for node in nodes:
        if node["metadata"]["labels"][SITE] == "cloud":
            node["status"]["images"] = [{"names": [f"{IMAGE}:latest"], "sizeBytes": 2_000_000_000}]
        else:
            node["spec"]["taints"] = [{"key": "slow", "effect": "PreferNoSchedule"}]
    return nodes


def pulls() -> dict[str, Any]:
    """A pod's own soft wishes, as strong as they can be: its node, its company and its spread are in the cloud."""
    anchored = {"labelSelector": {"matchLabels": {"anchor": "yes"}}, "topologyKey": SITE}
    return {
        "affinity": {
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": IN_CLOUD}]
            },
            "podAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": anchored}]
            },
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": SITE,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"kind": "hinted"}},
            }
        ],
    }


def tries(prefix: str, number: int) -> list[Manifest]:
    return [
        pod_manifest(f"{prefix}{n:03}", cpu="50m", labels={"kind": "hinted"}, annotations=LOCAL, **pulls())
        for n in range(number)
    ]


@pytest.mark.parametrize(
    ("profile", "weight"),
    [("edge-default", recommended("edge-default")), ("edge-shortlist", 1)],
    ids=["with the recommended weight", "with the shortlist and no weight to speak of"],
)
async def test_feasible_hint_wins_200_of_200_against_all_that_pulls_elsewhere(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, profile: str, weight: int
) -> None:
    await fresh_nodes(pulled_to_the_cloud())
    anchor = pod_manifest("anchor", labels={"anchor": "yes"}, nodeName="cloud-1")
    await api.create(anchor, namespace=namespace)
    without = tries("without", 20)
    async with undeployed(control_plane):
        await api.create(*without, namespace=namespace)
        names = [pod["metadata"]["name"] for pod in without]
        placed = await api.wait_placed(*names, namespace=namespace)
    assert sites(placed, names) == {"cloud": 20}  # so the pull is real
    await api.delete("Pod", *names, namespace=namespace)

    hinted = tries("hinted", TRIES)
    async with deployed(control_plane, api, profile=profile, scheduler={"weight": weight}):
        await api.create(*hinted, namespace=namespace)
        names = [pod["metadata"]["name"] for pod in hinted]
        placed = await api.wait_placed(*names, namespace=namespace, timeout_s=60)
    assert sites(placed, names) == {"local": TRIES}


async def place_one_by_one(api: Api, namespace: str, names: Iterable[str], annotations: Mapping[str, str]) -> list[str]:
    """The sites, in the order in which the pods were made, each a whole CPU."""
    found = []
    for name in names:
        await api.create(pod_manifest(name, cpu="1", annotations=annotations), namespace=namespace)
        placed = await api.wait_placed(name, namespace=namespace)
        found.append(placed[name].rpartition("-")[0])
    return found


async def test_freed_local_place_is_taken_before_the_neighbour_and_the_cloud(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k(cpu="1").nodes)
    async with deployed(control_plane, api, scheduler={"weight": recommended("edge-default")}):
        first = await place_one_by_one(api, namespace, [f"p{n:02}" for n in range(12)], LOCAL)
        assert first == ["local"] * 6 + ["neighbor"] * 4 + ["cloud"] * 2  # 6 · 1 CPU, 4 · 1 CPU, the rest
        await api.delete("Pod", "p03", "p07", namespace=namespace)
        then = await place_one_by_one(api, namespace, ["q1", "q2", "q3"], LOCAL)
    assert then == ["local", "neighbor", "cloud"]


async def test_required_hint_waits_for_its_site_and_says_so(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k(cpu="1").nodes)
    only_local = {PREFERRED: "local", REQUIRED: "true", ORIGIN: "local"}
    async with deployed(control_plane, api, scheduler={"weight": recommended("edge-default")}):
        await place_one_by_one(api, namespace, [f"p{n}" for n in range(6)], only_local)
        await api.create(pod_manifest("late", cpu="1", annotations=only_local), namespace=namespace)
        why = await api.wait_unschedulable("late", namespace=namespace)
        assert "10 edgeward hint: site cloud is cloud to local, 41 ms away, required local" in why
        assert "4 edgeward hint: site neighbor is neighbor to local, 8 ms away, required local" in why
        await api.delete("Pod", "p2", namespace=namespace)
        placed = await api.wait_placed("late", namespace=namespace)
    assert placed["late"].startswith("local-")


async def test_fallback_takes_nested_groups_of_sites_one_after_the_other(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k(cpu="1", cloud_cpu="1").nodes)
    cloud_before_neighbour = {PREFERRED: "local", FALLBACK: "[cloud],neighbor", ORIGIN: "local"}
    either = {FALLBACK: "[neighbor,cloud],local", ORIGIN: "local"}
    async with deployed(control_plane, api, scheduler={"weight": recommended("edge-default")}):
        one = await place_one_by_one(api, namespace, [f"p{n:02}" for n in range(18)], cloud_before_neighbour)
        assert one == ["local"] * 6 + ["cloud"] * 10 + ["neighbor"] * 2
        await api.clear("Pod", namespace=namespace)
        other = await place_one_by_one(api, namespace, [f"q{n:02}" for n in range(15)], either)
    # inside a group the nearer site goes first, and the last group when the first is full
    assert other == ["neighbor"] * 4 + ["cloud"] * 10 + ["local"]
