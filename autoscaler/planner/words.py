"""What a decision says of itself: short sentences with the numbers that decided."""

from __future__ import annotations

from autoscaler.planner import sizes
from autoscaler.planner.decision import MetricStatus, Wanted
from autoscaler.planner.ladder import Stand
from autoscaler.planner.observation import Size
from autoscaler.planner.spec import Metric


def sentence(wanted: Wanted, base: Size) -> str:
    """A state: `4 replicas, 2 at neighbor, app cpu 750m`."""
    parts = [f"{wanted.home} replica" + ("" if wanted.home == 1 else "s")]
    parts += [f"{count} at {place}" for place, count in wanted.beyond.items() if count]
    if wanted.size:
        moved = sizes.changed(base, wanted.size)
        parts += [f"{container} {resource} {sizes.shown(resource, amount)}" for container, resource, _, amount in moved]
    return ", ".join(parts)


def numbers(statuses: tuple[MetricStatus, ...], metrics: tuple[Metric, ...]) -> str:
    """What each metric said beside its target, and what it wished for: `cpu resource 142% of 70%: 6`."""
    return ", ".join(_number(status, metric) for status, metric in zip(statuses, metrics, strict=False))


def waiting(stand: Stand, direction: str, wait_s: float) -> str:
    """Why a wish is not acted on yet."""
    return f"{stand.wish} wished for, {stand.current} there: the next step {direction} may come in {wait_s:.0f} s"


def _number(status: MetricStatus, metric: Metric) -> str:
    if status.replicas is None:
        return f"{status.label}: {status.problem or status.reason}"
    if metric.target.kind == "Utilization" and status.utilization is not None:
        return f"{status.label} {status.utilization}% of {metric.target.amount}%: {status.replicas}"
    said = "?" if status.milli is None else _plain(metric, status.milli)
    return f"{status.label} {said} of {_plain(metric, metric.target.amount)}: {status.replicas}"


def _plain(metric: Metric, milli: int) -> str:
    if metric.kind in ("Resource", "ContainerResource"):
        return sizes.shown(metric.name, milli)
    return f"{milli / 1000:g}"
