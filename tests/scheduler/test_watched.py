"""What is asked of the API server: no more than is read."""

from __future__ import annotations

from typing import Any

from scheduler.config import Config
from scheduler.watched import ESSENTIAL, kinds
from tests.kube.mirror.contents import make_mirror


def watched(**settings: Any) -> dict[str, tuple[str, dict[str, str]]]:
    found = kinds(make_mirror(), Config.model_validate(settings), "edgeward")
    return {name: (each.path, dict(each.params)) for name, (each, _) in found.items()}


def test_pods_that_have_ended_are_not_asked_for() -> None:
    living = {"fieldSelector": "status.phase!=Succeeded,status.phase!=Failed"}
    assert watched()["pods"] == ("/api/v1/pods", living)


def test_config_maps_are_ours_in_our_namespace() -> None:
    ours = {"labelSelector": "edgeward.dev/config in (latency,profiles)"}
    assert watched()["configmaps"] == ("/api/v1/namespaces/edgeward/configmaps", ours)


def test_network_topologies_are_asked_for_only_when_they_are_configured() -> None:
    assert "networktopologies" not in watched()
    path = "/apis/networktopology.diktyo.x-k8s.io/v1alpha1/networktopologies"
    assert watched(latency={"network_topology": {}})["networktopologies"] == (path, {})


def test_what_comes_with_a_crd_is_not_essential() -> None:
    found = watched(latency={"network_topology": {}})
    assert {name for name, (path, _) in found.items() if name in ESSENTIAL and not path.startswith("/api/v1/")} == set()
    assert found.keys() >= ESSENTIAL
