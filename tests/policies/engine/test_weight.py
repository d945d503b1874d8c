from __future__ import annotations

import pytest

from policies.engine.weight import IN_TREE_POINTS, POINTS_PER_INTEGER, recommended_weight
from tests.builders import make_profile


@pytest.mark.parametrize(
    ("top_score", "tiers", "weight", "with_claims"),
    [
        (10, "", 121, 141),  # one integer is 121 · 10 = 1210 > 1200 points, 141 · 10 = 1410 > 1400
        (100, "", 121, 141),
        (10, "best", 13, 15),  # ten integers are 10 · 13 · 10 = 1300, and 10 · 15 · 10 = 1500
        (100, "best", 2, 2),  # 100 · 2 · 10 = 2000; with 1 it would be 1000
        (10, "all", 121, 141),
    ],
)
def test_the_least_weight_that_decides(top_score: int, tiers: str, weight: int, with_claims: int) -> None:
    profile = make_profile("hint", top_score=top_score, tiers=tiers)
    assert recommended_weight(profile) == weight
    assert recommended_weight(profile, IN_TREE_POINTS + 200) == with_claims
    integers = top_score if tiers == "best" else 1
    assert weight * POINTS_PER_INTEGER * integers > IN_TREE_POINTS >= (weight - 1) * POINTS_PER_INTEGER * integers
