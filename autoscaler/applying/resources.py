"""What containers ask for and may use, and how limits move when requests do.

Requests are what is scaled. A limit that was above its request keeps its proportion when the request grows, so that a
bigger replica can also do more; it never goes below the template's, so that a smaller one is not killed by it. In a
Guaranteed pod limits go on to equal requests. All is computed from the pod template and not from the pod, so that the
way back ends exactly where the way out began, and the QoS class, which may not change, stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from autoscaler.planner.observation import Size
from autoscaler.planner.sizes import shown
from policies.model.quantity import milli

QosClass = Literal["Guaranteed", "Burstable", "BestEffort"]
_COMPUTED = ("cpu", "memory")  # qos.isSupportedQoSComputeResource


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container's resources, in thousandths; `starting`: an init container, which a sidecar is, too."""

    name: str
    requests: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    starting: bool = False


def containers(pod_spec: Mapping[str, Any]) -> tuple[Container, ...]:
    """Those of a pod, or of a pod template, in its order; a limit without a request is a request."""
    return tuple(
        Container(
            name=each.get("name") or "",
            requests={**_amounts(each, "limits"), **_amounts(each, "requests")},
            limits=_amounts(each, "limits"),
            starting=starting,
        )
        for key, starting in (("containers", False), ("initContainers", True))
        for each in pod_spec.get(key) or ()
    )


def qos(of: Sequence[Container]) -> QosClass:
    """The class of a pod with these containers (k8s.io/kubernetes pkg/apis/core/v1/helper/qos)."""
    asked = {name: sum(each.requests.get(name, 0) for each in of) for name in _COMPUTED}
    most = {name: sum(each.limits.get(name, 0) for each in of) for name in _COMPUTED}
    if not any((*asked.values(), *most.values())):
        return "BestEffort"
    is_bound = all(each.limits.get(name, 0) > 0 for each in of for name in _COMPUTED)
    return "Guaranteed" if is_bound and asked == most else "Burstable"


def sized(
    now: Sequence[Container], template: Sequence[Container], to: Size, *, guaranteed: bool
) -> tuple[Container, ...]:
    """The containers *now* with the requests of *to*, and limits by *template*'s proportion."""
    planned = {each.name: each for each in template}
    return tuple(
        replace(
            each,
            requests={**each.requests, **to[each.name]},
            limits={
                **each.limits,
                **{
                    resource: _limit(planned.get(each.name, each), resource, request, guaranteed=guaranteed)
                    for resource, request in to[each.name].items()
                    if resource in each.limits
                },
            },
        )
        if each.name in to
        else each
        for each in now
    )


def patch(before: Sequence[Container], after: Sequence[Container]) -> dict[str, Any]:
    """The part of a pod's spec, as a strategic merge patch, that leads from one to the other; empty: nothing does."""
    out: dict[str, Any] = {}
    for old, new in zip(before, after, strict=True):
        changed = {
            key: {name: shown(name, amount) for name, amount in wanted.items() if had.get(name) != amount}
            for key, had, wanted in (("requests", old.requests, new.requests), ("limits", old.limits, new.limits))
        }
        resources = {key: amounts for key, amounts in changed.items() if amounts}
        if resources:
            key = "initContainers" if new.starting else "containers"
            out.setdefault(key, []).append({"name": new.name, "resources": resources})
    return out


def size(of: Sequence[Container], like: Size) -> dict[str, dict[str, int]]:
    """The requests that *like* names, as they are; a container or resource that is not there is left out."""
    known = {each.name: each.requests for each in of}
    return {
        name: {resource: known[name][resource] for resource in requests if resource in known[name]}
        for name, requests in like.items()
        if name in known
    }


def _limit(planned: Container, resource: str, request: int, *, guaranteed: bool) -> int:
    limit, before = planned.limits.get(resource, 0), planned.requests.get(resource, 0)
    if guaranteed:
        return request
    if not before:
        return max(limit, request)
    return max(limit, -(-limit * request // before))  # rounded up: what was above the request stays above


def _amounts(container: Mapping[str, Any], key: str) -> dict[str, int]:
    told = (container.get("resources") or {}).get(key) or {}
    return {name: milli(amount if isinstance(amount, int) else str(amount)) for name, amount in told.items()}
