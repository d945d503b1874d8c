"""Measurements with good defaults, so that a test shows only what it is about."""

from __future__ import annotations

import math

from kube.latency.measurement import Measurement


def told(
    origin: str = "a",
    to: str = "b",
    p50_ms: float = 10.0,
    p95_ms: float = math.nan,
    *,
    at_s: float = 0.0,
    source: str = "probe",
) -> Measurement:
    return Measurement(origin=origin, to=to, p50_ms=p50_ms, p95_ms=p95_ms, at_s=at_s, source=source)
