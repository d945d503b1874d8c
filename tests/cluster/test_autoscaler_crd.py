"""The autoscaler's resource, manifests and rights on a real API server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from autoscaler.api.convert import converted
from autoscaler.api.spec import read
from autoscaler.api.v1alpha1.part import Part
from autoscaler.api.v1alpha1.status import read_status
from tests.autoscaler.api.objects import BAD, DEPENDENT, EVERY_KIND, FULL, QUEUE, Bad, manifest
from tests.autoscaler.api.test_status import STATUS
from tests.cluster.api import Api
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ApiError
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.rights import AUTOSCALER, MEASURED, NAMESPACE, Question, Unknown, allowed, granted
from tests.cluster.waiting import until, until_blocking
from tests.manifests.reading import ALONE, MANIFESTS, SECOND, content
from tests.manifests.reading import AUTOSCALER as BASE

KIND = "EdgeAutoscaler"
ACCOUNT = f"{NAMESPACE}:edgeward-autoscaler"
COMPONENTS = MANIFESTS / "autoscaler" / "components"
EXAMPLES = sorted((MANIFESTS / "autoscaler" / "examples").glob("*.yaml"))
COLUMNS = ["NAME", "TARGET", "MIN", "MAX", "REPLICAS", "RUNG", "AGE"]
WIDE = [*COLUMNS, "DESIRED", "HOME", "METRICS", "PAUSED", "DRY-RUN", "LAST"]

Object = dict[str, Any]


def mine(folder: Path, *resources: Path, components: tuple[Path, ...] = ()) -> Path:
    """A kustomization of a user's own, as the README has it."""
    folder.mkdir()
    said = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [
            os.path.relpath(each, folder.resolve()) for each in resources
        ],  # kustomize takes no absolute paths
        "components": [os.path.relpath(each, folder.resolve()) for each in components],
        "images": [{"name": "edgeward", "newName": "registry.example.com/edgeward", "newTag": "9.9.9"}],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def installed(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The autoscaler by itself, with the role for other clusters; its pods find no node."""
    folder = mine(tmp_path_factory.mktemp("k") / "mine", ALONE, components=(COMPONENTS / "other-clusters",))
    control_plane.kubectl("apply", "--server-side", "-k", str(folder))
    crd = "crd/edgeautoscalers.edgeward.dev"
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", crd)
    control_plane.kubectl("get", "eas", "-A")  # has kubectl look anew at what there is, which explain does not
    yield control_plane
    control_plane.kubectl("delete", "-k", str(folder), "--ignore-not-found", "--wait=false")

    def gone() -> bool:
        there = [control_plane.kubectl("get", each, check=False) for each in (f"namespace/{NAMESPACE}", crd)]
        return all("NotFound" in each for each in there)

    until_blocking(gone, what=f"namespace {NAMESPACE} and the definition to be gone", timeout_s=60)


@pytest.fixture
async def eas(installed: ControlPlane, api: Api, namespace: str) -> Api:
    """A client, in whose namespace there is room for EdgeAutoscalers."""
    return api


def within(namespace: str, object_: Object) -> Object:
    return {**object_, "metadata": {**object_["metadata"], "namespace": namespace}}


# the objects


async def test_little_that_is_said_is_filled_in_as_the_reader_fills_it_in(eas: Api, namespace: str) -> None:
    said = within(namespace, manifest())
    (made,) = await eas.create(said)
    assert read(made).spec == read(said).spec
    assert made["spec"] == {
        **said["spec"],
        "minReplicas": 1,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
            }
        ],
        "rules": "Behavior",
        "scaleOut": {"periodSeconds": 180, "stabilizationWindowSeconds": 0, "selectPolicy": "Max"},
        "scaleIn": {"periodSeconds": 300, "stabilizationWindowSeconds": 300, "selectPolicy": "Max"},
        "vertical": {"mode": "Off"},
        "forecast": {"mode": "Off", "horizonSeconds": 300},
        "paused": False,
        "dryRun": False,
    }


async def test_everything_that_can_be_said_is_taken(eas: Api, namespace: str) -> None:
    said = within(namespace, FULL)
    (made,) = await eas.create(said)
    assert read(made).spec == read(said).spec
    assert made["spec"]["metrics"] == said["spec"]["metrics"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
async def test_example_is_taken_and_means_what_it_means_as_a_file(eas: Api, namespace: str, path: Path) -> None:
    (made,) = await eas.create(within(namespace, content(path)))
    assert read(made).spec == read(content(path)).spec


@pytest.mark.parametrize("behavior", [None, {}, {"scaleUp": {"tolerance": "50m"}}], ids=str)
async def test_what_an_hpa_is_converted_into_is_taken(eas: Api, namespace: str, behavior: Object | None) -> None:
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 4}
    if behavior is not None:
        spec["behavior"] = behavior
    hpa = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec}
    (as_hpa,) = await eas.create(within(namespace, hpa))
    made = converted(as_hpa, source="the cluster's")
    assert made["metadata"] == {"name": "web", "namespace": namespace}
    (taken,) = await eas.create(made)
    assert read(taken).spec == read(converted(hpa, source="ours")).spec


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
async def test_mistake_is_refused_in_words_that_a_person_reads(eas: Api, namespace: str, bad: Bad) -> None:
    with pytest.raises(ApiError) as caught:
        await eas.create(within(namespace, manifest(**bad.spec)))
    assert caught.value.status == 422
    said = str(caught.value).replace('\\"', '"')
    assert bad.theirs in said
    assert "no such key" not in said, "a rule that fails by itself says nothing to anybody"


def rules(part: type[Part]) -> Iterator[str]:
    for each in part.__subclasses__():
        if each.__module__.startswith("autoscaler.api.v1alpha1"):
            yield from (rule.message for rule in each.RULES)
            yield from rules(each)


def test_there_is_a_mistake_for_every_rule() -> None:
    kinds = {"Resource", "ContainerResource", "Pods", "Object", "External", "Prometheus"}
    shown = {bad.theirs.rpartition("Invalid value: ")[2] for bad in DEPENDENT}
    alike = {f"{kind[0].lower()}{kind[1:]} must be there with type {kind}, and only then" for kind in kinds}
    unseen = {message for message in rules(Part) if not any(message.startswith(each) for each in shown)}
    assert unseen - alike == set()


async def test_floor_of_zero_is_taken_where_something_speaks_without_pods(eas: Api, namespace: str) -> None:
    (made,) = await eas.create(within(namespace, manifest(minReplicas=0, metrics=[QUEUE])))
    assert made["spec"]["minReplicas"] == 0


# how it looks


def test_kubectl_explains_each_field_in_a_sentence(installed: ControlPlane) -> None:
    told = " ".join(installed.kubectl("explain", "eas.spec.scaleOut").split())
    assert "periodSeconds <integer> The first scale-out is immediate, the next at least so long after" in told
    assert "stabilizationWindowSeconds <integer> Scale out only to the lowest wish of so much time." in told
    assert "selectPolicy <string> enum: Max, Min, Disabled" in told
    told = " ".join(installed.kubectl("explain", "eas.spec.vertical.mode").split())
    assert "ENUM: Off Recommend InPlace Recreate DESCRIPTION: Off; Recommend: only show it" in told
    told = " ".join(installed.kubectl("explain", "eas.status").split())
    assert "lastDecision <Object> The last step, with its numbers." in told


async def test_kubectl_shows_where_each_stands(installed: ControlPlane, eas: Api, namespace: str) -> None:
    await eas.create(within(namespace, manifest()))
    await eas.patch(KIND, "web", {"status": STATUS.as_json()}, namespace=namespace, subresource="status")
    lines = installed.kubectl("get", "eas", "-n", namespace).splitlines()
    assert lines[0].split() == COLUMNS
    assert lines[1].split()[:6] == ["web", "web", "1", "6", "4", "OverEdge"]
    wide = installed.kubectl("get", "eas", "-n", namespace, "-o", "wide").splitlines()
    assert wide[0].split() == WIDE
    assert [word.strip() for word in wide[1].split("  ") if word][-6:] == [
        "6",
        "4",
        "queue: 30/10",
        "false",
        "false",
        "w",
    ]
    assert "edgeautoscaler.edgeward.dev/web" in installed.kubectl("get", "all", "-n", namespace, "-o", "name")


async def test_status_is_kept_whole_and_apart_from_the_spec(eas: Api, namespace: str) -> None:
    await eas.create(within(namespace, {**manifest(), "status": STATUS.as_json()}))
    created = await eas.get(KIND, "web", namespace=namespace)
    assert "status" not in created
    await eas.patch(KIND, "web", {"status": STATUS.as_json()}, namespace=namespace, subresource="status")
    told = await eas.get(KIND, "web", namespace=namespace)
    assert read_status(told) == STATUS
    assert told["metadata"]["generation"] == created["metadata"]["generation"]


async def test_scaling_it_sets_the_floor_and_tells_what_there_is(
    installed: ControlPlane, eas: Api, namespace: str
) -> None:
    await eas.create(within(namespace, manifest()))
    await eas.patch(KIND, "web", {"status": STATUS.as_json()}, namespace=namespace, subresource="status")
    installed.kubectl("scale", "eas/web", "-n", namespace, "--replicas=3")
    assert (await eas.get(KIND, "web", namespace=namespace))["spec"]["minReplicas"] == 3
    path = f"/apis/edgeward.dev/v1alpha1/namespaces/{namespace}/edgeautoscalers/web/scale"
    scale = await eas.request("GET", path)
    assert scale["spec"] == {"replicas": 3}
    assert scale["status"] == {"replicas": 4, "selector": "app=web"}
    refused = installed.kubectl("scale", "eas/web", "-n", namespace, "--replicas=30", check=False)
    assert "minReplicas must not be more than maxReplicas" in refused


# what is installed


def test_manifests_render_with_ones_own_image_beside_the_scheduler_and_alone(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    components = (COMPONENTS / "monitoring", COMPONENTS / "other-clusters")
    for number, resources in enumerate([(SECOND, BASE), (ALONE,)]):
        folder = mine(tmp_path / f"mine{number}", *resources, components=components)
        objects = list(yaml.safe_load_all(control_plane.kubectl("kustomize", str(folder))))
        (deployment,) = [
            each
            for each in objects
            if each["metadata"]["name"] == "edgeward-autoscaler" and each["kind"] == "Deployment"
        ]
        spec = deployment["spec"]["template"]["spec"]
        assert spec["containers"][0]["image"] == "registry.example.com/edgeward:9.9.9"
        assert spec["volumes"][0]["configMap"]["name"] in {
            each["metadata"]["name"] for each in objects if each["kind"] == "ConfigMap"
        }
        (role,) = [
            each for each in objects if each["kind"] == "Role" and each["metadata"]["name"] == "edgeward-autoscaler"
        ]
        assert [rule["resourceNames"] for rule in role["rules"] if "resourceNames" in rule] == [["edgeward-autoscaler"]]
        (space,) = [each for each in objects if each["kind"] == "Namespace"]
        assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        assert [each["kind"] for each in objects].count("PodMonitor") == 1


def test_settings_of_ones_own_take_the_place_of_ours(control_plane: ControlPlane, tmp_path: Path) -> None:
    folder = mine(tmp_path / "mine", ALONE)
    readme = (MANIFESTS / "README.md").read_text(encoding="utf-8")
    (told,) = [
        each for each in re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL) if "behavior: replace" in each
    ]
    with (folder / "kustomization.yaml").open("a", encoding="utf-8") as kustomization:
        kustomization.write(told)
    (folder / "autoscaler.yaml").write_text("profile: mine\n", encoding="utf-8")
    objects = list(yaml.safe_load_all(control_plane.kubectl("kustomize", str(folder))))
    (made,) = [each for each in objects if each["kind"] == "ConfigMap"]
    (deployment,) = [each for each in objects if each["kind"] == "Deployment"]
    assert made["data"] == {"autoscaler.yaml": "profile: mine\n"}
    assert deployment["spec"]["template"]["spec"]["volumes"][0]["configMap"]["name"] == made["metadata"]["name"]


async def test_both_pods_are_made_under_the_strictest_pod_security_standard(installed: ControlPlane, api: Api) -> None:
    def made() -> bool:
        names = installed.kubectl("get", "pods", "-n", NAMESPACE, "-o", "name").split()
        return len([name for name in names if name.startswith("pod/edgeward-autoscaler-")]) == 2

    until_blocking(made, what="two pods of the autoscaler")


@pytest.mark.parametrize("row", AUTOSCALER, ids=lambda row: f"{row.verb} {row.what} {row.namespace}".strip())
def test_account_may_do_what_it_needs_and_nothing_else(installed: ControlPlane, row: Question) -> None:
    assert allowed(installed, ACCOUNT, row.verb, row.what, row.namespace) is row.may


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: " ".join(row[:4]).strip())
def test_account_reads_metrics_of_any_name_and_changes_none(installed: ControlPlane, row: Unknown) -> None:
    assert granted(installed, ACCOUNT, row) is row.may


async def test_secret_of_another_cluster_is_read_where_its_role_is_bound_and_by_its_name(
    installed: ControlPlane, api: Api, namespace: str
) -> None:
    role = "--clusterrole=edgeward-autoscaler:other-clusters"
    installed.kubectl("create", "rolebinding", "others", "-n", namespace, role, f"--serviceaccount={ACCOUNT}")

    def may(what: str, where: str = namespace) -> bool:
        return allowed(installed, ACCOUNT, "get", what, where)

    until_blocking(lambda: may("secrets/edgeward-other-cluster"), what="the binding to count")
    assert not may("secrets/another")
    assert not may("secrets")
    assert not may("secrets/edgeward-other-cluster", "default")


@pytest.mark.parametrize(("role", "verbs"), [("edit", {"create", "patch", "delete", "get"}), ("view", {"get"})])
def test_who_may_edit_or_view_a_namespace_may_do_so_with_its_autoscalers(
    installed: ControlPlane, role: str, verbs: set[str]
) -> None:
    installed.kubectl("create", "rolebinding", f"a-{role}", "-n", "default", f"--clusterrole={role}", f"--user={role}")
    try:

        def may(verb: str, what: str = "edgeautoscalers.edgeward.dev") -> bool:
            resource, _, part = what.partition("/")
            words = ("auth", "can-i", verb, resource, f"--subresource={part}", "-n", "default", f"--as={role}")
            return installed.kubectl(*words, check=False).startswith("yes")

        until_blocking(lambda: may("get"), what="the role to be aggregated")
        assert {verb for verb in ("create", "patch", "delete", "get") if may(verb)} == verbs
        assert not may("patch", "edgeautoscalers.edgeward.dev/status")
    finally:
        installed.kubectl("delete", "rolebinding", f"a-{role}", "-n", "default")


async def test_autoscaler_leads_scales_and_tells_under_its_own_account(
    installed: ControlPlane, eas: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    """With the file of the manifests; only where it listens and how often it looks are others."""
    await fresh_nodes([node_manifest("n1")])
    settings = {key: value for key, value in content(BASE / "autoscaler.yaml").items() if key != "pages"}
    own = {"kubeconfig": str(installed.kubeconfig_for(service_account=ACCOUNT.replace(":", "/")))}
    running = RunningAutoscaler(installed, namespace=NAMESPACE, **{**settings, "kube": own})
    try:
        await eas.create(deployment_manifest("web", replicas=1), namespace=namespace)
        metrics = [metric for metric in EVERY_KIND if metric["type"] != "Prometheus"]
        await eas.create(within(namespace, manifest(minReplicas=2, metrics=metrics)))

        async def scaled() -> bool:
            return bool((await eas.get("Deployment", "web", namespace=namespace))["spec"]["replicas"] == 2)

        async def measured() -> bool:
            came = read_status(await eas.get(KIND, "web", namespace=namespace))
            return any(each.reason.startswith("FailedGet") for each in came.conditions or ())

        await until(scaled, what="the floor to be reached")
        await until(measured, what="the metrics to have been asked for")
        said = (await eas.get(KIND, "web", namespace=namespace))["status"]
        events = await eas.request("GET", f"/apis/events.k8s.io/v1/namespaces/{namespace}/events")
        lease = installed.kubectl("get", "lease", "edgeward-autoscaler", "-n", NAMESPACE, "-o", "name")
    finally:
        running.stop()
    assert lease
    assert [each for each in events["items"] if each["regarding"]["name"] == "web" and each["note"]]
    for told in (running.log(), str(said), str(events)):
        assert "forbidden" not in told.lower()
