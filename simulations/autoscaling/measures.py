"""What a replay cost and what it lost, and its lines over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autoscaler.planner.replay import Moment
from autoscaler.planner.tally import tally
from simulations.result import Curve

_BUCKETS = 1000  # points of a line


def figures(moments: Sequence[Moment], *, pod_rps: float) -> dict[str, float | int | None]:
    """The figures of a run."""
    sums = tally(moments)
    hours = sums.seconds / 3600
    return {
        "late_pct": sums.late_pct,
        "pods_over_ideal": sums.pod_s * pod_rps / sums.load_s if sums.load_s else None,
        "churn_per_h": sums.churn / hours,
        "flips_per_h": sums.flips / hours,
        "short_s_per_h": sums.short_s / hours,
        "pods_mean": sums.pod_s / sums.seconds,
        "pods_max": sums.most,
        "load_mean_rps": sums.load_s / sums.seconds,
    }


def curves(moments: Sequence[Moment], *, pod_rps: float) -> dict[str, Curve]:
    """Pods, pods that the load is worth, and late requests so far, over time."""
    at_s = np.array([moment.at_s for moment in moments])
    weights = np.array([moment.for_s for moment in moments])
    load = np.array([moment.load for moment in moments])
    count = np.array([moment.count for moment in moments], dtype=np.float64)
    late = np.cumsum([moment.late for moment in moments])
    whole = float((load * weights).sum())
    edges = np.unique(np.linspace(0, len(moments), min(_BUCKETS, len(moments)) + 1).astype(np.intp))
    first, last = edges[:-1], edges[1:] - 1
    lasted_s = np.add.reduceat(weights, first)
    x = tuple((at_s[first] - at_s[0]).tolist())
    lines = {
        "replicas": np.add.reduceat(count * weights, first) / lasted_s,
        "needed": np.add.reduceat(load * weights, first) / lasted_s / pod_rps,
        "late": 100 * late[last] / whole if whole else np.zeros(len(first)),
    }
    return {name: Curve(x=x, y=tuple(y.tolist())) for name, y in lines.items()}
