"""Small values: templates, room on nodes, and whether a watch is behind."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.controller import behind
from autoscaler.controller.headroom import headroom
from autoscaler.controller.memory import Memory
from autoscaler.controller.sizing import movable
from autoscaler.controller.status import amounts, targets
from autoscaler.controller.template import template
from autoscaler.planner.decision import MetricStatus
from autoscaler.planner.spec import Metric, Target
from tests.kube.mirror.contents import a_node, a_pod, make_mirror

CPU, MEMORY = {"cpu": "1"}, {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("containers", "init", "guaranteed", "pinned"),
    [
        ([{"requests": MEMORY, "limits": MEMORY}], [], True, True),
        ([{"limits": MEMORY}], [], True, True),
        ([{"limits": {"cpu": "1500m", "memory": "1Gi"}}], [], True, False),
        ([{"requests": CPU, "limits": MEMORY}], [], True, True),
        ([{"requests": {"cpu": "500m"}, "limits": MEMORY}], [], False, False),
        ([{"requests": MEMORY}], [], False, False),
        ([{"limits": MEMORY}, {}], [], False, False),
        ([{"limits": MEMORY}], [{"requests": CPU}], False, False),
    ],
    ids=[
        "bound", "limits alone", "not whole CPUs", "memory by its limit", "burstable", "no limits", "one of two bound",
        "an init container that is not",
    ],
)  # fmt: skip
def test_the_qos_class_is_that_of_all_containers(
    containers: list[dict[str, Any]], init: list[dict[str, Any]], *, guaranteed: bool, pinned: bool
) -> None:
    def named(parts: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
        return [{"name": f"{prefix}{at}", "resources": each} for at, each in enumerate(parts)]

    read = template({"spec": {"containers": named(containers, "c"), "initContainers": named(init, "i")}})
    assert (read.guaranteed, read.pinned) == (guaranteed, pinned)


def test_a_template_has_the_size_of_what_stays() -> None:
    read = template(
        {
            "spec": {
                "containers": [
                    {"name": "app", "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "1Ki"}}}
                ],
                "initContainers": [
                    {"name": "first", "resources": {"requests": {"cpu": "2"}}},
                    {"name": "sidecar", "restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}},
                ],
            }
        }
    )
    assert read.size == {"app": {"cpu": 100, "memory": 1_024_000}, "sidecar": {"cpu": 50}}


def test_a_template_of_nothing_is_none() -> None:
    assert (template({}).size, template({}).guaranteed, template({}).pinned) == ({}, False, False)


def test_room_is_that_of_the_fullest_node_shared_among_the_replicas_there() -> None:
    mirror = make_mirror()
    for name, cpu in (("n1", "4"), ("n2", "1")):
        mirror.nodes.put(a_node(name, cpu=cpu))
    mirror.pods.put(a_pod("p1", node="n1", cpu="1"))
    nodes = mirror.snapshot()
    gib = 1024**3 * 1000
    assert headroom(nodes, ["n1", "n1", "n1"])["cpu"] == 1000  # (4000 - 1000) / 3
    assert headroom(nodes, ["n1", "n2"])["cpu"] == 1000  # min(3000, 1000)
    assert headroom(nodes, ["n2"])["memory"] == 16 * gib
    assert headroom(nodes, ["", "gone"]) == {}


def test_a_node_that_is_over_committed_has_no_room() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", cpu="1"))
    mirror.pods.put(a_pod("p1", node="n1", cpu="2"))
    assert headroom(mirror.snapshot(), ["n1"])["cpu"] == 0


@pytest.mark.parametrize(
    ("shown", "is_behind"),
    [({"a": "6"}, True), ({"a": "7"}, False), ({"a": "10"}, False), ({}, True), ({"a": "x"}, False)],
    ids=["older", "ours", "newer, as a number", "not there yet", "no number"],
)
def test_a_watch_that_shows_older_versions_is_behind(shown: dict[str, str], *, is_behind: bool) -> None:
    memory = Memory()
    behind.note(memory, {"a": "7"}, now_s=0.0)
    assert behind.is_behind(memory, shown, now_s=1.0) == is_behind


def test_what_we_deleted_must_be_gone() -> None:
    memory = Memory()
    behind.note(memory, {"a": ""}, now_s=0.0)
    assert behind.is_behind(memory, {"a": "9"}, now_s=1.0)
    assert not behind.is_behind(memory, {}, now_s=1.0)


def test_a_watch_that_never_tells_is_believed_after_a_while() -> None:
    memory = Memory()
    behind.note(memory, {"a": "7"}, now_s=0.0)
    assert behind.is_behind(memory, {"a": "6"}, now_s=29.9)
    assert not behind.is_behind(memory, {"a": "6"}, now_s=30.0)
    assert not behind.is_behind(memory, {"a": "6"}, now_s=1.0)  # once believed it is


def test_only_cpu_and_memory_can_move() -> None:
    assert movable({"app": {"cpu": 1, "memory": 2, "gpu": 3}, "b": {"gpu": 1}}) == {"app": {"cpu": 1, "memory": 2}}


def test_sizes_are_quantities() -> None:
    assert amounts({"app": {"memory": 1_024_000, "cpu": 1500}}) == {"app": {"cpu": "1500m", "memory": "1024"}}


def test_targets_are_shown_beside_what_is() -> None:
    asked = [
        Metric(kind="Resource", name="cpu", target=Target(kind="Utilization", amount=50)),
        Metric(kind="Pods", name="rps", target=Target(kind="AverageValue", amount=10_000)),
        Metric(kind="External", name="queue", target=Target(kind="Value", amount=1500)),
    ]
    said = [
        MetricStatus(label="", replicas=1, utilization=83, milli=415),
        MetricStatus(label="", replicas=1, milli=12_500),
        MetricStatus(label="", replicas=None, problem="away"),
    ]
    assert targets(asked, said) == "cpu: 83%/50%, rps: 12500m/10, queue: unknown/1500m"
