from __future__ import annotations

import math

import pytest

from policies.errors import ModelError
from policies.model.node import Node, NumaZone


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "name must not be empty"),
        ({"name": "n", "allocatable": {"cpu": -1}}, "node n: allocatable cpu must be >= 0, got -1"),
        ({"name": "n", "usage": {"disk": 0.5}}, "usage must be one of cpu, memory, link, got 'disk'"),
        ({"name": "n", "usage": {"cpu": -0.1}}, "usage of cpu must be >= 0 and finite, got -0.1"),
        ({"name": "n", "usage": {"cpu": math.nan}}, "usage of cpu must be >= 0 and finite, got nan"),
        ({"name": "n", "usage": {"cpu": math.inf}}, "usage of cpu must be >= 0 and finite, got inf"),
    ],
)
def test_a_node_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Node(**fields)  # type: ignore[arg-type]


def test_a_zone_with_less_than_nothing_is_refused() -> None:
    with pytest.raises(ModelError, match="got cpu -1"):
        NumaZone(cpu_milli=-1)
