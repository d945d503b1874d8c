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

MOST_OF_A_POD = 2**53  # 8 PiB: no machine has it, and what 1,000 such pods ask for together still fits 64 bits


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
            _add(running, asked)
        else:
            for name, its in asked.items():  # of all else the sidecars alone count, who are still there at the end
                starting[name] = max(starting.get(name, 0), running.get(name, 0) + its)
    for container in spec.parts("containers"):
        _add(running, container_requests(container))
    total = {name: max(running.get(name, 0), starting.get(name, 0)) for name in (running | starting)}
    total |= {name: value for name, value in container_requests(spec).items() if _supported_on_pod(name)}
    _add(total, spec.amounts("overhead", amount))
    for name, together in total.items():
        if together > MOST_OF_A_POD:
            spec.fail("containers", f"requests of {name} must be at most {MOST_OF_A_POD} in all, got {together}")
    return total


def container_requests(container: Manifest) -> dict[str, int]:
    """`resources.requests`, with `limits` where a resource has a limit only."""
    resources = container.part("resources")
    return resources.amounts("limits", amount) | resources.amounts("requests", amount)


def _supported_on_pod(resource: str) -> bool:
    return resource in ("cpu", "memory") or resource.startswith("hugepages-")


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    """Into *total*, since a sum of its own for each of a thousand containers would take quadratic time."""
    for name, wanted in more.items():
        total[name] = total.get(name, 0) + wanted
