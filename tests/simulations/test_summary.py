from __future__ import annotations

import pytest

from simulations.errors import InputError
from simulations.kinds.contract import Metric
from simulations.summary import summarise
from tests.simulations.samples import RTT, SHARE, make_run, make_study


def standings(better: str, values: dict[str, list[float | None]]) -> dict[str, str]:
    metric = Metric(key="figure", title="Figure", unit="", better=better)  # type: ignore[arg-type]
    runs = [
        make_run(policy, seed, metrics={"figure": value})
        for policy, row in values.items()
        for seed, value in enumerate(row)
    ]
    summary = summarise(make_study(*runs, metrics=[metric]))
    return {policy: row["figure"].standing for policy, row in summary.cells.items()}


@pytest.mark.parametrize(
    ("better", "values", "expected"),
    [
        ("lower", {"a": [1.0], "b": [2.0]}, {"a": "best", "b": ""}),
        ("higher", {"a": [1.0], "b": [2.0]}, {"a": "", "b": "best"}),
        ("neither", {"a": [1.0], "b": [2.0]}, {"a": "", "b": ""}),
        ("lower", {"a": [1.0], "b": [1.0], "c": [3.0]}, {"a": "best", "b": "best", "c": ""}),
        ("lower", {"a": [1.0], "b": [1.0]}, {"a": "", "b": ""}),
        ("lower", {"a": [1.0]}, {"a": ""}),
        ("lower", {"a k=5": [2.0], "a k=9": [1.0]}, {"a k=5": "", "a k=9": ""}),
        (
            "lower",
            {"a k=5": [3.0], "b k=5": [4.0], "a k=9": [2.0], "b k=9": [1.0]},
            {"a k=5": "best", "b k=5": "", "a k=9": "", "b k=9": "best"},
        ),
        ("lower", {"a": [None], "b": [2.0], "c": [3.0]}, {"a": "", "b": "best", "c": ""}),
        # b - a: 1, -1, 2 → mean 0.67 ± 3.8: holds zero
        ("lower", {"a": [1.0, 9.0, 5.0], "b": [2.0, 8.0, 7.0]}, {"a": "best", "b": "level"}),
        # b - a: 1, 1.1, 0.9 → 1 ± 0.25, though the seeds themselves are far apart
        ("lower", {"a": [1.0, 9.0, 5.0], "b": [2.0, 10.1, 5.9]}, {"a": "best", "b": ""}),
    ],
    ids=[
        "lower",
        "higher",
        "neither",
        "tie of two",
        "all equal",
        "alone",
        "a sweep of one policy",
        "a sweep",
        "unmeasured",
        "level",
        "apart in pairs",
    ],
)
def test_which_policy_stands_best(better: str, values: dict[str, list[float | None]], expected: dict[str, str]) -> None:
    assert standings(better, values) == expected


def test_a_fact_that_is_the_same_in_every_run_has_no_interval() -> None:
    cities = Metric(key="cities", title="Cities", unit="", better="neither")
    runs = [
        make_run(policy, seed, metrics={"cities": 24, "rtt_mean_ms": 1.0}) for policy in ("a", "b") for seed in (1, 2)
    ]
    cells = summarise(make_study(*runs, metrics=[cities, RTT])).cells
    assert [cells["a"]["cities"].text, cells["a"][RTT.key].text] == ["24", "1 ± 0"]
    other = make_run("b", 3, metrics={"cities": 25})
    assert summarise(make_study(*runs, other, metrics=[cities])).cells["a"]["cities"].text == "24.00 ± 0.00"


def test_a_metric_that_nobody_measured_is_left_out() -> None:
    summary = summarise(make_study(make_run(), metrics=[RTT, SHARE]))
    assert summary.metrics == (RTT,)


def test_a_metric_that_only_some_measured_has_a_dash_for_the_others() -> None:
    runs = [make_run("a", metrics={"rtt_mean_ms": 1.5}), make_run("b", metrics={"edge_share_pct": 2})]
    cells = summarise(make_study(*runs)).cells
    assert [cells["a"][RTT.key].text, cells["b"][RTT.key].text] == ["1.50", "–"]


def test_policies_keep_the_order_in_which_they_ran_and_seeds_go_up() -> None:
    study = make_study(make_run("z", 3), make_run("a", 2), make_run("z", 1))
    assert study.policies == ("z", "a")
    assert [(run.policy, run.seed) for run in study.runs] == [("z", 1), ("z", 3), ("a", 2)]
    assert study.seeds == (1, 2, 3)


def test_no_runs_are_an_input_error() -> None:
    with pytest.raises(InputError, match="sample: no runs"):
        make_study()


def test_the_same_policy_and_seed_twice_is_an_input_error() -> None:
    with pytest.raises(InputError, match="policy greedy has two runs with seed 1"):
        make_study(make_run(), make_run())
