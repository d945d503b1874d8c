"""`edgeward simulate --decisions FILE`: read, play, show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from policies.engine.catalogue import catalogue
from simulations.atomic_file import write_atomically
from simulations.decision_log.play import play, whole_lines
from simulations.decision_log.shown import document, shown
from simulations.errors import InputError, SimulationError
from simulations.outputs import check_outputs
from simulations.shown import tell_written
from simulations.workloads.files import read_bytes


def play_again(file: Path, *, policies: Sequence[str], policy_dirs: Sequence[Path], json: Path | None) -> None:
    """Play the log and show what came of it; SimulationError when the recorded profiles give another answer now."""
    if len(policies) > 1:
        raise InputError(f"--decisions takes one --policy, got {', '.join(policies)}")
    check_outputs({"--json": json})
    known = catalogue(policy_dirs)
    policy = policies[0] if policies else ""
    played = play(
        whole_lines(read_bytes(file)),
        source=str(file),
        known=known,
        instead=known.named(policy) if policy else None,
    )
    Console(highlight=False).print(shown(played, source=str(file), policy=policy))
    if json is not None:
        content = msgspec.json.encode(document(played, source=str(file), policy=policy), order="sorted")
        write_atomically(json, msgspec.json.format(content, indent=1) + b"\n")
        tell_written(json, None)
    different = played.different.total()
    if different and not policy:
        raise SimulationError(
            f"{file}: {different} of {different + played.same.total()} decisions come out differently"
        )
