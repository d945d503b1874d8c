from __future__ import annotations

from typing import Any

import pytest

from policies.dot_product import DotProduct
from tests.builders import make_class, make_left
from tests.conftest import needs_data
from tests.policies.packing_cases import feasible_cases, points


@pytest.mark.parametrize(
    ("cpu_milli", "gpu_left", "asked", "score"),
    [
        (128_000, [1000] * 8, {"cpu": "128", "gpus": 8}, 0),  # 1 · 1 + 1 · 1 = 2
        (128_000, [1000] * 8, {"cpu": "0"}, 100),
        (64_000, [1000] * 4, {"cpu": "64", "gpus": 4}, 75),  # 0.5 · 0.5 + 0.5 · 0.5 = 0.5
        (64_000, [1000] * 4, {"cpu": "64"}, 87),  # 0.25 → 87.5, cut
        (64_000, [500, 500], {"cpu": "0", "gpu_milli": 500}, 99),  # 1/8 · 0.5/8 = 0.0078 → 99.6
    ],
)
def test_the_smaller_the_product_the_better(
    cpu_milli: int, gpu_left: list[int], asked: dict[str, Any], score: int
) -> None:
    assert points(DotProduct(), make_left(cpu_milli, gpu_left).live(), make_class(**asked)) == score


def test_the_reason_is_the_product() -> None:
    assert DotProduct().reason(make_left(64_000, [1000] * 4).live(), make_class(cpu="64", gpus=4)) == "dot product 0.5"


@needs_data("openb", "golden.json")
def test_published_score_cases() -> None:
    for case in feasible_cases():
        assert points(DotProduct(), case.nodes, case.pod) == case.expected["DotProd"]
