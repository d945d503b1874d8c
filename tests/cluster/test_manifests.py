"""The manifests on a real API server: they render, are accepted, make pods, and give the rights that they should."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import node_manifest, pod_manifest
from tests.cluster.rights import NAMESPACE, RIGHTS, Row, allowed
from tests.cluster.waiting import until, until_blocking
from tests.conftest import ROOT
from tests.manifests.reading import PATCHED, PROBER, SCHEDULER, SECOND, content

BOTH, EXTENDER = f"{NAMESPACE}:edgeward-scheduler", f"{NAMESPACE}:edgeward-extender"
COMPONENTS = (PROBER, SCHEDULER / "components" / "monitoring")

Object = dict[str, Any]


def rendered(plane: ControlPlane, folder: Path) -> list[Object]:
    return list(yaml.safe_load_all(plane.kubectl("kustomize", str(folder))))


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def mine(folder: Path, overlay: Path, *components: Path) -> Path:
    """A kustomization of a user's own, as the README has it."""
    folder.mkdir()
    said = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(overlay, folder.resolve())],  # kustomize takes no absolute paths
        "components": [os.path.relpath(each, folder.resolve()) for each in components],
        "images": [{"name": "edgeward", "newName": "registry.example.com/edgeward", "newTag": "9.9.9"}],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return folder


def definition(group: str, version: str, kind: str, plural: str, scope: str) -> Object:
    """A resource of somebody else's that takes anything: only its name matters here."""
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"},
        },
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural},
            "versions": [{"name": version, "served": True, "storage": True, "schema": anything}],
        },
    }


DEFINITIONS = [
    definition("topology.node.k8s.io", "v1alpha2", "NodeResourceTopology", "noderesourcetopologies", "Cluster"),
    definition("networktopology.diktyo.x-k8s.io", "v1alpha1", "NetworkTopology", "networktopologies", "Namespaced"),
    definition("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors", "Namespaced"),
]


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """The second scheduler with all components."""
    return mine(tmp_path / "mine", SECOND, *COMPONENTS)


@pytest.fixture(scope="module")
def installed(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Both overlays, all components and their accounts are there."""
    folders = [mine(tmp_path_factory.mktemp("all") / "mine", SECOND, *COMPONENTS), PATCHED]
    definitions = yaml.safe_dump_all(DEFINITIONS)
    control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=definitions)
    names = [f"crd/{each['metadata']['name']}" for each in DEFINITIONS]
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", *names)
    for folder in folders:
        control_plane.kubectl("apply", "--server-side", "-k", str(folder))
    yield control_plane
    for folder in folders:
        control_plane.kubectl("delete", "-k", str(folder), "--ignore-not-found", "--wait=false")
    control_plane.kubectl("delete", "--ignore-not-found", *names)

    def gone() -> bool:
        return "NotFound" in control_plane.kubectl("get", "namespace", NAMESPACE, check=False)

    until_blocking(gone, what=f"namespace {NAMESPACE} to be gone", timeout_s=60)


@pytest.mark.parametrize("overlay", [SECOND, PATCHED], ids=lambda path: path.name)
def test_ones_own_kustomization_renders_with_its_image(
    control_plane: ControlPlane, tmp_path: Path, overlay: Path
) -> None:
    objects = rendered(control_plane, mine(tmp_path / "mine", overlay, *COMPONENTS))
    workloads = [*of_kind(objects, "Deployment"), *of_kind(objects, "DaemonSet")]
    assert len(workloads) == 2
    specs = [each["spec"]["template"]["spec"] for each in workloads]
    images = {c["image"] for spec in specs for c in (*spec.get("initContainers", ()), *spec["containers"])}
    assert images <= {"registry.example.com/edgeward:9.9.9", "registry.k8s.io/kube-scheduler:v1.36.3"}
    assert "registry.example.com/edgeward:9.9.9" in images
    mounted = {volume["configMap"]["name"] for spec in specs for volume in spec["volumes"]}
    assert mounted == {each["metadata"]["name"] for each in of_kind(objects, "ConfigMap")}
    assert len(of_kind(objects, "PodMonitor")) == 1


def test_lease_that_may_be_updated_keeps_its_name(control_plane: ControlPlane) -> None:
    (role,) = [each for each in of_kind(rendered(control_plane, SECOND), "Role") if "lease" in each["metadata"]["name"]]
    assert [rule["resourceNames"] for rule in role["rules"] if "resourceNames" in rule] == [["edgeward-scheduler"]]


def test_api_server_takes_every_object_as_it_is(installed: ControlPlane, everything: Path) -> None:
    for folder in (everything, PATCHED):
        said = installed.kubectl("apply", "--server-side", "--dry-run=server", "-k", str(folder))
        assert said.count("serverside-applied (server dry run)") == len(rendered(installed, folder))


def test_every_object_is_there(installed: ControlPlane, everything: Path) -> None:
    for folder in (everything, PATCHED):
        for each in rendered(installed, folder):
            meta = each["metadata"]
            where = ["-n", meta["namespace"]] if "namespace" in meta else []
            assert meta["name"] in installed.kubectl("get", each["kind"], meta["name"], *where, "-o", "name")


async def test_pods_are_made_under_the_strictest_pod_security_standard(
    installed: ControlPlane, everything: Path, api: Api, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([node_manifest("n1"), node_manifest("n2")])
    installed.kubectl("apply", "--server-side", "--force-conflicts", "-k", str(everything))
    labels = (await api.get("Namespace", NAMESPACE))["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"

    async def made() -> bool:
        pods = await api.all("Pod", namespace=NAMESPACE)
        owners = [each["metadata"]["ownerReferences"][0]["name"].rsplit("-", 1)[0] for each in pods]
        return owners.count("edgeward-scheduler") == 1 and owners.count("edgeward") == 2  # a prober on each node

    await until(made, what="one pod of the scheduler and two of the prober")


@pytest.mark.parametrize("row", RIGHTS, ids=lambda row: f"{row.verb} {row.what} {row.namespace}".strip())
def test_accounts_may_do_what_they_need_and_nothing_else(installed: ControlPlane, row: Row) -> None:
    answers = {account: allowed(installed, account, row.verb, row.what, row.namespace) for account in (BOTH, EXTENDER)}
    assert answers == {BOTH: row.both, EXTENDER: row.extender}


def test_prober_may_do_nothing(installed: ControlPlane) -> None:
    who = f"--as=system:serviceaccount:{NAMESPACE}:edgeward-prober"
    for what in ("pods", "nodes", "configmaps"):
        assert installed.kubectl("auth", "can-i", "list", what, "-n", NAMESPACE, who, check=False).startswith("no")


async def test_stock_scheduler_leads_with_its_own_lease_under_its_own_account_and_says_why_a_pod_waits(
    installed: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    """The extender is not there: with `ignorable: false` the pod waits, and says for whom."""
    await fresh_nodes([node_manifest("n1")])
    kubeconfig = installed.kubeconfig_for(service_account=BOTH.replace(":", "/"))
    config = {**content(SECOND / "kube-scheduler.yaml"), "clientConnection": {"kubeconfig": str(kubeconfig)}}
    installed.start_scheduler(config, name="second")
    try:
        await api.create(pod_manifest("p", scheduler="edgeward"), namespace=namespace)

        def leads() -> bool:
            holder = ("-o", "jsonpath={.spec.holderIdentity}")
            return bool(
                installed.kubectl("get", "lease", "edgeward-scheduler", "-n", NAMESPACE, "--ignore-not-found", *holder)
            )

        async def told() -> bool:
            pod = await api.get("Pod", "p", namespace=namespace)
            conditions = pod["status"].get("conditions", ())
            return any("127.0.0.1:8890/scheduler/filter" in each.get("message", "") for each in conditions)

        await until(leads, what="the lease to be held")
        await until(told, what="the pod to say that the extender does not answer")
    finally:
        installed.stop_scheduler("second")
    assert "forbidden" not in installed.logs("second")


async def test_second_scheduler_places_a_pod_by_its_hint_with_each_program_under_its_own_account(
    installed: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, tmp_path: Path
) -> None:
    """The files of the overlay; only ports are others, and who shows which account."""
    sites = {"a-cloud": "cloud", "b-cloud": "cloud", "edge": "edge"}
    await fresh_nodes([node_manifest(name, site=name, tier=tier) for name, tier in sites.items()])
    settings, scheduler = content(SECOND / "extender.yaml"), content(SECOND / "kube-scheduler.yaml")
    settings["listen"]["port"], settings["pages"]["port"] = installed.ports.free(), installed.ports.free()
    (tmp_path / "extender.yaml").write_text(yaml.safe_dump({**settings, "namespace": NAMESPACE}), encoding="utf-8")
    url = f"http://127.0.0.1:{settings['listen']['port']}/scheduler"
    scheduler["extenders"][0]["urlPrefix"] = url
    both, alone = (str(installed.kubeconfig_for(service_account=each.replace(":", "/"))) for each in (BOTH, EXTENDER))
    program = [sys.executable, str(ROOT / "edgeward.py")]
    words = ["scheduler", "--config", str(tmp_path / "extender.yaml"), "--kubeconfig", alone]
    installed.processes.start("extender", [*program, *words])
    try:
        await until(lambda: is_ready(settings["pages"]["port"]), what="the extender to be ready")
        installed.start_scheduler({**scheduler, "clientConnection": {"kubeconfig": both}}, name="second")
        hint = {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "edge"}
        await api.create(pod_manifest("p", scheduler="edgeward", annotations=hint), namespace=namespace)
        assert await api.wait_placed("p", namespace=namespace) == {"p": "edge"}
        nodes = [word for name in sites for word in ("--node", name)]
        asked = [*program, "conformance", url, *nodes, "--bind", "--big", "--json"]
        told = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, timeout=120, check=False)
        broken = {each["name"]: each["broken"] for each in json.loads(told.stdout)["rules"] if each["broken"]}
        assert (told.returncode, broken) == (0, {})
    finally:
        installed.stop_scheduler("second")
        installed.processes.stop("extender")
    for name in ("second", "extender"):
        assert "forbidden" not in installed.logs(name).lower()


def is_ready(port: int) -> bool:
    """Whether the pages say so: at the address that a kubelet would ask."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
