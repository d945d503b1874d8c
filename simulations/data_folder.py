"""The folder of real data: what `--data DIR` says, else `../shared/data` beside the project when it is there."""

from __future__ import annotations

from pathlib import Path

from simulations.errors import InputError
from simulations.kinds.contract import load_kind
from simulations.scenario import Scenario

VARIABLE = "EDGEWARD_DATA"  # the environment's word for --data
USUAL = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def data_folder(given: Path | None, usual: Path = USUAL) -> Path | None:
    """The folder, None when there is none to be had and none was asked for."""
    if given is None:
        return usual if usual.is_dir() else None
    if not given.is_dir():
        what = "this is a file, not a folder" if given.exists() else "no such folder"
        raise InputError(f"--data {given}: {what}")
    return given.resolve()


def check_data(given: Path | None, scenario: Scenario) -> None:
    """InputError when a folder was asked for and the scenario would quietly take built-in data instead.

    Only the usual folder may lack what `source: auto` looks for.
    """
    if given is None or getattr(scenario.settings, "source", None) != "auto":
        return
    kind = load_kind(scenario.kind)
    looked_for, words = getattr(kind, "looked_for", None), getattr(kind, "data_source", None)
    if looked_for is not None:
        wanted = looked_for(scenario.settings)
        if not wanted or (given / wanted).exists():
            return
        inner = given / "data"
        meant = f" (did you mean {inner}?)" if (inner / wanted).exists() else ""
        missing = f"no {wanted} in there{meant}, which source auto looks for"
    elif words is not None and words(scenario.settings, given) == words(scenario.settings, None):
        missing = f"source auto of kind {scenario.kind} finds nothing of its own in there"
    else:
        return
    raise InputError(f"--data {given}: {missing}; the built-in data are taken with source builtin")
