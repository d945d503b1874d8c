"""The autoscaler's manifests: its examples are good ones, and its account has the rights that the code needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autoscaler.api.spec import Defaults, read
from autoscaler.controller.reader import WRONG, SpecReader
from autoscaler.running.config import parse_config, read_config
from autoscaler.watching.watched import Watched
from kube.mirror.mirror import Mirror
from policies.model.cluster import Cluster
from tests.conftest import ROOT
from tests.fakes import FakeKube
from tests.manifests.reading import ALONE, AUTOSCALER, MANIFESTS, containers, content, kustomization, named, objects
from tests.manifests.rights import Right, bound, rights

NAMESPACE = "edgeward"
PATH = re.compile(r"/api(?:s/(?P<group>[^/]+))?/v\w+(?:/namespaces/(?P<space>[^/]+))?/(?P<what>\w+)")
EXAMPLES = sorted((MANIFESTS / "autoscaler" / "examples").glob("*.yaml"))
PROMETHEUS = re.compile(r"^# (?=prometheus:)", re.MULTILINE)
OTHER_CLUSTERS = MANIFESTS / "autoscaler" / "components" / "other-clusters"

# What is done besides watching, by module.
DONE: set[Right] = {
    ("edgeward.dev", "edgeautoscalers/status", "patch"),  # controller/statuses.py
    *(("apps", f"{kind}/scale", verb) for kind in ("deployments", "statefulsets", "replicasets")
      for verb in ("get", "patch")),  # applying/scale.py
    *(("apps", "deployments", verb) for verb in ("get", "create", "patch", "delete")),  # applying/companion.py
    ("apps", "statefulsets", "get"), ("apps", "statefulsets", "patch"),  # applying/template.py
    ("apps", "replicasets", "get"),  # a companion's target may be one
    ("", "pods", "get"), ("", "pods/resize", "patch"),  # applying/resize.py
    ("", "pods", "patch"),  # applying/deletion_cost.py
    ("metrics.k8s.io", "pods", "list"),  # sources/resource_metrics.py
    ("custom.metrics.k8s.io", "*", "get"),
    ("external.metrics.k8s.io", "*", "list"),
    ("events.k8s.io", "events", "create"), ("events.k8s.io", "events", "patch"),  # kube/events.py
}  # fmt: skip
LED = {("coordination.k8s.io", "leases", verb) for verb in ("create", "get", "patch")}  # kube/leases.py


def watched() -> set[tuple[str, Right]]:
    """The namespace (empty: all) and the right, for everything that the autoscaler lists and watches."""
    mirror = Mirror(Cluster(), clock=lambda: 0.0)
    everything = Watched(FakeKube(), mirror, SpecReader(Defaults()), wrong=WRONG, clock=lambda: 0.0)
    found = set()
    for each, _ in everything.kinds(NAMESPACE).values():
        path = PATH.fullmatch(each.path)
        assert path, each.path
        found |= {(path["space"] or "", (path["group"] or "", path["what"], verb)) for verb in ("list", "watch")}
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_a_good_one(path: Path) -> None:
    read(content(path), source=path.name)
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_readme_names_every_example() -> None:
    text = (MANIFESTS / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES if f"autoscaler/examples/{path.name}" not in text] == []
    assert len(EXAMPLES) >= 4


def test_cluster_role_is_what_the_autoscaler_does_in_all_namespaces() -> None:
    role = named(AUTOSCALER, "ClusterRole", "edgeward-autoscaler")
    assert rights(role) == DONE | {right for space, right in watched() if not space}


def test_role_is_what_it_does_in_its_own_namespace() -> None:
    role = named(AUTOSCALER, "Role", "edgeward-autoscaler")
    assert role["metadata"]["namespace"] == NAMESPACE
    assert rights(role) == LED | {right for space, right in watched() if space == NAMESPACE}
    (by_name,) = [rule for rule in role["rules"] if "resourceNames" in rule]
    assert by_name["verbs"] == ["get", "patch"]


def test_only_metrics_are_read_by_any_name_and_no_secret_is() -> None:
    for role in (*objects(AUTOSCALER, "ClusterRole"), *objects(AUTOSCALER, "Role")):
        for group, resource, verb in rights(role):
            assert "*" not in (group, verb)
            assert resource != "*" or (group.endswith(".metrics.k8s.io") and verb in ("get", "list"))
            assert resource != "secrets"


def test_account_has_its_own_rights_only() -> None:
    assert bound(AUTOSCALER) == {
        ("ClusterRole", "", "edgeward-autoscaler"),
        ("Role", "edgeward", "edgeward-autoscaler"),
    }


def test_secrets_of_other_clusters_are_opened_by_name_and_nowhere_by_themselves() -> None:
    (role,) = objects(OTHER_CLUSTERS)
    assert role["kind"] == "ClusterRole"
    assert [(rule["resources"], rule["verbs"]) for rule in role["rules"]] == [(["secrets"], ["get"])]
    assert all(rule["resourceNames"] for rule in role["rules"])
    secret = content(MANIFESTS / "autoscaler" / "examples" / "hpa-with-another-cluster.yaml")["spec"]["overEdge"]
    assert secret["clusters"][0]["kubeconfigSecret"] in role["rules"][0]["resourceNames"]


def test_users_of_a_namespace_get_the_resource_and_no_more() -> None:
    for name in ("edit", "view"):
        role = named(AUTOSCALER, "ClusterRole", f"edgeward-autoscaler:{name}")
        assert role["metadata"]["labels"][f"rbac.authorization.k8s.io/aggregate-to-{name}"] == "true"
        assert {group for group, _, _ in rights(role)} == {"edgeward.dev"}
    edits = rights(named(AUTOSCALER, "ClusterRole", "edgeward-autoscaler:edit"))
    assert not [right for right in edits if right[1] == "edgeautoscalers/status"], "the status is the controller's"


def test_alone_is_the_same_with_the_namespace() -> None:
    kinds = [each["kind"] for each in objects(ALONE)]
    assert kinds == ["Namespace", *(each["kind"] for each in objects(AUTOSCALER))]
    assert (
        kustomization(ALONE)["patches"]
        == kustomization(ROOT / "manifests" / "scheduler" / "overlays" / "second-scheduler")["patches"]
    )


def test_configuration_is_valid_and_agrees_with_the_deployment_and_the_role() -> None:
    config = read_config(AUTOSCALER / "autoscaler.yaml")
    (container,) = containers(named(AUTOSCALER, "Deployment", "edgeward-autoscaler"))
    assert container["ports"] == [{"name": "pages", "containerPort": config.pages.port}]
    assert config.pages.host == ""
    role = named(AUTOSCALER, "Role", "edgeward-autoscaler")
    assert [rule["resourceNames"] for rule in role["rules"] if "resourceNames" in rule] == [[config.leader.lease]]
    assert parse_config(PROMETHEUS.sub("", (AUTOSCALER / "autoscaler.yaml").read_text("utf-8")), source="x").prometheus
