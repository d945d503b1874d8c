from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import ModelError
from policies.model.demand import Demand
from tests.builders import make_sites


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("seoul", (("seoul", 1.0),)),
        ("seoul=0.7,busan=0.3", (("busan", 0.3), ("seoul", 0.7))),
        (" seoul = 3 , busan=1 ", (("busan", 0.25), ("seoul", 0.75))),  # 3 / (3 + 1)
        ("seoul,busan", (("busan", 0.5), ("seoul", 0.5))),
        ("seoul=1,busan=0", (("busan", 0.0), ("seoul", 1.0))),
    ],
)
def test_origins_are_read_with_weights_that_sum_to_one(text: str, weights: tuple[tuple[str, float], ...]) -> None:
    read = Demand.parse(text).weights
    assert [name for name, _ in read] == [name for name, _ in weights]
    assert [weight for _, weight in read] == pytest.approx([weight for _, weight in weights])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a site has no name"),
        ("=1", "a site has no name"),
        ("seoul,,busan", "a site has no name"),
        ("seoul=much", "weight of 'seoul' is not a number: 'much'"),
        ("seoul=", "weight of 'seoul' is not a number: ''"),
        ("seoul=-1,busan=2", "weight of seoul must be >= 0 and finite, got -1"),
        ("seoul=nan", "weight of seoul must be >= 0 and finite, got nan"),
        ("seoul=inf", "weight of seoul must be >= 0 and finite, got inf"),
        ("seoul=0", "sum to zero"),
        ("seoul,seoul", "each site once"),
        ("seoul=1e308,busan=1e308", "finite"),
    ],
)
def test_what_is_no_demand_is_refused(text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Demand.parse(text)


def test_live_demand_weighs_the_same_sites() -> None:
    demand = Demand.parse("seoul=0.5,busan=0.5")
    assert demand.reweighted({"seoul": 30.0, "busan": 10.0, "tokyo": 99.0}).weights == (
        ("busan", 0.25),
        ("seoul", 0.75),
    )
    assert demand.reweighted({"seoul": 7.0}).weights == (("busan", 0.0), ("seoul", 1.0))


@pytest.mark.parametrize("live", [{}, {"tokyo": 5.0}, {"seoul": 0.0}, {"seoul": math.nan}])
def test_without_live_demand_nothing_changes(live: dict[str, float]) -> None:
    demand = Demand.parse("seoul=0.7,busan=0.3")
    assert demand.reweighted(live) is demand


def test_sites_that_do_not_exist_are_left_out_and_the_others_weighed_anew() -> None:
    sites = make_sites("busan", "seoul")
    numbers, weights = Demand.parse("seoul=0.2,busan=0.2,typo=0.6").columns(sites)
    assert numbers.tolist() == [0, 1]
    assert weights.tolist() == [0.5, 0.5]
    assert Demand.parse("typo").columns(sites)[0].tolist() == []
    assert Demand.parse("seoul=1,busan=0").columns(sites)[0].tolist() == [1]


@given(st.dictionaries(st.text("abc", min_size=1), st.floats(allow_nan=True, allow_infinity=True), max_size=4))
def test_weights_sum_to_one_or_the_demand_is_refused(weights: dict[str, float]) -> None:
    try:
        demand = Demand(tuple(weights.items()))
    except ModelError:
        return
    assert sum(weight for _, weight in demand.weights) == pytest.approx(1.0)
    assert [name for name, _ in demand.weights] == sorted(weights)
