"""Workloads, who owns them, and the HPAs that scale them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from autoscaler.watching.hpas import Hpas
from autoscaler.watching.owners import ReplicaSets
from autoscaler.watching.workloads import Workloads


def a_workload(name: str = "web", *, uid: str = "u", owners: tuple[str, ...] = (), **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": uid,
            "resourceVersion": "7",
            "ownerReferences": [{"uid": owner, "controller": True} for owner in owners],
        },
        "spec": spec,
        "status": {"replicas": 3},
    }


def test_what_is_read_of_a_workload() -> None:
    workloads = Workloads("Deployment")
    template = msgspec.Raw(b'{"spec":{"containers":[{"name":"app"}]}}')
    workloads.put(a_workload(replicas=2, selector={"matchLabels": {"app": "web"}}, template=template))
    scaled = workloads.get("shop", "web")
    assert scaled is not None
    assert (scaled.uid, scaled.version, scaled.replicas, scaled.status_replicas) == ("u", "7", 2, 3)
    assert (scaled.selector_text, scaled.selector_problem) == ("app=web", "")
    assert scaled.template_content() == {"spec": {"containers": [{"name": "app"}]}}
    assert workloads.get("other", "web") is None


@pytest.mark.parametrize(("replicas", "read"), [(None, 1), (0, 0)], ids=["the API's default", "none"])
def test_replicas_that_are_not_said_are_one(replicas: int | None, read: int) -> None:
    workloads = Workloads("Deployment")
    workloads.put(a_workload(replicas=replicas))
    scaled = workloads.get("shop", "web")
    assert scaled is not None
    assert scaled.replicas == read


def test_a_selector_that_cannot_be_read_is_said() -> None:
    workloads = Workloads("Deployment")
    workloads.put(a_workload(selector={"matchExpressions": [{"key": "a", "operator": "Near"}]}))
    scaled = workloads.get("shop", "web")
    assert scaled is not None
    assert "must be one of In, NotIn, Exists, DoesNotExist, got 'Near'" in scaled.selector_problem


def test_what_belongs_to_an_object_is_found_and_forgotten() -> None:
    workloads = Workloads("Deployment")
    for name in ("b", "a"):
        workloads.put(a_workload(name, owners=("eas",)))
    assert [each.key[2] for each in workloads.owned_by("eas")] == ["a", "b"]
    workloads.put(a_workload("a", owners=("other",)))
    assert [each.key[2] for each in workloads.owned_by("eas")] == ["b"]
    workloads.drop(a_workload("b"))
    assert workloads.owned_by("eas") == []


def test_a_list_that_leaves_a_workload_out_ends_it() -> None:
    workloads = Workloads("Deployment")
    workloads.put(a_workload("a"))
    workloads.begin()
    workloads.put(a_workload("b"))
    workloads.settle()
    assert (workloads.get("shop", "a"), len(workloads)) == (None, 1)


def test_replica_sets_are_links_or_workloads() -> None:
    sets = ReplicaSets()
    sets.put(a_workload("web-1", uid="rs1", owners=("web",)))
    sets.put(a_workload("web-2", uid="rs2", owners=("web",)))
    sets.put(a_workload("alone", uid="rs3"))
    assert set(sets.of("web")) == {"rs1", "rs2"}
    assert (sets.free.get("shop", "web-1"), len(sets.free)) == (None, 1)
    sets.drop(a_workload("web-1", uid="rs1"))
    assert set(sets.of("web")) == {"rs2"}
    sets.put(a_workload("web-2", uid="rs2"))  # orphaned
    assert set(sets.of("web")) == set()
    assert sets.free.get("shop", "web-2") is not None
    sets.put(a_workload("alone", uid="rs3", owners=("web",)))  # adopted
    assert set(sets.of("web")) == {"rs3"}
    assert sets.free.get("shop", "alone") is None


def test_a_list_that_leaves_replica_sets_out_ends_them() -> None:
    sets = ReplicaSets()
    sets.put(a_workload("web-1", uid="rs1", owners=("web",)))
    sets.put(a_workload("alone", uid="rs3"))
    sets.begin()
    sets.settle()
    assert (set(sets.of("web")), len(sets.free)) == (set(), 0)


def an_hpa(name: str, target: str, *, version: str = "apps/v1") -> dict[str, Any]:
    reference = {"apiVersion": version, "kind": "Deployment", "name": target}
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": {"scaleTargetRef": reference}}


def test_hpas_are_known_by_their_target() -> None:
    hpas, web, db = Hpas(), ("apps", "Deployment", "shop", "web"), ("apps", "Deployment", "shop", "db")
    hpas.put(an_hpa("b", "web"))
    hpas.put(an_hpa("a", "web"))
    assert hpas.of(web) == ["a", "b"]
    hpas.put(an_hpa("a", "db"))
    assert (hpas.of(web), hpas.of(db)) == (["b"], ["a"])
    hpas.drop(an_hpa("a", "db"))
    assert hpas.of(db) == []
    hpas.begin()
    hpas.settle()
    assert hpas.of(web) == []


@pytest.mark.parametrize(
    ("version", "is_ours"),
    [("apps/v1", True), ("apps/v1beta1", True), ("", True), ("example.com/v1", False)],
    ids=["the same", "another version", "none given", "another group"],
)
def test_a_target_is_the_same_in_all_versions_of_its_group(version: str, *, is_ours: bool) -> None:
    hpas = Hpas()
    hpas.put(an_hpa("a", "web", version=version))
    assert hpas.of(("apps", "Deployment", "shop", "web")) == (["a"] if is_ours else [])
