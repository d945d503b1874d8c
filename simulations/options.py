"""The options that several commands share, and what their values are called.

Imported for every `--help`: nothing heavy in here.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simulations.data_folder import VARIABLE

SHIPPED = ", ".join(sorted(path.stem for path in Path(__file__).with_name("scenarios").glob("*.yaml")))
POLICY_FOLDER = "EDGEWARD_POLICY_DIR"  # the environment's word for --policy-dir, here and in `edgeward policies`


def whole_number(text: str) -> int:
    """The number; the library's own complaint does not repeat what was typed."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a whole number") from None


ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help=f"A YAML file, or one that is shipped: {SHIPPED}.", show_default=False)
]
NoScenario = Annotated[  # where something else may stand in its place
    str | None,
    typer.Argument(metavar="SCENARIO", help=f"A YAML file, or one that is shipped: {SHIPPED}.", show_default=False),
]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all results as JSON.")]
Html = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML report that opens offline.")]
Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", envvar=VARIABLE, help="Folder of real data; ../shared/data when it is there."),
]
PolicyDirs = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy-dir", metavar="DIR", envvar=POLICY_FOLDER, help="Folder with policies of your own; repeatable."
    ),
]
Policies = Annotated[
    list[str] | None, typer.Option("--policy", metavar="NAME", help="Instead of the scenario's; repeatable.")
]
Seeds = Annotated[
    list[int] | None,
    typer.Option("--seed", metavar="N", parser=whole_number, help="Instead of the scenario's; repeatable."),
]
Jobs = Annotated[int, typer.Option(min=1, help="Runs at a time. With 1, times that were measured are undisturbed.")]
Processes = Annotated[int | None, typer.Option("--jobs", min=1, help="Processes; one for each core unless given.")]

Decisions = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="In the place of SCENARIO: a decision log of the extender, whose decisions are made again, by "
        "--policy NAME if given. With the recorded profiles another answer is a failure.",
    ),
]
SHORTHANDS_OF = "gpu-packing"  # the kind whose settings have options of their own
Orders = Annotated[
    Path | None,
    typer.Option(metavar="NPZ", help="gpu-packing: recorded arrival orders.", rich_help_panel=SHORTHANDS_OF),
]
Trace = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="gpu-packing: which of the orders.", rich_help_panel=SHORTHANDS_OF),
]


class Place(StrEnum):
    """Where a sweep runs."""

    PROCESSES = "processes"
    RAY = "ray"
