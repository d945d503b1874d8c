"""What a pod requests in all, as kube-scheduler counts it (k8s.io/component-helpers/resource, PodRequests).

Containers run side by side and add up. Init containers run one after the other before them, so only the largest
counts; but one with `restartPolicy: Always` (a sidecar) goes on running: it adds to the containers, and to every init
container that comes after it. Pod-level requests, where given, replace the sum for cpu, memory and huge pages. Overhead
comes on top. A limit without a request is a request, as the API server's defaulting has it.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.model.manifest import Manifest
from policies.model.quantity import milli, units


def amount(resource: str, value: str | int) -> int:
    """In the model's unit: CPU in milli, all else in whole bytes or counts."""
    return milli(value) if resource == "cpu" else units(value)


def pod_requests(spec: Manifest) -> dict[str, int]:
    """Requests of a pod's `spec`, by resource name; GPUs of the containers are still among them."""
    running: dict[str, int] = {}
    starting: dict[str, int] = {}
    for container in spec.parts("initContainers"):
        asked = container_requests(container)
        if container.text("restartPolicy") == "Always":
            running = _sum(running, asked)
            starting = _larger(starting, running)
        else:
            starting = _larger(starting, _sum(running, asked))
    for container in spec.parts("containers"):
        running = _sum(running, container_requests(container))
    total = _larger(running, starting)
    total |= {name: value for name, value in container_requests(spec).items() if _supported_on_pod(name)}
    return _sum(total, spec.amounts("overhead", amount))


def container_requests(container: Manifest) -> dict[str, int]:
    """`resources.requests`, with `limits` where a resource has a limit only."""
    resources = container.part("resources")
    return resources.amounts("limits", amount) | resources.amounts("requests", amount)


def _supported_on_pod(resource: str) -> bool:
    return resource in ("cpu", "memory") or resource.startswith("hugepages-")


def _sum(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {name: a.get(name, 0) + b.get(name, 0) for name in [*a, *(n for n in b if n not in a)]}


def _larger(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {name: max(a.get(name, 0), b.get(name, 0)) for name in [*a, *(n for n in b if n not in a)]}
