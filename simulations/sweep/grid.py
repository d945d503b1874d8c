"""The grid of a sweep: a scenario, and over what it goes.

    policies: [greedy, tail]        # else the scenario's
    seeds: {count: 10, start: 42}   # or a list, else the scenario's
    settings:                       # every combination of these, in this order
      k: [5, 10, 20]
      failures.mtbf_hours: [12, 24] # a dotted path reaches into a mapping

The whole grid is checked before the first cell runs; all problems are told at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.engine.problems import problems
from simulations.cell import Cell
from simulations.errors import InputError
from simulations.scenario import Overrides, Scenario, Seed, Word, build_scenario, called, locate, read_mapping, repeated


class Range(BaseModel):
    """So many seeds, one after the other."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    count: int = Field(ge=1, le=1_000_000, strict=True)
    start: Seed = 1

    @property
    def ends(self) -> tuple[int, ...]:
        """The first and the last, which may be the same."""
        return (self.start,) if self.count == 1 else (self.start, self.start + self.count - 1)

    @property
    def all(self) -> tuple[int, ...]:
        """Every one, going up."""
        return tuple(range(self.start, self.start + self.count))


class OverFile(BaseModel):
    """The form of `--over FILE`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    policies: list[Word] | None = Field(None, min_length=1)
    seeds: list[Seed] | Range | None = None
    settings: dict[Word, list[Any]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One combination of the settings that vary, and the scenario with it."""

    varied: Mapping[str, Any]
    scenario: Scenario

    def label(self, policy: str) -> str:
        """What a table calls the policy with these settings."""
        return " ".join([policy, *(f"{path}={_word(value)}" for path, value in self.varied.items())])


def read_grid(scenario: str, over: Path, *, policy_dirs: Sequence[Path] = ()) -> tuple[Variant, ...]:
    """All variants, in the order of the file; InputError with all problems of both files."""
    path = locate(scenario)
    raw, form = read_mapping(path), _form(over)
    # a range is checked by its ends, once: a million seeds in each variant would take minutes before the first error
    seeds = form.seeds.ends if isinstance(form.seeds, Range) else form.seeds or ()
    every = form.seeds.all if isinstance(form.seeds, Range) else None
    variants, told = [], list[str]()
    for values in product(*form.settings.values()):
        varied = dict(zip(form.settings, values, strict=True))
        said = Overrides(settings=varied, policies=form.policies or (), seeds=seeds, source=str(over))
        try:
            built = build_scenario(raw, said, name=path.stem, source=called(path), policy_dirs=policy_dirs)
            variants.append(Variant(varied=varied, scenario=replace(built, seeds=every or built.seeds)))
        except InputError as error:
            told += str(error).splitlines()
    if told:
        raise InputError("\n".join(dict.fromkeys(told)))
    return tuple(variants)


def cells(variants: Sequence[Variant], *, data: Path | None, policy_dirs: Sequence[Path] = ()) -> tuple[Cell, ...]:
    """Every cell of the grid: variant by variant, in it policy by policy, in it seed by seed."""
    return tuple(
        Cell(
            scenario=variant.scenario.name,
            kind=variant.scenario.kind,
            settings=variant.scenario.settings,
            policy=policy,
            seed=seed,
            label=variant.label(policy),
            data=data,
            policy_dirs=tuple(policy_dirs),
        )
        for variant in variants
        for policy in variant.scenario.policies
        for seed in variant.scenario.seeds
    )


def _form(over: Path) -> OverFile:
    raw = read_mapping(over)
    try:
        form = OverFile.model_validate(raw)
    except ValidationError as error:
        raise InputError("\n".join(problems(error, source=str(over), model=OverFile))) from error
    told = [
        f"settings.{path} must have at least 1 entries, got []" for path, values in form.settings.items() if not values
    ]
    if form.seeds == []:
        told.append("seeds must have at least 1 entries, got []")
    told += [
        f"settings.{path}: must be the name of a setting or a dotted path such as failures.mtbf_hours"
        for path in form.settings
        if not all(path.split("."))
    ]
    told += [problem.text for path, values in form.settings.items() for problem in repeated(values, f"settings.{path}")]
    told += [
        f"settings.{path} and settings.{other} cannot both vary: one is part of the other"
        for path in form.settings
        for other in form.settings
        if other.startswith(f"{path}.")
    ]
    if told:
        raise InputError("\n".join(f"{over}: {line}" for line in told))
    return form


def _word(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
