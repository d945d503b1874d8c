"""What a command shows at its end: the table, and the files that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer
from rich.console import Console

from simulations.atomic_file import write_atomically
from simulations.document import document
from simulations.scenario import with_setting
from simulations.study import Study
from simulations.sweep.grid import Variant
from simulations.table import print_table

if TYPE_CHECKING:
    from simulations.report.figure import Section


def show(
    study: Study,
    *,
    json: Path | None,
    report: Path | None,
    more: Mapping[str, Any] | None = None,
    first: Sequence[Section] = (),
) -> None:
    """The table, and the files that were asked for; `more` goes into the document, `first` above the summary."""
    print_table(Console(), study)
    if json is not None:
        content = {**document(study), **(more or {})}
        write_atomically(json, msgspec.json.format(msgspec.json.encode(content, order="sorted"), indent=1) + b"\n")
    if report is not None:
        from simulations.report.write import write_report  # noqa: PLC0415 - plotly takes a second, and most want no report

        write_report(report, study, first)


def variants_of(variants: Sequence[Variant]) -> dict[str, Any]:
    """What the labels of a sweep stand for."""
    return {
        variant.label(policy): {"policy": policy, "settings": dict(variant.varied)}
        for variant in variants
        for policy in variant.scenario.policies
    }


def varied(variants: Sequence[Variant], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a sweep: of those that vary, all values."""
    shown = dict(settings)
    for path in variants[0].varied:
        values = [variant.varied[path] for variant in variants]
        shown = with_setting(shown, path, [value for at, value in enumerate(values) if values.index(value) == at])
    return shown


def tell_written(json: Path | None, report: Path | None) -> None:
    """Where results went."""
    for what, path in (("JSON", json), ("Report", report)):
        if path is not None:
            tell(f"{what}: {path}")


def tell(text: str) -> None:
    """A line on stderr: stdout is the table's."""
    typer.echo(text, err=True)
