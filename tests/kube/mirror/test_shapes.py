"""The shapes let through what is read, and nothing of the rest."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kube.mirror.shapes import NodeShape, PodShape
from policies.model.kubernetes import is_finished, node, node_name, pod
from tests.bench.kubernetes_objects import a_node, a_pod

RICH: dict[str, Any] = {
    "nodeSelector": {"disk": "ssd"},
    "overhead": {"cpu": "10m"},
    "resources": {"requests": {"cpu": "3"}},
    "initContainers": [
        {"name": "a", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}},
        {"name": "b", "resources": {"limits": {"memory": "8Gi"}}},
    ],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}],
                        "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}],
                    }
                ]
            }
        }
    },
}


def through(shape: Any, content: dict[str, Any]) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(content), type=shape)
    return decoded


@pytest.mark.parametrize("number", [0, 1, 7])
def test_node_is_read_the_same_through_the_shape_which_drops_most_of_it(number: int) -> None:
    content = a_node(number, ready=number != 7)
    seen = through(NodeShape, content)
    assert node(seen) == node(content)
    assert len(msgspec.json.encode(seen)) < len(msgspec.json.encode(content)) / 4


@pytest.mark.parametrize("number", [0, 1, 7])
def test_pod_is_read_the_same_through_the_shape_which_drops_most_of_it(number: int) -> None:
    content = a_pod(number, 10, 10)
    content["spec"] |= RICH
    seen = through(PodShape, content)
    assert pod(seen) == pod(content)
    assert (node_name(seen), is_finished(seen)) == (node_name(content), is_finished(content))
    plain = a_pod(number, 10, 10)
    assert len(msgspec.json.encode(through(PodShape, plain))) < len(msgspec.json.encode(plain)) / 3


@pytest.mark.parametrize("shape", [NodeShape, PodShape])
def test_null_is_let_through_as_absent(shape: Any) -> None:
    content = {"metadata": None, "spec": None, "status": None}
    assert through(shape, content) == content
