"""The grid of a sweep: every combination once, and all that is wrong told before the first cell runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulations.errors import InputError
from simulations.sweep.grid import Variant, cells, read_grid
from tests.simulations.asked import write_scenario


def grid(folder: Path, **over: Any) -> tuple[Variant, ...]:
    (folder / "over.yaml").write_text(json.dumps(over), encoding="utf-8")
    return read_grid(str(write_scenario(folder)), folder / "over.yaml")


def test_cells_are_every_combination_in_the_order_of_the_file(tmp_path: Path) -> None:
    variants = grid(tmp_path, policies=["far", "near"], seeds=[5, 4], settings={"load": [0.7, 0.5], "deep.share": [1]})
    assert [(cell.label, cell.seed) for cell in cells(variants, data=None)] == [
        ("far load=0.7 deep.share=1", 5), ("far load=0.7 deep.share=1", 4),
        ("near load=0.7 deep.share=1", 5), ("near load=0.7 deep.share=1", 4),
        ("far load=0.5 deep.share=1", 5), ("far load=0.5 deep.share=1", 4),
        ("near load=0.5 deep.share=1", 5), ("near load=0.5 deep.share=1", 4),
    ]  # fmt: skip
    assert variants[0].scenario.settings.model_dump(include={"load", "deep"}) == {"load": 0.7, "deep": {"share": 1.0}}


def test_what_the_file_leaves_out_is_the_scenarios(tmp_path: Path) -> None:
    (variant,) = grid(tmp_path)
    assert [(cell.policy, cell.label, cell.seed) for cell in cells([variant], data=None)] == [
        (policy, policy, seed) for policy in ("near", "far") for seed in (1, 2, 3)
    ]


def test_seeds_may_be_a_count_and_a_start(tmp_path: Path) -> None:
    (variant,) = grid(tmp_path, seeds={"count": 3, "start": 42})
    assert variant.scenario.seeds == (42, 43, 44)


@pytest.mark.parametrize(
    ("over", "lines"),
    [
        ({"polices": []}, ["polices is not a known key (did you mean 'policies'?)"]),
        ({"policies": ["neer"]}, ["policies[0]: unknown policy 'neer' (did you mean 'near'?)"]),
        ({"seeds": {"count": 0}}, ["seeds.count must be >= 1, got 0"]),
        ({"seeds": "all"}, ["seeds must be a list or a mapping, got 'all'"]),
        ({"seeds": []}, ["seeds must have at least 1 entries, got []"]),
        ({"seeds": [1, 1]}, ["seeds[1]: 1 stands there twice, it is seeds[0]"]),
        ({"settings": {"load": 0.5}}, ["settings.load must be a list, got 0.5"]),
        ({"settings": {"load": []}}, ["settings.load must have at least 1 entries, got []"]),
        ({"settings": {"load": [1, 2, 1]}}, ["settings.load[2]: 1 stands there twice, it is settings.load[0]"]),
        ({"settings": {"deep": [{}], "deep.share": [1]}},
         ["settings.deep and settings.deep.share cannot both vary: one is part of the other"]),
        ({"settings": {"load": [0.5, -1], "laod": [1, 2]}},
         ["settings.laod is not a known key (did you mean 'load'?)", "settings.load must be > 0, got -1"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_all_at_once(tmp_path: Path, over: dict[str, Any], lines: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        grid(tmp_path, **over)
    assert sorted(str(caught.value).splitlines()) == [f"{tmp_path / 'over.yaml'}: {line}" for line in lines]


def test_a_million_seeds_are_checked_by_their_ends(tmp_path: Path) -> None:
    seeds = {"count": 1_000_000, "start": 7}
    (variant,) = grid(tmp_path, seeds=seeds)
    assert (variant.scenario.seeds[0], variant.scenario.seeds[-1]) == (7, 1_000_006)
    with pytest.raises(InputError, match=r"policies\[0\]: unknown policy 'neer'"):
        grid(tmp_path, seeds=seeds, policies=["neer"], settings={"load": [n / 100 for n in range(1, 100)]})
    with pytest.raises(InputError, match=r"seeds\[1\] must be <= "):
        grid(tmp_path, seeds={"count": 2, "start": 2**63 - 1})


def test_a_long_list_of_seeds_is_looked_at_once(tmp_path: Path) -> None:
    (variant,) = grid(tmp_path, seeds=list(range(100_000)))  # by pairs, this would take minutes
    assert len(variant.scenario.seeds) == 100_000
