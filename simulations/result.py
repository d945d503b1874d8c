"""What one run of a scenario leaves behind: one policy, one seed, numbers and lines to draw.

Every kind of scenario returns the same value, so that the table, the JSON document, the report and a sweep's kept
cells are each written once. It is checked when it is made: a figure that is not finite would be `null` in JSON and a
hole in a plot, far from whoever computed it. JSON has sorted keys, so that equal runs are equal bytes. Only what a
clock measured differs between two runs of the same thing: `is_measured` tells those keys, `timeless` drops them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import msgspec

MEASURED_KEYS: Final = frozenset({"pods_per_second"})  # the rest of them start with `wall_`
TIERS: Final = ("edge", "cloud")


class CurveKind(NamedTuple):
    """How a line of that key is titled, and its axes with their units."""

    title: str
    x_label: str
    y_label: str


CURVES: Final[Mapping[str, CurveKind]] = {
    "latency_cdf": CurveKind("Latency distribution", "latency, ms", "share of requests (or pods), %"),
    "gpu_alloc": CurveKind(
        "GPU allocation against arrival", "arrived GPU, % of capacity", "allocated GPU, % of capacity"
    ),
    "gpu_frag": CurveKind(
        "Fragmentation against arrival", "arrived GPU, % of capacity", "fragmented GPU, % of all GPUs"
    ),
    "pending": CurveKind("Pods pending over time", "simulated time, s", "pods pending"),
    "utilisation": CurveKind("CPU requested over time", "simulated time, s", "CPU requested, % of allocatable"),
    "replicas": CurveKind("Pods over time", "simulated time, s", "pods"),
    "needed": CurveKind("What the load is worth over time", "simulated time, s", "pods, all of them busy"),
    "late": CurveKind("Late requests so far", "simulated time, s", "late requests, % of all requests"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line: finite, as many x as y, x never going back."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y) or not self.x:
            raise ValueError(f"a curve wants as many x as y and at least one, got {len(self.x)} and {len(self.y)}")
        object.__setattr__(self, "x", tuple(map(float, self.x)))
        object.__setattr__(self, "y", tuple(map(float, self.y)))
        for axis, values in (("x", self.x), ("y", self.y)):
            if not all(map(math.isfinite, values)):
                at = next(index for index, value in enumerate(values) if not math.isfinite(value))
                raise ValueError(f"{axis}[{at}] of a curve must be finite, got {values[at]}")
        for index, (left, right) in enumerate(zip(self.x, self.x[1:], strict=False)):
            if right < left:
                raise ValueError(f"x of a curve must not go back, got {left} then {right} at x[{index + 1}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePoint:
    """One site on the map; `load` is what is shown there (placed pods or requests), `detail` says it in words."""

    name: str
    tier: str
    latitude: float | None
    longitude: float | None
    load: float
    detail: str

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise ValueError(f"site {self.name}: tier must be one of {', '.join(TIERS)}, got {self.tier!r}")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError(f"site {self.name}: latitude and longitude come together, got one of them")
        for name, value, limit in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if value is not None and not -limit <= value <= limit:
                raise ValueError(f"site {self.name}: {name} must be from {-limit} to {limit} degrees, got {value}")
        if not (math.isfinite(self.load) and self.load >= 0):
            raise ValueError(f"site {self.name}: load must be finite and not negative, got {self.load}")
        for name in ("latitude", "longitude", "load"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else float(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One policy under one seed. Metrics keep their unit in the key; `None` says that there was nothing to measure."""

    scenario: str
    kind: str
    policy: str
    seed: int
    metrics: Mapping[str, float | int | None]
    curves: Mapping[str, Curve] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sites: tuple[SitePoint, ...] = ()
    refusals: Mapping[str, int] = field(default_factory=dict)
    wall_seconds: float

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise ValueError(problem)
        # numpy's scalars become Python's: JSON knows no int64
        shares = {key: {part: float(share) for part, share in parts.items()} for key, parts in self.shares.items()}
        object.__setattr__(self, "metrics", {key: _plain(value) for key, value in self.metrics.items()})
        object.__setattr__(self, "curves", dict(self.curves))
        object.__setattr__(self, "shares", shares)
        object.__setattr__(self, "sites", tuple(self.sites))
        object.__setattr__(self, "refusals", {reason: int(count) for reason, count in self.refusals.items()})
        object.__setattr__(self, "seed", int(self.seed))
        object.__setattr__(self, "wall_seconds", float(self.wall_seconds))

    def to_json(self) -> bytes:
        """The whole run as JSON: keys sorted, the same bytes for the same run."""
        return msgspec.json.encode(self, order="sorted")


def is_measured(key: str) -> bool:
    """Whether a clock made this figure, so that it differs between two equal runs."""
    return key.startswith("wall_") or key in MEASURED_KEYS


def timeless(run: RunResult) -> RunResult:
    """The run without what a clock measured: two runs of the same thing are equal."""
    metrics = {key: value for key, value in run.metrics.items() if not is_measured(key)}
    return replace(run, metrics=metrics, wall_seconds=0.0)


def _problems(run: RunResult) -> Iterator[str]:
    for name in ("scenario", "kind", "policy"):
        if not getattr(run, name):
            yield f"{name} of a run must not be empty"
    for key, value in run.metrics.items():
        if value is not None and not math.isfinite(value):
            yield f"metrics.{key} must be finite or None, got {value}"
    for key in run.curves.keys() - CURVES.keys():
        yield f"curves.{key} is unknown; known: {', '.join(CURVES)}"
    amounts = {f"shares.{key}.{part}": share for key, parts in run.shares.items() for part, share in parts.items()}
    amounts |= {f"refusals of {reason!r}": count for reason, count in run.refusals.items()}
    amounts["wall_seconds"] = run.wall_seconds
    for name, amount in amounts.items():
        if not (math.isfinite(amount) and amount >= 0):
            yield f"{name} must be finite and not negative, got {amount}"
    if len({site.name for site in run.sites}) != len(run.sites):
        yield "sites of a run must have different names"


def _plain(value: float | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if hasattr(value, "__index__") else float(value)
