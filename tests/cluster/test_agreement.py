"""The simulator says what the cluster does: the same trace on both, pod by pod.

Where the extender alone decides (its profile passes one node) each pod must be on the same node. Where kube-scheduler
weighs our scores among its own, equals are drawn at random, and where a site is nearly full the draw decides whether
the next pod fits. So it is the site that is compared there, with several simulations, which differ as much among
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import mean

from policies.engine.catalogue import catalogue, shipped
from policies.engine.weight import recommended_weight
from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import RTT_MS, deployed
from tests.cluster.extender import RunningExtender
from tests.cluster.setup_k import setup_k
from tests.cluster.simulated import simulated
from tests.cluster.trace import Visit, events, trace
from tests.cluster.waiting import until

ARRIVALS = 300
SEED = 1
DRAWS = 10
SAME_SITE = 0.95
OFTEN_S = 0.01
ONE = "one-node"


async def played(api: Api, namespace: str, extender: RunningExtender, visits: Sequence[Visit]) -> dict[str, str]:
    """Pod → node on the cluster, for those that got one; nothing happens before what was before it is known to all."""
    placed: dict[str, str] = {}
    there: set[str] = set()

    async def verdict(name: str) -> str:
        pod = await api.get("Pod", name, namespace=namespace)
        conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", ())}
        return str(pod["spec"].get("nodeName") or ("none" if conditions.get("PodScheduled") == "False" else ""))

    for visit, begins in events(list(visits)):
        if begins:
            await api.create(visit.pod, namespace=namespace)
            what = f"{visit.name} to be placed or refused"
            node = await until(lambda name=visit.name: verdict(name), what=what, every_s=OFTEN_S)  # type: ignore[misc]
            if node != "none":
                placed[visit.name] = node
                there.add(visit.name)
        elif visit.name in there:
            await api.delete("Pod", visit.name, namespace=namespace)
            there.remove(visit.name)
        await until(
            lambda: extender.metric("edgeward_snapshot_pods") == len(there),
            what=f"the extender to know of {len(there)} pods",
            every_s=OFTEN_S,
        )
    return placed


def agreement(one: Mapping[str, str], other: Mapping[str, str], visits: Sequence[Visit]) -> tuple[float, float]:
    """The shares of all pods that are on the same node, and at the same site; to be nowhere on both counts."""
    same_node = [one.get(visit.name) == other.get(visit.name) for visit in visits]
    same_site = [site(one.get(visit.name)) == site(other.get(visit.name)) for visit in visits]
    return sum(same_node) / len(visits), sum(same_site) / len(visits)


def site(node: str | None) -> str:
    return (node or "").rpartition("-")[0]


def hopeless(visits: Sequence[Visit]) -> set[str]:
    return {visit.name for visit in visits if "edgeward.dev/max-rtt-ms" in visit.wishes}


async def test_every_pod_is_on_the_same_node_where_the_extender_alone_decides(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, tmp_path: Path
) -> None:
    text = shipped().profile_files["edge-default"].read_text(encoding="utf-8")
    (tmp_path / f"{ONE}.yaml").write_text(f"{text}shortlist: {{tiers: best, nodes: 1}}\n", encoding="utf-8")
    await fresh_nodes(setup_k().nodes)
    visits = trace(ARRIVALS, seed=SEED)
    nodes = await api.all("Node")
    expected = simulated(visits, nodes, RTT_MS, policy=ONE, profile=catalogue([tmp_path]).profile(ONE))
    async with deployed(
        control_plane, api, profile=ONE, policy_dirs=[str(tmp_path)], scheduler={"weight": 1}
    ) as extender:
        found = await played(api, namespace, extender, visits)
    same_node, same_site = agreement(expected, found, visits)
    print(f"{len(visits)} pods, {len(found)} placed: same node {same_node:.1%}, same site {same_site:.1%}")
    assert {visit.name for visit in visits} - expected.keys() == hopeless(visits)
    assert {name: (expected.get(name), node) for name, node in found.items() if expected.get(name) != node} == {}
    assert found.keys() == expected.keys()


async def test_nearly_every_pod_is_at_the_same_site_where_kube_scheduler_weighs(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    visits = trace(ARRIVALS, seed=SEED)
    profile = shipped().profile("edge-default")
    nodes = await api.all("Node")
    runs = [
        simulated(visits, nodes, RTT_MS, policy="kube-scheduler+edge-default", profile=profile, seed=seed)
        for seed in range(DRAWS)
    ]
    async with deployed(control_plane, api, scheduler={"weight": recommended_weight(profile)}) as extender:
        found = await played(api, namespace, extender, visits)
    same_site = mean(agreement(run, found, visits)[1] for run in runs)
    among_runs = mean(agreement(one, other, visits)[1] for one, other in combinations(runs, 2))
    print(f"{len(visits)} pods, {len(found)} placed: same site {same_site:.1%}, two simulations {among_runs:.1%}")
    assert {visit.name for visit in visits} - runs[0].keys() == hopeless(visits)
    assert same_site >= SAME_SITE
