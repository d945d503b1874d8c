from __future__ import annotations

import pytest

from policies.engine.weight import IN_TREE_POINTS, POINTS_PER_INTEGER, recommended_weight
from tests.builders import make_profile


@pytest.mark.parametrize(
    ("top_score", "tiers", "weight"),
    [
        (10, "", 121),  # one integer is 121 · 10 = 1210 > 1200 points
        (100, "", 121),
        (10, "best", 13),  # ten integers are 10 · 13 · 10 = 1300
        (100, "best", 2),  # 100 · 2 · 10 = 2000; with 1 it would be 1000
        (10, "all", 121),
    ],
)
def test_the_least_weight_that_decides(top_score: int, tiers: str, weight: int) -> None:
    profile = make_profile("hint", top_score=top_score, tiers=tiers)
    assert recommended_weight(profile) == weight
    integers = top_score if tiers == "best" else 1
    assert weight * POINTS_PER_INTEGER * integers > IN_TREE_POINTS >= (weight - 1) * POINTS_PER_INTEGER * integers
