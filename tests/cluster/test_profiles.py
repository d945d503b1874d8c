"""Profiles by pod, by namespace and for the cluster; changed while pods are placed; a broken one changes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import yaml

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed
from tests.cluster.extender import NAMESPACE, RunningExtender, profiles_config_map
from tests.cluster.objects import pod_manifest
from tests.cluster.setup_k import setup_k
from tests.cluster.waiting import until

PROFILE = "edgeward.dev/profile"


def to(site: str) -> str:
    """A profile that sends every pod to one site."""
    hint = {"policy": "hint", "params": {"default": site}}
    return yaml.safe_dump({"origin": "local", "shortlist": {"tiers": "best"}, "policies": [hint]})


async def site_of(api: Api, namespace: str, name: str, annotations: Mapping[str, str]) -> str:
    await api.create(pod_manifest(name, annotations=annotations), namespace=namespace)
    placed = await api.wait_placed(name, namespace=namespace)
    return placed[name].rpartition("-")[0]


async def reloads(extender: RunningExtender, result: str, before: float) -> None:
    await until(
        lambda: extender.metric("edgeward_profile_reloads_total", result=result) > before,
        what=f"a {result} profile to be read",
        timeout_s=5,
    )


async def test_profile_of_the_pod_goes_before_its_namespaces_and_that_before_the_clusters(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    await api.create(profiles_config_map({f"to-{site}": to(site) for site in ("neighbor", "cloud")}))
    own = {"edge-default": to("local")}
    await api.create(profiles_config_map(own, name="the-clusters-own"))  # in the place of the shipped one
    async with deployed(control_plane, api):
        clusters = await site_of(api, namespace, "by-cluster", {})
        await api.patch("Namespace", namespace, {"metadata": {"annotations": {PROFILE: "to-neighbor"}}})
        await asyncio.sleep(0.5)  # the watch tells of it
        namespaces = await site_of(api, namespace, "by-namespace", {})
        pods = await site_of(api, namespace, "by-pod", {PROFILE: "to-cloud"})
        unknown = pod_manifest("unknown", annotations={PROFILE: "to-cluod"})
        await api.create(unknown, namespace=namespace)
        why = await api.wait_unschedulable("unknown", namespace=namespace)
    assert (clusters, namespaces, pods) == ("local", "neighbor", "cloud")
    assert "20 edgeward wishes: unknown profile 'to-cluod' (did you mean 'to-cloud'?)" in why


async def test_changed_profile_is_in_force_at_once_and_a_broken_one_keeps_the_last_good_version(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    mine = {PROFILE: "mine"}

    async def write(text: str) -> None:
        change = {"data": {"mine.yaml": text}}
        await api.patch("ConfigMap", "profiles", change, namespace=NAMESPACE)

    await api.create(profiles_config_map({"mine": to("neighbor")}))
    async with deployed(control_plane, api) as extender:
        first = await site_of(api, namespace, "first", mine)
        good = extender.metric("edgeward_profile_reloads_total", result="good")
        await write(to("cloud"))
        await reloads(extender, "good", good)
        second = await site_of(api, namespace, "second", mine)
        bad = extender.metric("edgeward_profile_reloads_total", result="bad")
        await write("policies: [{policy: latncy, weight: -1}]")
        await reloads(extender, "bad", bad)
        third = await site_of(api, namespace, "third", mine)

        def told() -> str:
            found = control_plane.kubectl("get", "events", "-n", NAMESPACE, "-o", "json")
            notes = [each for each in json.loads(found)["items"] if each["reason"] == "BadProfile"]
            return notes[-1]["message"] if notes else ""

        event = await until(told, what="an event about the profile")
    assert (first, second, third) == ("neighbor", "cloud", "cloud")
    assert "profile mine: " in event
    assert "latncy" in event
    assert "the last good version stays in force" in event
