"""A specification beside what it does not say: how much a pod carries and how long it takes to start.

The trace stands for the first metric of the specification, in that metric's unit (cores for CPU, bytes for memory).
What a pod carries at most decides only what counts as too few pods; where nobody says it, a pod that has more to do
than its `averageValue` is one too few. A target in percent is one of the pod's request, which only the workload names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import yaml

from autoscaler.api.spec import read
from autoscaler.planner.fluid import Assumed
from autoscaler.planner.observation import Size
from autoscaler.planner.replay import LOOP_S, WINDOW_S, Load
from autoscaler.planner.spec import Metric, Spec
from autoscaler.what_if.errors import WhatIfError
from policies.engine.yaml_text import load_yaml

_CONTAINER = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything but the load."""

    spec: Spec  # with the one metric that the trace stands for
    assumed: Assumed
    replicas: int  # at the beginning
    loop_s: float = LOOP_S
    window_s: float = WINDOW_S
    left_out: int = 0  # metrics that the trace says nothing about

    @property
    def metric(self) -> Metric:
        """What the trace is of."""
        return self.spec.horizontal.metrics[0]


def read_spec(path: Path) -> Spec:
    """The specification of the EdgeAutoscaler in a file."""
    try:
        manifest = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WhatIfError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise WhatIfError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(manifest, Mapping):
        raise WhatIfError(f"{path}: must be an EdgeAutoscaler, got {manifest!r}")
    return read(manifest, source=str(path)).spec


def question(
    spec: Spec,
    load: Load,
    *,
    pod: float | None,
    start_s: float,
    window_s: float = WINDOW_S,
    replicas: int | None = None,
) -> Question:
    """The whole of it; *pod* is what one carries at most."""
    first, *others = spec.horizontal.metrics
    carries = _carries(first, pod)
    each = carries * first.target.amount / 100 if first.target.kind == "Utilization" else first.target.amount / 1000
    if replicas is None:
        wanted = ceil(load.mean(load.begins_s, load.begins_s + window_s) / each - 1e-9)
        replicas = min(max(wanted, spec.horizontal.min_replicas, 1), spec.horizontal.max_replicas)
    return Question(
        spec=replace(spec, paused=False, horizontal=replace(spec.horizontal, metrics=(first,))),
        assumed=Assumed(
            carries=carries,
            start_s=start_s,
            template=_template(spec, first, carries),
            resource=first.name if first.kind in ("Resource", "ContainerResource") else "cpu",
        ),
        replicas=replicas,
        window_s=window_s,
        left_out=len(others),
    )


def _carries(metric: Metric, pod: float | None) -> float:
    if pod is not None:
        return pod
    if metric.target.kind == "AverageValue":
        return metric.target.amount / 1000
    if metric.target.kind == "Utilization":
        what = f"wants {metric.target.amount} % of what a pod requests"
    else:
        what = "wants a value in all, which says nothing of one pod"
    raise WhatIfError(f"--pod: metrics[0], {metric.label}, {what}; say it with --pod, in the trace's unit")


def _template(spec: Spec, metric: Metric, carries: float) -> Size:
    """Requests before any step: a pod's of the metric's resource, else the least that a container may have."""
    if metric.kind in ("Resource", "ContainerResource"):
        names = [each.container for each in spec.vertical.containers if metric.name in each.most]
        return {metric.container or (names or [_CONTAINER])[0]: {metric.name: ceil(carries * 1000)}}
    grown = [(each.container, each.least.get("cpu", 0)) for each in spec.vertical.containers if "cpu" in each.most]
    return {name: {"cpu": amount} for name, amount in grown if amount}
