"""Pods of requests, read once for all replicas of a template."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kube.profiles import Profiles
from policies.errors import PolicyError
from scheduler.decoding import decode_nodes
from scheduler.reading import PodReader
from scheduler.wire import AskedPod


def asked(name: str, *, namespace: str = "default", kind: str = "ReplicaSet", **annotations: str) -> AskedPod:
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{name}",
        "annotations": {f"edgeward.dev/{key}": value for key, value in annotations.items()},
        "ownerReferences": [{"kind": kind, "controller": True}],
    }
    body: dict[str, Any] = {"Pod": {"metadata": metadata, "spec": {"priority": 7}}, "Nodes": None, "NodeNames": []}
    return decode_nodes(msgspec.json.encode(body)).pod


def reader(**origins: str) -> PodReader:
    """Namespaces with the origin of their pods."""
    return PodReader(
        Profiles("edge-default"),
        namespace_annotations=lambda name: {"edgeward.dev/origin": origins[name]} if name in origins else {},
    )


def test_replicas_share_a_class_and_keep_their_names() -> None:
    read = reader().read
    pods = [read(asked(name, origin="seoul")).pod for name in ("web-1", "web-2")]
    assert pods[0].of is pods[1].of
    assert [(pod.name, pod.uid, pod.priority) for pod in pods] == [("web-1", "uid-web-1", 7), ("web-2", "uid-web-2", 7)]


def test_what_differs_in_a_pod_or_in_its_namespace_is_read_anew() -> None:
    read = reader(east="busan").read
    origins = [
        read(pod).pod.of.demand
        for pod in (asked("a", origin="seoul"), asked("b", origin="jeju"), asked("c"), asked("d", namespace="east"))
    ]
    assert [origin and origin.weights for origin in origins] == [
        (("seoul", 1.0),), (("jeju", 1.0),), None, (("busan", 1.0),),
    ]  # fmt: skip


def test_change_of_the_namespace_counts_for_its_next_pod() -> None:
    annotations = {"edgeward.dev/origin": "seoul"}
    pods = PodReader(Profiles("edge-default"), namespace_annotations=lambda _: annotations)
    pods.read(asked("a"))
    annotations["edgeward.dev/origin"] = "busan"
    demand = pods.read(asked("b")).pod.of.demand
    assert demand is not None
    assert demand.weights == (("busan", 1.0),)


def test_pod_of_a_daemon_set_is_pinned_and_no_other_is_for_its_sake() -> None:
    read = reader().read
    assert [read(asked("a", kind=kind)).is_pinned for kind in ("DaemonSet", "ReplicaSet", "DaemonSet")] == [
        True, False, True,
    ]  # fmt: skip


def test_pod_that_cannot_be_read_is_told_by_its_own_name_each_time() -> None:
    read = reader().read
    for name in ("a", "b"):
        with pytest.raises(PolicyError, match=f"default/{name}: .*preferred"):
            read(asked(name, preferred="nowhere near"))
