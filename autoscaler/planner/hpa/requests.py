"""Rules 19–20: what each pod asks for of a resource, which utilization is a percentage of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.observation import PodSeen


def requests(pods: Iterable[PodSeen], resource: str, container: str) -> dict[str, int]:
    """Thousandths by pod name. One container without a request fails them all, also in a pod that is ignored."""
    return {pod.name: _of(pod, resource, container) for pod in pods}


def _of(pod: PodSeen, resource: str, container: str) -> int:
    if pod.pod_requests and not container:
        return _of_whole(pod, pod.pod_requests, resource)
    total, found = 0, False
    for each in pod.containers:
        if not each.counts or (container and each.name != container):
            continue
        if resource not in each.requests:
            raise MetricError(f"missing request for {resource} in container {each.name} of Pod {pod.name}")
        total += each.requests[resource]
        found = True
    if container and not found:
        raise MetricError(f"container {container} not found in Pod {pod.name}")
    return total


def _of_whole(pod: PodSeen, told: Mapping[str, int], resource: str) -> int:
    """What a pod with requests of its own asks for: of a resource that is not among them, what its containers do."""
    if resource in told:
        return told[resource]
    parts = [each.requests[resource] for each in pod.containers if each.counts and resource in each.requests]
    if not parts:
        raise MetricError(f"missing pod-level request for {resource} in Pod {pod.name}")
    return sum(parts)
