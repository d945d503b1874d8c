"""The way in: a study becomes a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulations.atomic_file import write_atomically
from simulations.report.figure import Section
from simulations.report.page import page
from simulations.study import Study


def write_report(path: Path, study: Study, first: Sequence[Section] = ()) -> None:
    """Writes the report; on any error nothing is written and an older report stays as it was."""
    write_atomically(path, page(study, first).encode("utf-8"))
