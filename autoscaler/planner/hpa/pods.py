"""Rules 13–18: which of the selected pods count, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autoscaler.planner.observation import PodSeen, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """How many pods are ready, and the names of those that are not to be counted as they are."""

    ready: int
    unready: frozenset[str]
    missing: frozenset[str]
    ignored: frozenset[str]


_NOBODY: frozenset[str] = frozenset()


def grouped(
    pods: Iterable[PodSeen],
    samples: Mapping[str, Sample],
    *,
    is_cpu: bool,
    now_s: float,
    initialization_s: float,
    readiness_s: float,
) -> Groups:
    """Ignored, unready, missing and ready pods. Only CPU looks at readiness: a starting process burns CPU."""
    ready = 0
    unready: list[str] = []
    missing: list[str] = []
    ignored: list[str] = []
    for pod in pods:
        if pod.deleting or pod.phase == "Failed":
            ignored.append(pod.name)
        elif pod.phase == "Pending":
            unready.append(pod.name)
        elif (sample := samples.get(pod.name)) is None:
            missing.append(pod.name)
        elif is_cpu and _is_unready(pod, sample, now_s, initialization_s, readiness_s):
            unready.append(pod.name)
        else:
            ready += 1
    return Groups(ready=ready, unready=_names(unready), missing=_names(missing), ignored=_names(ignored))


def ready_running(pods: Iterable[PodSeen]) -> int:
    """P of rule 30: pods that run and are Ready, whatever metric they have."""
    return sum(pod.phase == "Running" and pod.ready == "True" for pod in pods)


def _is_unready(pod: PodSeen, sample: Sample, now_s: float, initialization_s: float, readiness_s: float) -> bool:
    """Rule 16: young pods must be Ready for a whole window of the metric, older ones must have been Ready once."""
    if pod.ready is None or pod.start_s is None:
        return True
    if pod.start_s + initialization_s > now_s:
        return pod.ready == "False" or sample.timestamp_s < pod.ready_since_s + sample.window_s
    return pod.ready == "False" and pod.start_s + readiness_s > pod.ready_since_s


def _names(names: list[str]) -> frozenset[str]:
    return frozenset(names) if names else _NOBODY
