"""Policy × metric: means over seeds, and which policy stands best.

A best mean alone would claim too much, so a policy that the seeds cannot tell from the best one (the interval of its
paired difference holds zero) is marked as level with it. When every policy has the same mean there is no best. In a
sweep only policies with equal settings are compared: that k=10 is better than k=5 says nothing about a policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from simulations.kinds.contract import Metric
from simulations.rounding import decimals, number, with_interval
from simulations.statistics import Estimate, estimate, paired_difference
from simulations.study import Study

Standing = Literal["best", "level", ""]
SIGNS: Final[Mapping[Standing, str]] = {"best": "*", "level": "~", "": ""}
LEGEND: Final[Mapping[Standing, str]] = {"best": "best", "level": "not told apart from the best by these seeds (95 %)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What the table says about one policy and one metric."""

    value: Estimate | None
    text: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Every policy has every metric that at least one of them measured."""

    policies: tuple[str, ...]
    metrics: tuple[Metric, ...]
    cells: Mapping[str, Mapping[str, Cell]]

    @property
    def standings(self) -> frozenset[Standing]:
        """Which signs a legend has to explain."""
        return frozenset(cell.standing for row in self.cells.values() for cell in row.values()) - {""}


def summarise(study: Study) -> Summary:
    """The table of a study, for the metrics that it shows."""
    cells: dict[str, dict[str, Cell]] = {policy: {} for policy in study.policies}
    shown = []
    for metric in study.metrics:
        by_seed = {
            policy: {run.seed: run.metrics.get(metric.key) for run in study.of(policy)} for policy in study.policies
        }
        values = {policy: estimate(seeds.values()) for policy, seeds in by_seed.items()}
        present = [value for value in values.values() if value is not None]
        if not present:
            continue
        shown.append(metric)
        places = decimals([value.mean for value in present] + [value.half for value in present])
        standings = dict[str, Standing]()
        for group in _alike(study.policies):
            standings |= _standings(metric, {policy: values[policy] for policy in group}, by_seed)
        # the same in every run and no matter of better or worse: a fact of the scenario, and not an estimate
        given = metric.better == "neither" and not any(value.half for value in present)
        for policy, value in values.items():
            cells[policy][metric.key] = Cell(
                value=value,
                text=number(value.mean if value else None, places) if given else with_interval(value, places),
                standing=standings.get(policy, ""),
            )
    return Summary(policies=study.policies, metrics=tuple(shown), cells=cells)


def _alike(policies: Sequence[str]) -> list[tuple[str, ...]]:
    """Policies with equal settings together: a sweep's labels (`Variant.label`) say them after the policy's name."""
    groups: dict[str, list[str]] = {}
    for policy in policies:
        groups.setdefault(settings_in(policy), []).append(policy)
    return [tuple(group) for group in groups.values()]


def settings_in(label: str) -> str:
    """`k=5 cap=2` of `swap k=5 cap=2`; nothing when it is a policy's bare name."""
    said = label.partition(" ")[2]
    return said if "=" in said else ""


def _standings(
    metric: Metric, values: Mapping[str, Estimate | None], by_seed: Mapping[str, Mapping[int, float | None]]
) -> Mapping[str, Standing]:
    means = {policy: value.mean for policy, value in values.items() if value is not None}
    if metric.better == "neither" or len(set(means.values())) < 2:
        return {}
    best_mean = max(means.values()) if metric.better == "higher" else min(means.values())
    best = next(policy for policy, mean in means.items() if mean == best_mean)
    standings: dict[str, Standing] = {}
    for policy, mean in means.items():
        if mean == best_mean:
            standings[policy] = "best"
        elif _holds_zero(paired_difference(by_seed[policy], by_seed[best])):
            standings[policy] = "level"
    return standings


def _holds_zero(difference: Estimate | None) -> bool:
    if difference is None or difference.low is None or difference.high is None:
        return False
    return difference.low <= 0 <= difference.high
