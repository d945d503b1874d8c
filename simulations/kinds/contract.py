"""What a kind of scenario is: a module in this folder with the names that `Kind` lists.

A new kind is one new file and no edit elsewhere: `kinds/gpu_packing.py` is what a scenario calls `kind: gpu-packing`,
and `load_kind` finds it by that name. The module is the value, since there is never more than one of a kind and it has
no state: what it computes depends on settings, policy, seed and data alone: the same question has the same answer.

A kind that runs placement policies also takes `policy_dirs` (folders with a user's own policies) in `run`; one that has
methods of its own need not, and `--policy-dir` is then refused.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from pydantic import BaseModel

import simulations.kinds
from policies.model.site import suggestion
from simulations.errors import InputError, SimulationError
from simulations.result import RunResult

Progress = Callable[[float, str], None]  # the share that is done, from 0 to 1, and what is being done


@dataclass(frozen=True, slots=True)  # by position, too: METRICS are then read as the table that they are
class Metric:
    """A figure of a run: its key in `RunResult.metrics`, and how a table shows it."""

    key: str
    title: str
    unit: str
    better: Literal["lower", "higher", "neither"]


class Kind(Protocol):
    """The module-level names of a kind.

    It may also have:

    * `data_source(settings, data) -> str`: where its data are, in words;
    * `looked_for(settings) -> str`: what of the data folder `source: auto` takes, and takes built-in data without;
    * `POLICIES`: the names that it knows by itself, beside placement policies or instead of them.
    """

    SETTINGS: type[BaseModel]  # the `settings:` of a scenario; refuses unknown keys
    METRICS: tuple[Metric, ...]  # what the table shows, in order

    def check_policy(self, name: str, policy_dirs: Iterable[Path] = ()) -> None:
        """InputError, with a suggestion, unless there is such a policy for this kind."""

    def run(
        self,
        settings: Any,  # an instance of SETTINGS
        *,
        scenario: str,
        policy: str,
        seed: int,
        data: Path | None,
        progress: Progress,
    ) -> RunResult:
        """One policy under one seed; with `data` None or by its settings on the kind's built-in data."""


NAMES = ("SETTINGS", "METRICS", "check_policy", "run")
_CONTRACT = __name__.rpartition(".")[2]


def kinds() -> tuple[str, ...]:
    """The names of all kinds, sorted."""
    files = (module.name for module in pkgutil.iter_modules(simulations.kinds.__path__))
    return tuple(sorted(name.replace("_", "-") for name in files if name != _CONTRACT and not name.startswith("_")))


def load_kind(name: str) -> Kind:
    """The kind of that name; InputError with a suggestion when there is none."""
    if name not in kinds():
        raise InputError(f"unknown kind {name!r}{suggestion(name, kinds())}")
    module = importlib.import_module(f"simulations.kinds.{name.replace('-', '_')}")
    missing = [wanted for wanted in NAMES if not hasattr(module, wanted)]
    if missing:
        raise SimulationError(f"kind {name}: its module {module.__name__} lacks {', '.join(missing)}")
    return cast("Kind", module)


def takes_policy_dirs(kind: Kind) -> bool:
    """Whether the kind runs placement policies, so that a folder with a user's own ones has a meaning."""
    return "policy_dirs" in inspect.signature(kind.run).parameters
