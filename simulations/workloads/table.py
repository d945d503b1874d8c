"""The one reader of CSV traces: a header, then columns decoded to numpy.

All traces come through here so that all of them fail alike: `pods.csv.gz: row 17: cpu_milli must be >= 0, got -5`.
A *row* is the line number in the (unpacked) file, the header being row 1, so that an editor finds it.

A file without quotes is cut into columns by slices of one flat list, and a column is checked as a whole (one regular
expression over all cells, one conversion), which is what makes 8,000 rows take milliseconds. Only when that fails, or
with quotes, does the `csv` module read it or are cells looked at one by one, to name the first bad one. Not
`numpy.genfromtxt`, which is ten times slower and guesses; not pandas, which would be a dependency for this alone.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError
from simulations.workloads.files import read_text

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

_INT = r"[+-]?\d{1,18}"
_WHOLE = re.compile(r"([+-]?\d{1,18})(?:\.0*)?", re.ASCII)  # pandas writes 5 as 5.0 in a column with gaps
_FLOAT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
# datetime64[ns] reaches from 1678 to 2262 and wraps silently outside
_TIME = r"(?:1[7-9]|2[01])\d\d-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_UTC = re.compile(r"(?:Z|[+-]00:?00)$", re.MULTILINE)
_SHOWN = 60  # characters of a bad value in a message


def _column_of(cell: str) -> re.Pattern[str]:
    return re.compile(rf"{cell}(?:\n{cell})*", re.ASCII)


_INTS, _FLOATS, _TIMES = _column_of(_INT), _column_of(_FLOAT), _column_of(_TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The cells of a CSV file by column, all as text until a column is asked for with a type."""

    path: Path
    header: tuple[str, ...]
    columns: Sequence[Sequence[str]] = field(repr=False)  # cells of each column of the header
    lines: Sequence[int] = field(repr=False)  # the line of each record

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, column: str) -> bool:
        """Is there a column of that name?"""
        return column in self.header

    def first_of(self, *columns: str) -> str:
        """The first of these names that the header has; an error when it has none."""
        found = next((column for column in columns if column in self.header), None)
        if found is None:
            wanted = " or ".join(columns)
            raise InputError(f"{self.path}: missing column {wanted}, the header has {', '.join(self.header)}")
        return found

    def texts(self, column: str) -> list[str]:
        """The cells as they are, without blanks around them."""
        return [text.strip() for text in self.columns[self.header.index(self.first_of(column))]]

    def names(self, column: str) -> list[str]:
        """Texts that are neither empty nor repeated."""
        names = self.texts(column)
        if "" in names:
            self.fail(names.index(""), f"{column} must not be empty")
        if len(set(names)) != len(names):
            first: dict[str, int] = {}
            for row, name in enumerate(names):
                if name in first:
                    self.fail(row, f"{column} {name!r} was on row {self.lines[first[name]]} already")
                first[name] = row
        return names

    def ints(
        self, column: str, *, at_least: int | None = None, at_most: int | None = None, empty: int | None = None
    ) -> Ints:
        """Whole numbers; *empty* stands for an empty cell where one is allowed."""
        texts = self.texts(column)
        if empty is not None and "" in texts:
            texts = [text or str(empty) for text in texts]
        if not _INTS.fullmatch("\n".join(texts)):
            for row, text in enumerate(texts):
                match = _WHOLE.fullmatch(text)
                if match is None:
                    self.fail(row, f"{column} must be a whole number, got {shown(text)}")
                texts[row] = match[1]
        values = np.array(list(map(int, texts)), dtype=np.int64)
        self._check_lowest(column, values, at_least)
        if at_most is not None and (values > at_most).any():
            row = int(np.flatnonzero(values > at_most)[0])
            self.fail(row, f"{column} must be <= {at_most}, got {values[row]}")
        return values

    def floats(self, column: str, *, at_least: float | None = None, empty: float | None = None) -> Floats:
        """Finite numbers: `nan`, `inf` and 1e999 are refused. *empty* stands for an empty cell where one is allowed."""
        texts = self.texts(column)
        blank = [row for row, text in enumerate(texts) if not text] if empty is not None else []
        for row in blank:
            texts[row] = "0"
        if not _FLOATS.fullmatch("\n".join(texts)):
            for row, text in enumerate(texts):
                if not re.fullmatch(_FLOAT, text, re.ASCII):
                    self.fail(row, f"{column} must be a finite number, got {shown(text)}")
        values = np.array(list(map(float, texts)), dtype=np.float64)
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            self.fail(row, f"{column} must be a finite number, got {shown(texts[row])}")
        if blank:
            values[blank] = np.inf if at_least is None else at_least  # passes the check below
        self._check_lowest(column, values, at_least)
        if blank and empty is not None:
            values[blank] = empty
        return values

    def times(self, column: str) -> Times:
        """Points in time in ns, as UTC; an offset other than zero is refused, since no trace known to us has one."""
        texts = self.texts(column)
        joined = _UTC.sub("", "\n".join(texts))
        if not _TIMES.fullmatch(joined):
            self._first_bad_time(column, texts)
        try:
            return np.array(joined.split("\n"), dtype="datetime64[ns]")
        except ValueError:  # the 30th of February
            self._first_bad_time(column, texts)

    def seconds(self, column: str, *, repeats: bool) -> Floats:
        """Seconds since the first row's time. Rows out of order are refused, and equal times unless *repeats*.

        Refused and not sorted: in every trace known to us the order is the recorder's, so a time that runs backwards
        means two files pasted together, a clock change or a wrong column, and sorting would hide it.
        """
        times = self.times(column)
        elapsed = (times - times[0]).astype(np.int64)
        steps = np.diff(elapsed)
        bad = np.flatnonzero(steps < 0 if repeats else steps <= 0)
        if len(bad):
            row = int(bad[0]) + 1
            texts = self.texts(column)
            order = "not before" if repeats else "after"
            self.fail(row, f"{column} must be {order} {texts[row - 1]} of the row above, got {texts[row]}")
        seconds: Floats = elapsed / 1e9
        return seconds

    def fail(self, row: int, problem: str) -> NoReturn:
        """Refuse the record of that index, naming file and line."""
        raise InputError(f"{self.path}: row {self.lines[row]}: {problem}")

    def _check_lowest(self, column: str, values: Ints | Floats, at_least: float | None) -> None:
        if at_least is not None and (values < at_least).any():
            row = int(np.flatnonzero(values < at_least)[0])
            self.fail(row, f"{column} must be >= {at_least}, got {values[row]}")

    def _first_bad_time(self, column: str, texts: Sequence[str]) -> NoReturn:
        for row, text in enumerate(texts):
            bare = _UTC.sub("", text)
            if not re.fullmatch(_TIME, bare, re.ASCII) or not _is_date(bare):
                self.fail(row, f"{column} must be a UTC time such as 2024-05-01 13:00:00, got {shown(text)}")
        raise AssertionError(f"{column}: every cell parses alone but not together")


def read_table(path: Path, columns: Sequence[str] = (), *, rows: str = "trace") -> Table:
    """Read *path*; *columns* must be in its header, and it must have at least one row ("empty trace" otherwise)."""
    return parse_table(read_text(path), path, columns, rows=rows)


def parse_table(text: str, path: Path, columns: Sequence[str] = (), *, rows: str = "trace") -> Table:
    """The same from text; *path* is for messages."""
    table = _plain_table(text, path) or _quoted_table(text, path, rows)
    for column in columns:
        table.first_of(column)
    twice = next((name for i, name in enumerate(table.header) if name in table.header[:i]), None)
    if twice is not None:
        raise InputError(f"{path}: column {twice!r} is in the header twice")
    if not len(table):
        raise InputError(f"{path}: empty {rows}: the file has a header and no rows")
    return table


def _plain_table(text: str, path: Path) -> Table | None:
    """The fast way; None for a file with quotes, blank lines or uneven rows, which wants a closer look."""
    if '"' in text:
        return None
    body = text.replace("\r\n", "\n").removesuffix("\n")
    lines = body.split("\n")
    if "" in lines or "\r" in body or len({line.count(",") for line in lines}) > 1:
        return None
    width = lines[0].count(",") + 1
    cells = body.replace("\n", ",").split(",")
    header = tuple(name.strip() for name in cells[:width])
    columns = [cells[width + i :: width] for i in range(width)]
    return Table(path=path, header=header, columns=columns, lines=range(2, len(lines) + 1))


def _quoted_table(text: str, path: Path, rows: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    ended = 0
    try:
        for record in reader:
            if record:  # blank lines say nothing
                records.append(record)
                lines.append(ended + 1)
            ended = reader.line_num
    except csv.Error as error:
        raise InputError(f"{path}: row {ended + 1}: not CSV: {error}") from error
    if not records:
        raise InputError(f"{path}: empty {rows}: the file has neither header nor rows")
    header = tuple(name.strip() for name in records[0])
    for line, record in zip(lines, records, strict=True):
        if len(record) != len(header):
            problem = f"has {len(record)} fields, the header has {len(header)} (is the file truncated?)"
            raise InputError(f"{path}: row {line}: {problem}")
    columns = list(zip(*records[1:], strict=True)) or [()] * len(header)
    return Table(path=path, header=header, columns=columns, lines=lines[1:])


def shown(text: str) -> str:
    """A value from the file, as far as it fits in a message."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _is_date(text: str) -> bool:
    try:
        np.datetime64(text, "ns")
    except ValueError:
        return False
    return True
