"""When nothing may be decided: whose the target is, what cannot be read, and that each is said once."""

from __future__ import annotations

import pytest

from tests.autoscaler.controller.world import EAS, HPAS, SHOP, World, owner

pytestmark = pytest.mark.looptime


def a_world() -> World:
    """Two replicas, and four are wished for."""
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.wishes.home = 4
    return world


def hpa(target: str = "web") -> dict[str, object]:
    return {
        "metadata": {"name": "old", "namespace": SHOP},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}},
    }


async def test_a_target_with_an_hpa_is_refused_until_that_is_gone() -> None:
    world = a_world()
    world.kube.put(HPAS, hpa())
    world.autoscaler()
    async with world.running():
        await world.passes(3)
        assert world.replicas() == 2
        assert world.condition("AbleToScale")["reason"] == "HorizontalPodAutoscalerExists"
        world.kube.drop(f"/apis/autoscaling/v2/namespaces/{SHOP}/horizontalpodautoscalers/old")
        await world.passes(1)
    assert world.replicas() == 4
    reasons = [reason for reason, _ in world.events()]
    assert reasons.count("HorizontalPodAutoscalerExists") == 1
    assert "Deployment shop/web is the target of HorizontalPodAutoscaler old" in world.events()[0][1]


async def test_an_hpa_of_another_workload_is_no_matter() -> None:
    world = a_world()
    world.kube.put(HPAS, hpa("other"))
    world.autoscaler()
    async with world.running():
        await world.passes(1)
    assert world.replicas() == 4


async def test_two_for_one_target_are_both_refused() -> None:
    world = a_world()
    world.autoscaler(name="one")
    world.autoscaler(name="two")
    async with world.running():
        await world.passes(2)
        assert world.replicas() == 2
        for name in ("one", "two"):
            assert world.condition("AbleToScale", name)["reason"] == "AmbiguousTarget"
        world.kube.drop(f"/apis/edgeward.dev/v1alpha1/namespaces/{SHOP}/edgeautoscalers/one")
        await world.passes(1)
    assert world.replicas() == 4


async def test_a_target_of_the_same_kind_and_name_in_another_group_is_another() -> None:
    world = a_world()
    world.autoscaler(name="one")
    reference = {"apiVersion": "example.com/v1", "kind": "Deployment", "name": "web"}
    world.autoscaler(name="two", scaleTargetRef=reference)
    world.kube.put(HPAS, {**hpa(), "spec": {"scaleTargetRef": {**reference, "apiVersion": "example.com/v1beta1"}}})
    world.kube.documents["/apis/example.com/v1"] = {"resources": []}
    async with world.running():
        await world.passes(1)
    assert world.replicas() == 4
    assert world.condition("AbleToScale", "two")["reason"] == "HorizontalPodAutoscalerExists"


async def test_a_bad_spec_is_told_with_its_field_once_and_others_go_on() -> None:
    world = a_world()
    world.autoscaler(name="good")
    world.autoscaler(target="other", name="bad", maxReplicas=0)
    async with world.running():
        await world.passes(3)
        condition = world.condition("Valid", "bad")
        assert (condition["status"], condition["reason"]) == ("False", "InvalidSpec")
        assert "spec.maxReplicas must be >= 1, got 0" in condition["message"]
        assert world.replicas() == 4
        world.kube.put(
            EAS,
            {
                "metadata": {"name": "bad", "namespace": SHOP, "generation": 2},
                "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "other"}, "maxReplicas": 3},
                "status": world.status("bad"),
            },
        )
        await world.passes(1)
    events = world.events()
    assert [note for reason, note in events if reason == "InvalidSpec"] == [condition["message"]]
    assert ("Valid", "the specification can be read again") in events
    assert world.condition("Valid", "bad") == {}
    assert world.status("bad")["observedGeneration"] == 2


async def test_a_target_that_is_not_there_is_told() -> None:
    world = a_world()
    world.autoscaler(target="missing")
    async with world.running():
        await world.passes(2)
    condition = world.condition("AbleToScale", "missing")
    assert (condition["reason"], condition["message"]) == ("FailedGetScale", 'deployments.apps "missing" not found')
    assert [reason for reason, _ in world.events()] == ["FailedGetScale"]


async def test_pods_of_others_with_the_same_labels_are_reported_and_not_counted() -> None:
    world = a_world()
    world.pod("job-1", owned_by="a-job", labels={"app": "web"})
    world.pod("stray", labels={"app": "web"})
    world.pod("elsewhere", labels={"app": "other"})
    world.autoscaler()
    async with world.running() as parts:
        await world.passes(2)
        assert {pod.name for pod in world.wishes.seen[-1].pods} == {"web-0", "web-1"}
        assert world.condition("ForeignPods")["message"] == (
            "job-1, stray: the selector app=web selects 2 pods of other owners, not counted"
        )
        assert parts.teller.foreign() == 2
        for name in ("job-1", "stray"):
            world.kube.drop(f"/api/v1/namespaces/{SHOP}/pods/{name}")
        await world.passes(2)
        assert world.condition("ForeignPods") == {}
    reasons = [reason for reason, _ in world.events()]
    assert (reasons.count("ForeignPods"), reasons.count("NoForeignPods")) == (1, 1)


async def test_pods_of_an_older_replica_set_are_the_workloads_too() -> None:
    world = World()
    world.node()
    uid = world.deploy(replicas=1)
    world.kube.put(
        "/apis/apps/v1/replicasets",
        {
            "metadata": {"name": "web-0", "namespace": SHOP, "uid": "rs-old", "ownerReferences": [owner(uid)]},
            "spec": {"replicas": 1},
        },
    )
    world.pod("web-old", owned_by="rs-old", labels={"app": "web"})
    world.autoscaler()
    async with world.running():
        await world.passes(1)
    assert {pod.name for pod in world.wishes.seen[-1].pods} == {"web-0", "web-old"}
    assert world.condition("ForeignPods") == {}
