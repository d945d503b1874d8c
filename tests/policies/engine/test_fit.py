from __future__ import annotations

from typing import Any

import pytest

from policies.engine.fit import best_fit_on, dynamic_fit, misfit, static_fit
from policies.model.node import Node
from policies.model.taint import Taint, Toleration
from tests.builders import make_class, make_cluster, make_node, make_pod

A100 = make_node(gpus=["A100", "A100"])


@pytest.mark.parametrize(
    ("node", "there", "asked", "reason", "unresolvable"),
    [
        (make_node(cpu="4"), {"cpu": "3"}, {"cpu": "2"}, "cpu 1000m free < 2000m requested", False),
        (make_node(cpu="4"), {}, {"cpu": "5"}, "cpu 4000m free < 5000m requested", True),
        (make_node(memory="1Gi"), {"memory": "1Gi"}, {"memory": "1Mi"}, "memory 0 free < 1048576 requested", False),
        (make_node(pods=1), {"cpu": "0"}, {"cpu": "0"}, "pods 0 free < 1 requested", False),
        (make_node(), {}, {"requests": {"vf": 2}}, "vf 0 free < 2 requested", True),
        (make_node(ready=False), {}, {}, "node is not ready", True),
        (make_node(taints=[Taint(key="gpu")]), {}, {}, "taint gpu:NoSchedule is not tolerated", True),
        (
            make_node(labels={"disk": "hdd"}),
            {},
            {"node_selector": {"disk": "ssd"}},
            "label disk is hdd, wanted ssd",
            True,
        ),
        (make_node(), {}, {"node_selector": {"disk": "ssd"}}, "label disk is not set, wanted ssd", True),
        (make_node(), {}, {"gpus": 1}, "gpu 0 on the node < 1 requested", True),
        (A100, {}, {"gpus": 3}, "gpu 2 on the node < 3 requested", True),
        (A100, {}, {"gpus": 1, "models": ["T4", "H100"]}, r"gpu 0 of T4|H100 on the node < 1 requested", True),
        (A100, {"gpu_milli": 500}, {"gpus": 2}, "gpu 1 free < 2 requested", False),
        (A100, {"gpus": 2}, {"gpu_milli": 300}, "gpu 0 milli free on the best device < 300 requested", False),
        (make_node(cpu="4"), {"cpu": "4"}, {"cpu": "1", "gpus": 1}, "gpu 0 on the node < 1 requested", True),
        (make_node(cpu="4", pods=1), {}, {"cpu": "5"}, "cpu 4000m free < 5000m requested", True),
        (make_node(pods=1, cpu="4"), {"cpu": "1"}, {"cpu": "5"}, "cpu 3000m free < 5000m requested", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_why_a_node_does_not_fit(
    node: Node, there: dict[str, Any], asked: dict[str, Any], reason: str, unresolvable: bool
) -> None:
    cluster = make_cluster(node)
    if there:
        cluster.bind(make_pod("there", **there), node.name)
    nodes, pod = cluster.live(), make_class(**asked)
    assert misfit(nodes, pod) == (reason, unresolvable)
    assert not (static_fit(nodes, pod) & dynamic_fit(nodes, pod)).any()


@pytest.mark.parametrize(
    ("node", "asked"),
    [
        (make_node(cpu="4"), {"cpu": "4"}),
        (make_node(taints=[Taint(key="gpu")]), {"tolerations": [Toleration(key="gpu", operator="Exists")]}),
        (make_node(taints=[Taint(key="x", effect="PreferNoSchedule")]), {}),
        (make_node(labels={"disk": "ssd"}), {"node_selector": {"disk": "ssd"}}),
        (A100, {"gpus": 2, "models": ["T4", "A100"]}),
        (A100, {"gpu_milli": 1000}),
    ],
)
def test_what_fits_has_no_reason(node: Node, asked: dict[str, Any]) -> None:
    nodes, pod = make_cluster(node).live(), make_class(**asked)
    assert misfit(nodes, pod) is None
    assert (static_fit(nodes, pod) & dynamic_fit(nodes, pod)).all()


def test_a_resource_that_is_over_committed_stops_only_who_asks_for_it() -> None:
    cluster = make_cluster(make_node(cpu="4"))
    cluster.bind(make_pod("big", cpu="6"), "n1")
    assert not dynamic_fit(cluster.live(), make_class(cpu="1m")).any()
    assert dynamic_fit(cluster.live(), make_class(cpu="0", memory="1Gi")).all()


def test_devices_of_the_wrong_model_are_passed_over() -> None:
    nodes = make_cluster(make_node(gpus=["T4", "A100", "A100"])).live()
    assert best_fit_on(nodes, make_class(gpu_milli=500, models=["A100"])) == (1,)
    assert best_fit_on(nodes, make_class(gpus=2, models=["A100"])) == (1, 2)
    assert best_fit_on(nodes, make_class(gpus=2, models=["T4"])) == ()
    assert best_fit_on(nodes, make_class()) == ()
