"""A recorded load: a number at each moment that has one, and the CSV that keeps it.

Series are summed at each moment, as the live source sums them. A moment without a finite number is left out, and with
it the row: a gap must not look like no load.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from autoscaler.recording.asked import Asked
from autoscaler.recording.errors import RecordingError
from autoscaler.recording.range_query import RangeQuery, Series

HEADER = ("time_s", "value")


@dataclass(frozen=True, slots=True)
class Trace:
    """`points` are (seconds since 1970, value) in order of time; `missing` steps of those asked for have no number."""

    points: tuple[tuple[int, float], ...]
    missing: int

    def csv(self) -> str:
        """The file: a header, then a row for each point."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((at_s, repr(value)) for at_s, value in self.points)
        return text.getvalue()


def recorded(asked: Asked, prometheus: RangeQuery, progress: Callable[[int], None]) -> Trace:
    """The whole trace; *progress* is told how many steps each part had. RecordingError when there is nothing at all."""
    points: list[tuple[int, float]] = []
    for start_s, end_s in asked.parts():
        points += summed(prometheus.ask(asked.query, start_s, end_s, asked.step_s))
        progress((end_s - start_s) // asked.step_s + 1)
    if not points:
        raise RecordingError(f"{asked.query}: has no number from {asked.start_s} to {asked.end_s} (seconds since 1970)")
    return Trace(points=tuple(points), missing=asked.steps - len(points))


def summed(series: Sequence[Series]) -> Iterable[tuple[int, float]]:
    """The sum of all series at each moment at which one of them has a finite number."""
    numbers: dict[int, list[float]] = {}
    try:
        for at_s, text in chain.from_iterable(each["values"] for each in series):
            number = float(text)
            if math.isfinite(number):
                numbers.setdefault(round(at_s), []).append(number)
    except (LookupError, TypeError, ValueError) as error:
        raise RecordingError(f"no series of Prometheus: {error!r}") from error
    return [(at_s, math.fsum(numbers[at_s])) for at_s in sorted(numbers)]
