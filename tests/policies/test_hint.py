from __future__ import annotations

from typing import Any

import pytest

from policies.hint import Hint
from tests.builders import make_class, make_metro

NODES = make_metro().live()


def tiers(**asked: Any) -> dict[str, int]:
    tier = Hint().tier(NODES, make_class(**asked))
    assert tier is not None
    return {NODES.sites[int(NODES.site[row])].name: int(tier[row]) for row in range(len(NODES))}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"preferred": "local"}, {"seoul": 0, "busan": 1, "cloud": 2, "jeju": 3}),
        ({"preferred": "cloud"}, {"cloud": 0, "seoul": 1, "busan": 2, "jeju": 3}),
        ({"preferred": "local", "fallback": "jeju,[busan,cloud]"}, {"seoul": 0, "jeju": 1, "busan": 2, "cloud": 2}),
        ({"fallback": "busan,local,neighbor"}, {"busan": 0, "seoul": 1, "jeju": 3, "cloud": 3}),
        ({"fallback": "atlantis,cloud"}, {"cloud": 1, "seoul": 2, "busan": 2, "jeju": 2}),
    ],
    ids=["natural order", "cloud first", "nested groups", "a site named before its relation", "unknown site"],
)
def test_tiers_follow_the_groups(asked: dict[str, Any], expected: dict[str, int]) -> None:
    assert tiers(origin="seoul", **asked) == expected


def test_levels_are_the_groups_and_one_more_for_the_rest_unless_required() -> None:
    assert Hint().levels(make_class()) == 1
    assert Hint().levels(make_class(preferred="local")) == 4
    assert Hint().levels(make_class(preferred="local", required=True)) == 1
    assert Hint().levels(make_class(preferred="local", fallback="cloud", required=True)) == 2


def test_required_refuses_every_other_place() -> None:
    pod = make_class(origin="seoul", preferred="local", fallback="cloud", required=True)
    allow = Hint().allow(NODES, pod)
    assert allow is not None
    assert set(NODES.name[allow]) == {"seoul-1", "seoul-2", "cloud-1", "cloud-2"}
    assert Hint().allow(NODES, make_class(origin="seoul", preferred="local")) is None
    busan = NODES.take([NODES.slot("busan-1")])
    assert Hint().refusal(busan, pod) == "site busan is neighbor to seoul, 5 ms away, required local,cloud"


@pytest.mark.parametrize(
    ("node", "score"),
    [
        ("seoul-1", 15 / 15.5),  # 1 / (1 + 0.5 / 15)
        ("busan-1", 0.75),  # 1 / (1 + 5 / 15)
        ("jeju-1", 1 / 3),  # 1 / (1 + 30 / 15)
    ],
)
def test_inside_a_tier_the_nearer_is_better(node: str, score: float) -> None:
    scores = Hint().score(NODES, make_class(origin="seoul", preferred="local"))
    assert scores is not None
    assert scores[NODES.slot(node)] == pytest.approx(score)


def test_the_neighbour_radius_is_a_parameter() -> None:
    pod = make_class(origin="seoul", preferred="local")
    tier = Hint(neighbor_radius_ms=4).tier(NODES, pod)
    assert tier is not None
    assert tier[NODES.slot("busan-1")] == 3


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"origin": "seoul", "preferred": "local"}, "site busan is neighbor to seoul, 5 ms away: choice 2 of 4"),
        ({"preferred": "local"}, "site busan is far (the pod has no origin): choice 4 of 4"),
        ({"origin": "x", "preferred": "cloud"}, "site busan is far (its origin x is no known site): choice 4 of 4"),
        ({"origin": "seoul"}, "no hint"),
    ],
)
def test_the_reason_says_relation_and_choice(asked: dict[str, Any], reason: str) -> None:
    busan = NODES.take([NODES.slot("busan-1")])
    assert Hint().reason(busan, make_class(**asked)) == reason


def test_without_a_hint_there_is_no_opinion() -> None:
    pod = make_class(origin="seoul")
    assert Hint().tier(NODES, pod) is None
    assert Hint().allow(NODES, pod) is None
