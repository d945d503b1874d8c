"""What a person asked for, as exact values: the `spec` of an `EdgeAutoscaler` after its text was read.

Amounts are in thousandths, as the horizontal pod autoscaler computes them: `500m` CPU is 500, 1 KiB of memory is
1,024,000. `autoscaler.api` reads the YAML and fills in the defaults; the simulator builds these by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

from autoscaler.planner.errors import SpecError

MetricKind = Literal["Resource", "ContainerResource", "Pods", "Object", "External", "Prometheus"]
TargetKind = Literal["Utilization", "Value", "AverageValue"]
Select = Literal["Max", "Min", "Disabled"]
VerticalMode = Literal["Off", "Recommend", "InPlace", "Recreate"]
ForecastMode = Literal["Off", "Observe", "Act"]

TOLERANCE = 0.1  # --horizontal-pod-autoscaler-tolerance
SCALE_OUT_PERIOD_S = 180.0
SCALE_IN_PERIOD_S = 300.0
SCALE_IN_WINDOW_S = 300.0  # --horizontal-pod-autoscaler-downscale-stabilization
CPU_INITIALIZATION_S = 300.0  # --horizontal-pod-autoscaler-cpu-initialization-period
_QUERY = 60  # characters of a query that name it in a sentence
INITIAL_READINESS_S = 30.0  # --horizontal-pod-autoscaler-initial-readiness-delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How much of a metric is wanted: percent of the request, or thousandths, for each pod or in all."""

    kind: TargetKind
    amount: int  # Utilization: percent; else thousandths

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise SpecError(f"target: {self.kind} must be > 0, got {self.amount}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One entry of `metrics`. Where its numbers come from is the metric sources' to know."""

    kind: MetricKind
    name: str  # the resource's, the metric's, or of Prometheus the query
    target: Target
    container: str = ""  # of ContainerResource

    @property
    def key(self) -> str:
        """Tells it from the others in a memory, wherever it stands in the list."""
        return f"{crc32(f'{self.kind} {self.name} {self.container}'.encode()):08x}"

    @property
    def label(self) -> str:
        """What people call it in events: `cpu resource`, `pods metric rps`."""
        match self.kind:
            case "Resource":
                return f"{self.name} resource"
            case "ContainerResource":
                return f"{self.name} container resource"
            case "Prometheus":
                return f"query {self.name}" if len(self.name) <= _QUERY else f"query {self.name[: _QUERY - 1]}…"
            case kind:
                return f"{kind.lower()} metric {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """At most so many pods, or so many percent of them, in that many seconds."""

    kind: Literal["Pods", "Percent"]
    value: int
    period_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One direction of `behavior` (rules 39–45). `window_s` None is the controller's default."""

    select: Select = "Max"
    window_s: float | None = None
    policies: tuple[Policy, ...] = ()
    tolerance: float | None = None  # None: the controller's


UP_DEFAULT = Rules(
    window_s=0.0,
    policies=(Policy(kind="Pods", value=4, period_s=15.0), Policy(kind="Percent", value=100, period_s=15.0)),
)
DOWN_DEFAULT = Rules(policies=(Policy(kind="Percent", value=100, period_s=15.0),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizontal:
    """All that the horizontal rules ask for. `up` and `down` None: there is no `behavior` block (rules 37–38)."""

    min_replicas: int = 1
    max_replicas: int
    metrics: tuple[Metric, ...]
    up: Rules | None = None
    down: Rules | None = None
    tolerance: float = TOLERANCE
    down_window_s: float = SCALE_IN_WINDOW_S
    cpu_initialization_s: float = CPU_INITIALIZATION_S
    initial_readiness_s: float = INITIAL_READINESS_S
    scale_to_zero: bool = True  # gate HPAScaleToZero of 1.37
    always_from_zero: bool = False  # until 1.35: `minReplicas: 0` was all it took to leave 0 again
    out_period_s: float = 0.0  # 0: HPA's own behaviour
    in_period_s: float = 0.0

    def __post_init__(self) -> None:
        if self.max_replicas < 1:
            raise SpecError(f"maxReplicas must be >= 1, got {self.max_replicas}")
        if not 0 <= self.min_replicas <= self.max_replicas:
            raise SpecError(f"minReplicas must be from 0 to maxReplicas {self.max_replicas}, got {self.min_replicas}")
        if self.out_period_s < 0 or self.in_period_s < 0:
            raise SpecError(f"periodSeconds must be >= 0, got {min(self.out_period_s, self.in_period_s):g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How one container may grow and shrink: thousandths by resource; what is not named is left alone."""

    container: str
    least: Mapping[str, int] = field(default_factory=dict)
    most: Mapping[str, int] = field(default_factory=dict)
    step: Mapping[str, int] = field(default_factory=dict)  # the smallest change worth making


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertical:
    """The second rung. `mode` Recommend computes and shows, and changes nothing."""

    mode: VerticalMode = "Off"
    containers: tuple[Bounds, ...] = ()

    @property
    def acts(self) -> bool:
        """Whether it is a rung at all."""
        return self.mode in ("InPlace", "Recreate")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverEdge:
    """The third rung: the places beyond home, the nearest first; `max_replicas` counts over all of them."""

    places: tuple[str, ...] = ()  # tiers (neighbor, cloud), sites, or `cluster:NAME`
    max_replicas: int = 0
    dwell_s: float = 300.0  # home must have had room, or the load been low, for so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A look ahead that can only add replicas. Observe computes and shows."""

    mode: ForecastMode = "Off"
    horizon_s: float = 300.0
    deviations: float = 0.0  # of the load's noise that are kept free; headroom beside the target's


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausibility:
    """When a metric is not believed: it fell to zero at once, it has not moved, or it is old."""

    zero_holds_s: float = 180.0  # a sudden zero is believed after so long
    frozen_after_s: float = 1800.0  # the very same non-zero number for so long
    stale_after_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One EdgeAutoscaler's wishes."""

    horizontal: Horizontal
    vertical: Vertical = field(default_factory=Vertical)
    over_edge: OverEdge = field(default_factory=OverEdge)
    forecast: Forecast = field(default_factory=Forecast)
    plausibility: Plausibility = field(default_factory=Plausibility)
    paused: bool = False
