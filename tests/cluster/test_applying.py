"""What the autoscaler writes, against a real API server and the controllers that act on it."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from autoscaler.applying.abroad import clear_companions, seen_abroad
from autoscaler.applying.clusters import Clusters
from autoscaler.applying.companion import keep_companion
from autoscaler.applying.deletion_cost import COST, Replica, costs, mark
from autoscaler.applying.outcome import ChangedByOthers, Done, Refused
from autoscaler.applying.owner import Owner
from autoscaler.applying.places import companion_name
from autoscaler.applying.resize import is_served, missing, resize
from autoscaler.applying.scale import scale
from autoscaler.applying.template import BASE, retemplate
from autoscaler.applying.workload import Workload
from autoscaler.planner.observation import ContainerSeen, PodSeen
from kube.leases import Leadership, Terms
from kube.session import Session, connect
from tests.cluster.api import Api, Object
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until

STRATEGIC = "application/strategic-merge-patch+json"
MI = 1024 * 1024 * 1000  # in thousandths


@pytest.fixture
async def session(control_plane: ControlPlane) -> AsyncIterator[Session]:
    session = await connect(kubeconfig=control_plane.kubeconfig)
    yield session
    await session.close()


@pytest.fixture
async def web(api: Api, namespace: str, fresh_nodes: FreshNodes) -> Workload:
    """Two replicas that run on the one node."""
    await fresh_nodes([node_manifest("n1")])
    await api.create(
        deployment_manifest("web", replicas=2, nodeName="n1", cpu="200m", limits={"cpu": "400m"}), namespace=namespace
    )
    workload = Workload(namespace=namespace, name="web")
    await rolled_out(api, workload, replicas=2)
    return workload


async def rolled_out(api: Api, workload: Workload, *, replicas: int) -> None:
    async def at_rest() -> bool:
        thing = await api.find("Deployment", workload.name, namespace=workload.namespace)
        if thing is None:
            return False
        status = thing.get("status", {})
        counts = {status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")}
        return counts == {replicas} and status["observedGeneration"] == thing["metadata"]["generation"]

    await until(at_rest, what=f"{workload.label} to run {replicas} replicas")


async def owner(api: Api, namespace: str) -> Owner:
    """Any object can own; it need not be an EdgeAutoscaler for the garbage collector."""
    made = await api.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-autoscaler"}}, namespace=namespace
    )
    uid = made[0]["metadata"]["uid"]
    return Owner(namespace=namespace, name="web-autoscaler", uid=uid, api_version="v1", kind="ConfigMap")


async def pods_of(api: Api, workload: Workload, **labels: str) -> list[Object]:
    """Those that live."""
    selector = ",".join(f"{key}={value}" for key, value in ({"app": workload.name} | labels).items())
    found = await api.all("Pod", namespace=workload.namespace, labelSelector=selector)
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


async def test_what_a_person_types_during_a_step_is_kept(
    control_plane: ControlPlane, api: Api, session: Session, web: Workload
) -> None:
    seen = (await api.get("Deployment", "web", namespace=web.namespace))["metadata"]["resourceVersion"]
    control_plane.kubectl("scale", "deployment/web", "-n", web.namespace, "--replicas=3")
    outcome = await scale(session, web, seen=2, version=seen, to=4)
    assert isinstance(outcome, ChangedByOthers)
    assert outcome.message.endswith("was to go from 2 to 4 replicas, but somebody set it to 3")
    assert (await api.get("Deployment", "web", namespace=web.namespace))["spec"]["replicas"] == 3


async def test_of_many_steps_and_persons_at_once_no_change_is_lost(
    control_plane: ControlPlane, api: Api, session: Session, web: Workload
) -> None:
    """The one that comes first wins, and everybody else is told so."""
    thing = await api.get("Deployment", "web", namespace=web.namespace)
    steps = [
        scale(session, web, seen=2, version=thing["metadata"]["resourceVersion"], to=number) for number in range(3, 9)
    ]
    outcomes = await asyncio.gather(*steps)
    won = [number for number, outcome in zip(range(3, 9), outcomes, strict=True) if isinstance(outcome, Done)]
    assert len(won) == 1
    assert sum(isinstance(outcome, ChangedByOthers) for outcome in outcomes) == 5
    assert (await api.get("Deployment", "web", namespace=web.namespace))["spec"]["replicas"] == won[0]


async def test_status_that_moves_all_the_time_does_not_hold_up_a_step(
    api: Api, session: Session, web: Workload
) -> None:
    version = (await api.get("Deployment", "web", namespace=web.namespace))["metadata"]["resourceVersion"]
    await api.patch(
        "Deployment", "web", {"status": {"collisionCount": 7}}, namespace=web.namespace, subresource="status"
    )
    assert isinstance(await scale(session, web, seen=2, version=version, to=0), Done)
    assert isinstance(await scale(session, web, seen=0, version=version, to=1), Done)  # Go leaves the 0 out


async def test_companion_lives_beside_its_target_and_neither_takes_the_others_pods(
    api: Api, session: Session, web: Workload
) -> None:
    own = await owner(api, web.namespace)
    there = Workload(namespace=web.namespace, name="web-cloud")
    await api.create(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
        },
        namespace=web.namespace,
    )
    assert isinstance(await keep_companion(session, web, own, "cloud", replicas=3, seen=0), Done)
    await rolled_out(api, there, replicas=3)
    await rolled_out(api, web, replicas=2)

    version = (await api.get("Deployment", "web", namespace=web.namespace))["metadata"]["resourceVersion"]
    assert isinstance(await scale(session, web, seen=2, version=version, to=3), Done)
    assert isinstance(await keep_companion(session, web, own, "cloud", replicas=1, seen=3), Done)
    await rolled_out(api, there, replicas=1)
    await rolled_out(api, web, replicas=3)
    deployments = {each["metadata"]["uid"]: each for each in await api.all("Deployment", namespace=web.namespace)}
    sets = {each["metadata"]["uid"]: each for each in await api.all("ReplicaSet", namespace=web.namespace)}
    for pod in await pods_of(api, web):
        mine = pod["metadata"]["labels"].get("edgeward.dev/companion")
        (above,) = pod["metadata"]["ownerReferences"]
        (top,) = sets[above["uid"]]["metadata"]["ownerReferences"]
        assert deployments[top["uid"]]["metadata"]["name"] == ("web-cloud" if mine else "web")

    async def addresses() -> int:
        slices = await api.request("GET", f"/apis/discovery.k8s.io/v1/namespaces/{web.namespace}/endpointslices")
        return sum(len(each["endpoints"] or ()) for each in slices["items"])

    async def all_serve() -> bool:
        return await addresses() == 4

    await until(all_serve, what="the Service to find the 3 replicas at home and the 1 over edge")

    assert await keep_companion(session, web, own, "cloud", replicas=0, seen=1) == Done()

    async def gone() -> bool:
        return not await pods_of(api, web, **{"edgeward.dev/companion": "cloud"})

    await until(gone, what="the companion's pods to be gone")
    await rolled_out(api, web, replicas=3)


async def test_companion_follows_its_targets_template_and_goes_with_its_autoscaler(
    control_plane: ControlPlane, api: Api, session: Session, web: Workload
) -> None:
    own = await owner(api, web.namespace)
    there = Workload(namespace=web.namespace, name="web-neighbor")
    await keep_companion(session, web, own, "neighbor", replicas=1, seen=0)
    await rolled_out(api, there, replicas=1)
    outcome = await keep_companion(session, web, own, "neighbor", replicas=1, seen=1)
    assert isinstance(outcome, Done)
    assert not outcome.wrote  # defaults that the API server adds are no difference
    control_plane.kubectl("set", "image", "deployment/web", "main=example.invalid/new", "-n", web.namespace)
    outcome = await keep_companion(session, web, own, "neighbor", replicas=1, seen=1)
    assert isinstance(outcome, Done)
    assert outcome.wrote
    template = (await api.get("Deployment", there.name, namespace=web.namespace))["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == "example.invalid/new"
    assert template["metadata"]["annotations"]["edgeward.dev/preferred"] == "neighbor"
    await api.delete("ConfigMap", own.name, namespace=web.namespace)

    async def gone() -> bool:
        return await api.find("Deployment", there.name, namespace=web.namespace) is None

    await until(gone, what="the garbage collector to remove the companion", timeout_s=60)


async def test_companion_in_another_cluster_is_made_counted_and_cleared(
    control_plane: ControlPlane, api: Api, session: Session, web: Workload
) -> None:
    """The other cluster is this one, reached as a stranger is: by a Secret, and with no ownerReference."""
    content = base64.b64encode(control_plane.kubeconfig.read_bytes()).decode()
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "berlin"}, "data": {"kubeconfig": content}}
    await api.create(secret, namespace=web.namespace)
    own, place = await owner(api, web.namespace), "cluster:berlin"
    clusters = Clusters(session)
    there = await clusters.client(web.namespace, "berlin")
    assert not isinstance(there, Refused)
    assert await seen_abroad(there, web, own, place) == 0
    assert isinstance(await keep_companion(session, web, own, place, replicas=2, seen=0, there=there), Done)
    companion = Workload(namespace=web.namespace, name=companion_name("web", place))
    await rolled_out(api, companion, replicas=2)
    assert await seen_abroad(there, web, own, place) == 2
    await api.delete("ConfigMap", own.name, namespace=web.namespace)
    assert await clear_companions(there, own) == Done()
    assert [each["metadata"]["name"] for each in await api.all("Deployment", namespace=web.namespace)] == ["web"]
    await clusters.close()


async def test_scale_in_takes_the_farthest(api: Api, session: Session, namespace: str, fresh_nodes: FreshNodes) -> None:
    await fresh_nodes([node_manifest(name, site=name) for name in ("seoul", "busan")])
    web = Workload(namespace=namespace, name="web")
    await api.create(deployment_manifest("web", replicas=4, scheduler="nobody"), namespace=namespace)

    async def made() -> list[Object]:
        pods = await pods_of(api, web)
        return pods if len(pods) == 4 else []

    pods = await until(made, what="4 pods")
    sites = {pod["metadata"]["name"]: ("busan" if number in {1, 2} else "seoul") for number, pod in enumerate(pods)}
    for name, site in sites.items():
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name},
            "target": {"apiVersion": "v1", "kind": "Node", "name": site},
        }
        await session.create(f"/api/v1/namespaces/{namespace}/pods/{name}/binding", binding)
    await rolled_out(api, web, replicas=4)
    replicas = [Replica(name=name, site=site) for name, site in sites.items()]
    changes = costs(replicas, {"seoul": 1.0, "busan": 9.0}, 2)
    assert await mark(session, namespace, changes) == Done()
    version = (await api.get("Deployment", "web", namespace=namespace))["metadata"]["resourceVersion"]
    assert isinstance(await scale(session, web, seen=4, version=version, to=2), Done)
    await rolled_out(api, web, replicas=2)
    left = await pods_of(api, web)
    assert {pod["spec"]["nodeName"] for pod in left} == {"seoul"}
    assert not any(COST in pod["metadata"].get("annotations", {}) for pod in left)


async def test_running_pods_are_resized_and_new_ones_found(api: Api, session: Session, web: Workload) -> None:
    assert await is_served(session)
    template = (await api.get("Deployment", "web", namespace=web.namespace))["spec"]["template"]
    first, second = await pods_of(api, web)
    seen = [as_seen(first), as_seen(second)]
    to = {"main": {"cpu": 300}}
    assert missing(seen, to) == tuple(seen)
    outcome = await resize(session, web.namespace, seen[0], to, template=template)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "NotResizable"  # what the API server itself would say of a node without it
    await tell_resources(api, first)
    assert isinstance(await resize(session, web.namespace, seen[0], to, template=template), Done)
    pods = {pod["metadata"]["name"]: pod for pod in await pods_of(api, web)}
    grown = pods[seen[0].name]
    assert grown["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "300m", "memory": "64Mi"},
        "limits": {"cpu": "600m"},  # 400 * 300 / 200
    }
    assert grown["metadata"]["uid"] == first["metadata"]["uid"]
    assert missing([as_seen(grown), seen[1]], to) == (seen[1],)
    stale = await resize(session, web.namespace, seen[0], {"main": {"cpu": 400}}, template=template)
    assert isinstance(stale, ChangedByOthers)
    back = {"main": {"cpu": 200, "memory": 64 * MI}}
    assert isinstance(await resize(session, web.namespace, as_seen(grown), back, template=template), Done)
    pods = {pod["metadata"]["name"]: pod for pod in await pods_of(api, web)}
    resources = pods[seen[0].name]["spec"]["containers"][0]["resources"]
    assert resources == template["spec"]["containers"][0]["resources"]


def as_seen(pod: Object) -> PodSeen:
    cpu = {"200m": 200, "300m": 300}[pod["spec"]["containers"][0]["resources"]["requests"]["cpu"]]
    return PodSeen(
        name=pod["metadata"]["name"],
        containers=(ContainerSeen(name="main", requests={"cpu": cpu, "memory": 64 * MI}),),
    )


async def tell_resources(api: Api, pod: Object) -> None:
    """As a kubelet that can resize tells it; without this the API server refuses."""
    meta, container = pod["metadata"], pod["spec"]["containers"][0]
    told = [{**each, "resources": container["resources"]} for each in pod["status"]["containerStatuses"]]
    await api.patch(
        "Pod",
        meta["name"],
        {"status": {"containerStatuses": told}},
        namespace=meta["namespace"],
        subresource="status",
        as_=STRATEGIC,
    )


async def test_template_is_rolled_out_and_back_to_the_very_same(api: Api, session: Session, web: Workload) -> None:
    before = await api.get("Deployment", "web", namespace=web.namespace)
    small, big = {"main": {"cpu": 200}}, {"main": {"cpu": 300}}
    assert isinstance(await retemplate(session, web, seen=small, to=big, budgets=[]), Done)
    again = await retemplate(session, web, seen=big, to=small, budgets=[])
    assert isinstance(again, Refused)
    assert again.reason == "RollingOut"
    await rolled_out(api, web, replicas=2)
    sizes = {pod["spec"]["containers"][0]["resources"]["limits"]["cpu"] for pod in await pods_of(api, web)}
    assert sizes == {"600m"}
    assert isinstance(await retemplate(session, web, seen=big, to=small, budgets=[]), Done)
    await rolled_out(api, web, replicas=2)
    after = await api.get("Deployment", "web", namespace=web.namespace)
    assert after["spec"] == before["spec"]
    assert BASE not in after["metadata"]["annotations"]


async def test_lease_is_held_by_one_session_and_taken_over_from_a_dead_one(
    control_plane: ControlPlane, api: Api, namespace: str
) -> None:
    """With short terms: 5 s until the lease runs out, at most 0.6 s until the next look."""
    terms = Terms(lease_s=5, renew_s=3.0, retry_s=0.5)
    led: list[tuple[str, float, str]] = []

    def lead(name: str) -> Any:
        async def work(over: asyncio.Event) -> None:
            led.append((name, time.monotonic(), "begins"))
            try:
                await over.wait()
            finally:
                led.append((name, time.monotonic(), "ends"))

        return work

    sessions = [await connect(kubeconfig=control_plane.kubeconfig) for _ in range(3)]
    names, stop = ["one", "two", "three"], asyncio.Event()
    tasks = {
        name: asyncio.create_task(
            Leadership(
                session,
                namespace=namespace,
                name="autoscaler",
                identity=name,
                clock=time.time,
                rng=np.random.default_rng(number),
                terms=terms,
            ).run(stop, lead(name))
        )
        for number, (name, session) in enumerate(zip(names, sessions, strict=True))
    }
    await until(lambda: led, what="one to lead")
    await asyncio.sleep(6)  # longer than a lease: it is renewed
    assert len(led) == 1
    first = led[0][0]
    tasks[first].cancel()
    await until(lambda: len(led) == 3, what="another one to lead")
    (_, ended_s, _), (second, begun_s, _) = led[1:]
    assert second != first
    assert 4 < begun_s - ended_s < 8
    lease = await api.request("GET", f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/autoscaler")
    assert (lease["spec"]["holderIdentity"], lease["spec"]["leaseTransitions"]) == (second, 1)
    stop.set()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    lease = await api.request("GET", f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/autoscaler")
    assert "holderIdentity" not in lease["spec"] or lease["spec"]["holderIdentity"] == ""
    assert [name for name, _, _ in led] == [first, first, second, second]
    for session in sessions:
        await session.close()
