"""Who scales what, and whose pods count: two on one target is none, and foreign pods are told of and left out."""

from __future__ import annotations

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import POD_METRIC, loaded
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.autoscaling.scalers import autoscaler_manifest, hpa_manifest, pod_requests
from tests.cluster.autoscaling.standing import condition, rests, wait_active
from tests.cluster.autoscaling.witness import counted, events, witnessed
from tests.cluster.conftest import FreshNodes
from tests.cluster.objects import deployment_manifest, node_manifest, pod_manifest
from tests.cluster.waiting import until


async def wait_event(api: Api, namespace: str, reason: str) -> str:
    """What the first Event of that reason about `web` says."""

    async def note() -> str:
        notes = [each["note"] for each in await events(api, namespace, "web") if each["reason"] == reason]
        return notes[0] if notes else ""

    return await until(note, what=f"an Event {reason}", timeout_s=30.0, every_s=0.25)


async def test_a_target_that_an_hpa_has_is_refused_and_taken_when_the_hpa_is_gone(
    api: Api, namespace: str, fresh_nodes: FreshNodes, exporter: Exporter, autoscaler: RunningAutoscaler
) -> None:
    await fresh_nodes([node_manifest("n1")])
    await api.create(deployment_manifest("web", replicas=2, cpu="100m"), namespace=namespace)
    async with (
        witnessed(api, namespace) as seen,
        loaded(api, namespace, "web", exporter=exporter, requests=60.0),
    ):
        hpa = hpa_manifest("theirs", pod_requests("30"), target="web", least=2)  # it has what it wants
        await api.create(hpa, autoscaler_manifest("web", pod_requests("10")), namespace=namespace)
        assert "HorizontalPodAutoscaler theirs" in await wait_event(api, namespace, "HorizontalPodAutoscalerExists")
        await rests(autoscaler)
        assert seen.path("web") == [2]
        refused = [each for each in await events(api, namespace, "web") if each["type"] == "Warning"]
        assert [(each["reason"], counted(each)) for each in refused] == [("HorizontalPodAutoscalerExists", 1)]
        await api.delete("HorizontalPodAutoscaler", "theirs", namespace=namespace)
        await seen.reached("web", 6)


async def test_pods_with_the_labels_of_a_workload_and_not_of_it_are_told_of_and_not_averaged(
    api: Api, namespace: str, fresh_nodes: FreshNodes, exporter: Exporter, autoscaler: RunningAutoscaler
) -> None:
    await fresh_nodes([node_manifest("n1")])
    stranger = pod_manifest("stranger", labels={"app": "web"}, cpu="100m")
    await api.create(deployment_manifest("web", replicas=2, cpu="100m"), stranger, namespace=namespace)

    def show(own: float) -> None:
        pods = {"stranger": 1000.0, **dict.fromkeys(names, own)}
        series = [({"namespace": namespace, "pod": pod}, value) for pod, value in pods.items()]
        exporter.show(POD_METRIC, *series, of=namespace)

    async def own_pods() -> list[str]:
        pods = await api.all("Pod", namespace=namespace)
        return [name for pod in pods if (name := pod["metadata"]["name"]) != "stranger"]

    async def are_two() -> list[str]:
        found = await own_pods()
        return found if len(found) == 2 else []

    names = await until(are_two, what="two pods of the workload")
    show(10.0)
    try:
        async with witnessed(api, namespace) as seen:
            await api.create(autoscaler_manifest("web", pod_requests("10")), namespace=namespace)
            await wait_active(api, namespace, "web")
            assert "stranger" in await wait_event(api, namespace, "ForeignPods")
            await rests(autoscaler)
            assert seen.path("web") == [2]
            told = await api.get("EdgeAutoscaler", "web", namespace=namespace)
            assert condition(told, "ForeignPods")["status"] == "True"
            show(30.0)
            await seen.reached("web", 6)
    finally:
        exporter.show(POD_METRIC, of=namespace)
