"""The rights of each account are those that the code needs, no more and no fewer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kube.mirror.mirror import Mirror
from policies.model.cluster import Cluster
from scheduler.config import Config
from scheduler.watched import kinds
from tests.manifests.reading import PATCHED, PROBER, SECOND, named, objects, pod_spec
from tests.manifests.rights import Right, bound, rights

NAMESPACE = "edgeward"
PATH = re.compile(r"/api(?:s/(?P<group>[^/]+))?/v\w+(?:/namespaces/(?P<space>[^/]+))?/(?P<what>\w+)")

# What is done besides watching: binding.py, nudge.py, and kube/events.py, which counts repeated events up by patches.
DONE: set[Right] = {
    ("", "pods", "get"),
    ("", "pods", "patch"),
    ("", "pods/binding", "create"),
    ("events.k8s.io", "events", "create"),
    ("events.k8s.io", "events", "patch"),
}


def watched() -> set[tuple[str, Right]]:
    """The namespace (empty: all) and the right, for everything that the extender lists and watches."""
    everything = Config.model_validate({"latency": {"network_topology": {}}})
    found = set()
    for each, _ in kinds(Mirror(Cluster(), clock=lambda: 0.0), everything, NAMESPACE).values():
        path = re.fullmatch(
            r"/api(?:s/(?P<group>[^/]+))?/v\w+(?:/namespaces/(?P<space>[^/]+))?/(?P<what>\w+)", each.path
        )
        assert path, each.path
        found |= {(path["space"] or "", (path["group"] or "", path["what"], verb)) for verb in ("list", "watch")}
    return found


def test_cluster_role_is_what_the_extender_does_in_all_namespaces() -> None:
    assert rights(named(SECOND, "ClusterRole", "edgeward-extender")) == DONE | {
        right for space, right in watched() if not space
    }


def test_role_is_what_the_extender_reads_in_its_own_namespace() -> None:
    role = named(SECOND, "Role", "edgeward-extender")
    assert role["metadata"]["namespace"] == NAMESPACE
    assert rights(role) == {right for space, right in watched() if space == NAMESPACE}


@pytest.mark.parametrize("folder", [SECOND, PATCHED], ids=lambda folder: folder.name)
def test_no_role_of_ours_has_a_wildcard_or_reads_secrets(folder: Path) -> None:
    for role in (*objects(folder, "ClusterRole"), *objects(folder, "Role")):
        for group, resource, verb in rights(role):
            assert "*" not in (group, resource, verb)
            assert resource != "secrets"


def test_second_scheduler_has_kubernetes_own_rights_and_the_extenders() -> None:
    assert bound(SECOND) == {
        ("ClusterRole", "", "system:kube-scheduler"),
        ("ClusterRole", "", "system:volume-scheduler"),
        ("ClusterRole", "", "edgeward-extender"),
        ("Role", "edgeward", "edgeward-extender"),
        ("Role", "edgeward", "edgeward-scheduler:lease"),
        ("Role", "kube-system", "extension-apiserver-authentication-reader"),
    }


def test_extender_alone_has_the_extenders_rights_only() -> None:
    assert bound(PATCHED) == {("ClusterRole", "", "edgeward-extender"), ("Role", "edgeward", "edgeward-extender")}


def test_prober_has_no_rights_and_no_token() -> None:
    assert bound(PROBER) == set()
    assert pod_spec(named(PROBER, "DaemonSet", "edgeward-prober"))["automountServiceAccountToken"] is False
