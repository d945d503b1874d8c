"""Pods, samples and observations with good defaults for the horizontal rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autoscaler.planner.hpa.per_pod import Seen
from autoscaler.planner.hpa.tolerance import Tolerance
from autoscaler.planner.observation import ContainerSeen, Observation, PodSeen, PodValues, Reading, Sample
from autoscaler.planner.spec import Horizontal, Metric, MetricKind, Target, TargetKind

NOW_S = 10_000.0
OLD_S = 1_000.0


def pod(name: str = "p0", *, cpu: int | None = 1000, **changes: Any) -> PodSeen:
    requests = {} if cpu is None else {"cpu": cpu}
    plain: dict[str, Any] = {
        "ready_since_s": OLD_S,
        "start_s": OLD_S,
        "containers": (ContainerSeen(name="app", requests=requests),),
    }
    return PodSeen(name=name, **(plain | changes))


def pods(count: int, **changes: Any) -> tuple[PodSeen, ...]:
    return tuple(pod(f"p{n}", **changes) for n in range(count))


def sample(milli: int | None, *, at_s: float = NOW_S, window_s: float = 60.0) -> Sample:
    return Sample(by_container={"app": milli}, timestamp_s=at_s, window_s=window_s)


def samples(*levels: int | None) -> dict[str, Sample]:
    """One for each pod from p0 on; None: it has none."""
    return {f"p{n}": sample(milli) for n, milli in enumerate(levels) if milli is not None}


def cpu(percent: int = 50) -> Metric:
    return Metric(kind="Resource", name="cpu", target=Target(kind="Utilization", amount=percent))


def metric(kind: MetricKind, amount: int, target: TargetKind = "AverageValue", *, name: str = "m") -> Metric:
    return Metric(kind=kind, name=name, target=Target(kind=target, amount=amount))


def horizontal(*metrics: Metric, **changes: Any) -> Horizontal:
    return Horizontal(metrics=metrics or (cpu(),), **({"max_replicas": 100} | changes))


def seen_of(
    there: Sequence[PodSeen], told: Mapping[str, Sample], *, current: int | None = None, tolerance: float = 0.1
) -> Seen:
    return Seen(
        pods=there,
        samples=told,
        current=len(there) if current is None else current,
        asked=horizontal(),
        tolerance=Tolerance(tolerance, tolerance),
        now_s=NOW_S,
    )


def observation(
    there: Sequence[PodSeen], *readings: Reading, home: int | None = None, now_s: float = NOW_S, **changes: Any
) -> Observation:
    count = len(there) if home is None else home
    plain: dict[str, Any] = {"now_s": now_s, "home": count, "status_replicas": count}
    return Observation(pods=tuple(there), readings=readings, **(plain | changes))


def busy(*levels: int | None) -> PodValues:
    return PodValues(samples=samples(*levels))
