"""Vectors of single rules: a proposal from one metric, groups of pods, requests.

Times are relative to now, which is any moment: `zero` is long before all others, `hot` now, `cool` three minutes ago.
"""

from __future__ import annotations

from typing import Any

from autoscaler.decide.fields import Fields
from autoscaler.planner.hpa import per_pod, totals
from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.hpa.integers import saturated_sum
from autoscaler.planner.hpa.per_pod import Seen
from autoscaler.planner.hpa.pods import grouped
from autoscaler.planner.hpa.requests import requests
from autoscaler.planner.hpa.tolerance import Tolerance
from autoscaler.planner.observation import ContainerSeen, PodSeen, Ready, Sample
from autoscaler.planner.spec import Horizontal

NOW_S = 1e9
ZERO_S = -6e10  # Go's zero time is some 1,969 years before 1970
STARTS = {"zero": ZERO_S, "hot": NOW_S, "cool": NOW_S - 180.0}
_INITIALIZATION_S, _READINESS_S = 120.0, 10.0  # of the upstream fixtures
_WINDOW_S = 60.0
_NO_TOTAL = "no metrics returned from external metrics API"

Answer = dict[str, Any]


def resource(fields: Fields) -> Answer:
    """Kind `resource`: replicas from percent of the request, or from an average."""
    name, container = fields.text("resource"), fields.text("container", "")
    samples = {
        pod.text("name"): _sample(pod.amounts("metric_milli"))
        for pod in fields.parts("pods")
        if pod.has("metric_milli")
    }
    samples |= {extra.text("name"): _sample(extra.amounts("metric_milli")) for extra in fields.parts("extra_metrics")}
    target = fields.part("target")
    if not samples:
        nothing = "no metrics returned from resource metrics API"
        return {"error_contains": f"unable to get metrics for resource {name}: {nothing}"}
    try:
        seen = _seen(fields, samples, resource=name)
        if target.text("type") == "Utilization":
            found = per_pod.utilization(seen, name, container, target.whole("percent"))
            return {"replicas": found.replicas, "utilization": found.utilization, "raw_average_milli": found.milli}
        values, kept = per_pod.resource_values(samples, container)
        found = per_pod.average(seen, values, kept, target.whole("milli"), is_cpu=name == "cpu")
    except MetricError as error:
        return {"error_contains": str(error)}
    return {"replicas": found.replicas, "usage_milli": found.milli, "raw_average_milli": found.milli}


def pods(fields: Fields) -> Answer:
    """Kind `pods`: an average over the pods."""
    told = {pod.text("name"): pod.whole("metric_milli") for pod in fields.parts("pods") if pod.has("metric_milli")}
    told |= {extra.text("name"): extra.whole("metric_milli") for extra in fields.parts("extra_metrics")}
    samples = {name: _sample({"": milli}) for name, milli in told.items()}
    target = fields.part("target").whole("milli")
    if not samples:
        return {"error_contains": "no metrics returned from custom metrics API"}
    try:
        found = per_pod.average(_seen(fields, samples), told, samples, target, is_cpu=False)
    except MetricError as error:
        return {"error_contains": str(error)}
    return {"replicas": found.replicas, "usage_milli": found.milli}


def total(fields: Fields) -> Answer:
    """Kinds `object` and `external`: one number beside a value."""
    seen = _seen(fields, {})
    if (usage := _usage(fields)) is None:
        return {"error_contains": _NO_TOTAL}
    try:
        found = totals.value(seen, usage, fields.part("target").whole("milli"))
    except MetricError as error:
        return {"error_contains": str(error)}
    return {"replicas": found.replicas, "usage_milli": found.milli}


def total_per_pod(fields: Fields) -> Answer:
    """Kinds `perpod-object` and `perpod-external`: one number, so much of it for each pod."""
    seen = _seen(fields, {})
    if (usage := _usage(fields)) is None:
        return {"error_contains": _NO_TOTAL}
    status_replicas = fields.whole("status_replicas", seen.current)
    found = totals.average_value(seen, usage, fields.part("target").whole("milli"), status_replicas)
    return {"replicas": found.replicas, "usage_milli": found.milli}


def _usage(fields: Fields) -> int | None:
    levels = fields.wholes("metric_levels_milli")
    return saturated_sum(levels) if levels else None


def group_pods(fields: Fields) -> Answer:
    """Kind `group_pods`: rules 13–17."""
    told = fields.part("metrics")
    seen = [_timed_pod(pod) for pod in fields.parts("pods")]
    samples = {pod.name: _timed_sample(told.part(pod.name)) for pod in seen if told.has(pod.name)}
    groups = grouped(
        seen,
        samples,
        is_cpu=fields.text("resource") == "cpu",
        now_s=NOW_S,
        initialization_s=fields.number("cpu_initialization_period_s"),
        readiness_s=fields.number("delay_of_initial_readiness_status_s"),
    )
    return {
        "ready_count": groups.ready,
        "unready": sorted(groups.unready),
        "missing": sorted(groups.missing),
        "ignored": sorted(groups.ignored),
    }


def calculate_requests(fields: Fields) -> Answer:
    """Kind `calculate_requests`: rules 19–20."""
    name = fields.text("resource")
    seen: list[PodSeen] = []
    if fields.has("pod"):
        pod = fields.part("pod")
        containers = [(each, True) for each in pod.parts("containers")]
        containers += [(each, each.text("restart_policy", "") == "Always") for each in pod.parts("init_containers")]
        with_gate = fields.flag("pod_level_resources_gate", False) and pod.has("pod_level_requests_milli")
        seen.append(
            PodSeen(
                name=pod.text("name"),
                containers=tuple(
                    ContainerSeen(
                        name=each.text("name"),
                        requests={name: each.whole("request_milli")} if each.has("request_milli") else {},
                        counts=counts,
                    )
                    for each, counts in containers
                ),
                pod_requests={name: pod.whole("pod_level_requests_milli")} if with_gate else None,
            )
        )
    try:
        return {"requests_milli": requests(seen, name, fields.text("container", ""))}
    except MetricError as error:
        return {"error": str(error)}


def ready(fields: Fields, name: str) -> Ready | None:
    """The status of a Ready condition, None without one."""
    if not fields.has(name):
        return None
    match fields.text(name):
        case "True":
            return "True"
        case "False":
            return "False"
        case "Unknown":
            return "Unknown"
    raise fields.wrong(name, "True, False, Unknown or null")


def start_s(fields: Fields, name: str) -> float:
    """A start by its word."""
    word = fields.text(name, "zero")
    if word not in STARTS:
        raise fields.wrong(name, f"one of {', '.join(STARTS)}")
    return STARTS[word]


def tolerances(fields: Fields) -> Tolerance:
    """Both directions', 0.1 where they are not given."""
    if not fields.has("tolerance"):
        return Tolerance(0.1, 0.1)
    told = fields.part("tolerance")
    return Tolerance(told.number("scale_down", 0.1), told.number("scale_up", 0.1))


def _seen(fields: Fields, samples: dict[str, Sample], *, resource: str = "") -> Seen:
    asked = Horizontal(
        max_replicas=1,
        metrics=(),
        cpu_initialization_s=fields.number("cpu_initialization_period_s", _INITIALIZATION_S),
        initial_readiness_s=fields.number("delay_of_initial_readiness_status_s", _READINESS_S),
    )
    return Seen(
        pods=[_pod(pod, resource) for pod in fields.parts("pods")],
        samples=samples,
        current=fields.whole("current_replicas"),
        asked=asked,
        tolerance=tolerances(fields),
        now_s=NOW_S,
    )


def _pod(fields: Fields, resource: str) -> PodSeen:
    told = fields.amounts("requests_milli")
    names = list(told) or ["container1", "container2"]
    return PodSeen(
        name=fields.text("name"),
        phase=fields.text("phase", "Running"),
        ready=ready(fields, "ready"),
        ready_since_s=ZERO_S,
        start_s=start_s(fields, "start"),
        deleting=fields.flag("deleting", False),
        containers=tuple(
            ContainerSeen(name=name, requests={} if (milli := told.get(name)) is None else {resource: milli})
            for name in names
        ),
    )


def _timed_pod(fields: Fields) -> PodSeen:
    condition = fields.part("ready_condition") if fields.has("ready_condition") else None
    return PodSeen(
        name=fields.text("name"),
        phase=fields.text("phase", "Running"),
        ready=ready(condition, "status") if condition else None,
        ready_since_s=_relative_s(condition, "last_transition_rel_s") if condition else ZERO_S,
        start_s=_relative_s(fields, "start_rel_s") if fields.has("start_rel_s") else None,
        deleting=fields.flag("deleting", False),
    )


def _timed_sample(fields: Fields) -> Sample:
    return Sample(
        by_container={"": fields.whole("value", 0)},
        timestamp_s=_relative_s(fields, "timestamp_rel_s"),
        window_s=fields.number("window_s", 0.0),
    )


def _sample(by_container: dict[str, int | None]) -> Sample:
    return Sample(by_container=by_container, timestamp_s=ZERO_S, window_s=_WINDOW_S)


def _relative_s(fields: Fields, name: str) -> float:
    if not fields.has(name):
        return ZERO_S
    return ZERO_S if fields.is_text(name, "zero") else NOW_S + fields.number(name)
