"""Durations as Go writes them: `200ms`, `1m30s`, `-1.5h`, `0`. A number without a unit is none, and so is `1d`."""

from __future__ import annotations

import re
from typing import Final

from kube.program.duration import UNITS_S

_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)


def seconds(text: str) -> float | None:
    """How long that is, or None when Go's time.ParseDuration would refuse it."""
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    total, end = 0.0, 0
    for part in _PART.finditer(rest):
        if part.start() != end:
            return None
        total += float(part[1]) * UNITS_S[part[2]]
        end = part.end()
    return sign * total if end and end == len(rest) else None
