"""A scenario and all its runs: the one value that the table, the JSON document and the report are made of.

Policies keep the order in which they first ran, which is the scenario's; seeds go up. A policy under a seed is there
once. Runs that are missing (a policy that a seed was not tried with) are allowed: every figure counts its own seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulations.errors import InputError
from simulations.kinds.contract import Metric
from simulations.result import RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What was asked, where the data came from, how to ask again, and what came out."""

    scenario: str
    kind: str
    description: str
    data_source: str
    metrics: tuple[Metric, ...]
    runs: tuple[RunResult, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    command: str = ""

    def __post_init__(self) -> None:
        if not self.runs:
            raise InputError(
                f"{self.scenario}: no runs, so there is nothing to show; name a policy and a seed at least"
            )
        seen: set[tuple[str, int]] = set()
        for run in self.runs:
            if (run.policy, run.seed) in seen:
                raise InputError(f"{self.scenario}: policy {run.policy} has two runs with seed {run.seed}")
            seen.add((run.policy, run.seed))
        order = {policy: rank for rank, policy in enumerate(dict.fromkeys(run.policy for run in self.runs))}
        object.__setattr__(self, "runs", tuple(sorted(self.runs, key=lambda run: (order[run.policy], run.seed))))

    @property
    def policies(self) -> tuple[str, ...]:
        """Each policy once, in the scenario's order."""
        return tuple(dict.fromkeys(run.policy for run in self.runs))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Each seed once, ascending."""
        return tuple(sorted({run.seed for run in self.runs}))

    def of(self, policy: str) -> tuple[RunResult, ...]:
        """The runs of one policy, by seed."""
        return tuple(run for run in self.runs if run.policy == policy)
