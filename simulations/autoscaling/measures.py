"""What a replay cost and what it lost, and its lines over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from autoscaler.planner.replay import Moment
from simulations.result import Curve

_BUCKETS = 1000  # points of a line


def figures(moments: Sequence[Moment], *, pod_rps: float) -> dict[str, float | int | None]:
    """The figures of a run."""
    hours = sum(moment.for_s for moment in moments) / 3600
    requests = sum(moment.load * moment.for_s for moment in moments)
    pod_s = sum(moment.count * moment.for_s for moment in moments)
    counts = [moment.count for moment in moments]
    changes = [after - before for before, after in pairwise(counts) if after != before]
    return {
        "late_pct": 100 * sum(moment.late for moment in moments) / requests if requests else None,
        "pods_over_ideal": pod_s * pod_rps / requests if requests else None,
        "churn_per_h": sum(map(abs, changes)) / hours,
        "flips_per_h": sum((one > 0) != (other > 0) for one, other in pairwise(changes)) / hours,
        "short_s_per_h": sum(moment.short_s for moment in moments) / hours,
        "pods_mean": pod_s / hours / 3600,
        "pods_max": max(counts),
        "load_mean_rps": requests / hours / 3600,
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
