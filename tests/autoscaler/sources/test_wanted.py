"""From an entry of `metrics` to the question that it asks."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.planner.errors import SpecError
from autoscaler.sources.selector_text import selector_text
from autoscaler.sources.want import Described, Want
from autoscaler.sources.wanted import wanted

RPS = {"name": "rps", "selector": {"matchLabels": {"path": "/buy"}}}
TARGET = {"type": "AverageValue", "averageValue": "10"}


@pytest.mark.parametrize(
    ("metric", "want"),
    [
        (
            {"type": "Resource", "resource": {"name": "cpu", "target": TARGET}},
            Want(kind="Resource", namespace="web", name="cpu"),
        ),
        (
            {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "main", "target": TARGET}},
            Want(kind="ContainerResource", namespace="web", name="cpu"),
        ),
        (
            {"type": "Pods", "pods": {"metric": RPS, "target": TARGET}},
            Want(kind="Pods", namespace="web", name="rps", selector="path=/buy"),
        ),
        (
            {"type": "External", "external": {"metric": {"name": "queue", "selector": None}, "target": TARGET}},
            Want(kind="External", namespace="web", name="queue"),
        ),
        (
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "rps"},
                    "describedObject": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "main"},
                    "target": TARGET,
                },
            },
            Want(
                kind="Object",
                namespace="web",
                name="rps",
                described=Described("networking.k8s.io/v1", "Ingress", "main"),
            ),
        ),
        (
            {
                "type": "Object",
                "object": {"metric": {"name": "rps"}, "describedObject": {"kind": "Service", "name": "shop"}},
            },
            Want(kind="Object", namespace="web", name="rps", described=Described("v1", "Service", "shop")),
        ),
        (
            {"type": "Prometheus", "prometheus": {"query": "sum(up)", "target": TARGET}},
            Want(kind="Prometheus", namespace="", name="sum(up)"),
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_what_a_metric_asks(metric: dict[str, Any], want: Want) -> None:
    assert wanted("web", metric) == want


def test_one_query_of_two_namespaces_is_one_question() -> None:
    metric = {"type": "Prometheus", "prometheus": {"query": "sum(up)"}}
    assert wanted("web", metric) == wanted("shop", metric)


def test_a_type_that_there_is_not_is_told() -> None:
    with pytest.raises(SpecError, match="type must be a known kind of metric, got 'Pod'"):
        wanted("web", {"type": "Pod", "pod": {}})


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({}, ""),
        ({"matchLabels": None, "matchExpressions": None}, ""),
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
        (
            {
                "matchLabels": {"app": "shop"},
                "matchExpressions": [
                    {"key": "tier", "operator": "In", "values": ["b", "a"]},
                    {"key": "zone", "operator": "NotIn", "values": ["x"]},
                    {"key": "new", "operator": "Exists"},
                    {"key": "old", "operator": "DoesNotExist", "values": []},
                ],
            },
            "app=shop,new,!old,tier in (a,b),zone notin (x)",
        ),
    ],
    ids=["all", "null", "labels in order", "every operator"],
)
def test_a_selector_as_text(selector: dict[str, Any], text: str) -> None:
    assert selector_text(selector) == text


def test_an_operator_that_there_is_not_is_told() -> None:
    with pytest.raises(SpecError, match="operator must be In, NotIn, Exists or DoesNotExist, got 'Is'"):
        selector_text({"matchExpressions": [{"key": "a", "operator": "Is"}]})
