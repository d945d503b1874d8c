from __future__ import annotations

from typing import Any

import pytest

from policies.best_fit import BestFit
from tests.builders import make_class, make_cluster, make_left, make_node
from tests.conftest import needs_data
from tests.policies.packing_cases import feasible_cases, points


@pytest.mark.parametrize(
    ("cpu_milli", "gpu_left", "asked", "score"),
    [
        (128_000, [1000] * 8, {"cpu": "0"}, 0),  # 0.5 + 0.5 left
        (128_000, [1000] * 8, {"cpu": "64"}, 25),  # 0.25 + 0.5
        (64_000, [1000] * 4, {"cpu": "32", "gpus": 2}, 75),  # 32/128 · 0.5 + 2/8 · 0.5 = 0.25
        (64_000, [500, 500], {"cpu": "0", "gpu_milli": 500}, 71),  # 0.25 + 0.5/8 · 0.5 = 0.28125 → 71.9
        (1_000, [500], {"cpu": "1", "gpu_milli": 500}, 100),  # nothing left
    ],
)
def test_the_less_is_left_the_better(cpu_milli: int, gpu_left: list[int], asked: dict[str, Any], score: int) -> None:
    assert points(BestFit(), make_left(cpu_milli, gpu_left).live(), make_class(**asked)) == score


def test_a_node_larger_than_the_scale_is_the_worst_and_no_error() -> None:
    assert points(BestFit(), make_cluster(make_node(cpu="400")).live(), make_class()) == 0
    assert (
        points(BestFit(cpu_scale_milli=800_000), make_cluster(make_node(cpu="400")).live(), make_class(cpu="0")) == 75
    )


def test_the_reason_is_what_would_be_left() -> None:
    nodes = make_left(64_000, [1000] * 4).live()
    assert BestFit().reason(nodes, make_class(cpu="32", gpus=2)) == "25.0% of a large node left over"


@needs_data("openb", "golden.json")
def test_published_score_cases() -> None:
    for case in feasible_cases():
        assert points(BestFit(), case.nodes, case.pod) == case.expected["BestFit_raw"]
