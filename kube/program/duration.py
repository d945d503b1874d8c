"""Durations as Kubernetes configuration has them, `200ms` or `1m30s` (Go's time.ParseDuration), or as plain seconds.

A KubeSchedulerConfiguration says `httpTimeout: 200ms`, and who copies that into ours should not have to convert it.
"""

from __future__ import annotations

import math
import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_TEXT = re.compile(rf"(?:{_PART.pattern})+")
_EXAMPLES = "seconds, or text such as 200ms, 5s or 1m30s"


def seconds(value: object) -> object:
    """Text as seconds; what is no text is left as it is for pydantic to judge. ValueError for text of another form."""
    if isinstance(value, bool):
        raise ValueError(f"must be {_EXAMPLES}")  # noqa: TRY004 - pydantic collects ValueErrors
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text == "0":
        return 0.0
    if not _TEXT.fullmatch(text):
        raise ValueError(f"must be {_EXAMPLES}")
    return math.fsum(float(number) * UNITS_S[unit] for number, unit in _PART.findall(text))


Seconds = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{_TEXT.pattern}$|^0$"}]}),
]
