"""What pods really have: a resize that was asked for and is not to be had gives nobody more.

The pod's own requests say what was asked for as soon as the API server took it, and so would its utilization: half of
twice the size, of which the kubelet granted nothing. So a pod whose resize is refused or put off counts as the template
has it, which is never more than it has.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscaler.planner import sizes
from autoscaler.planner.observation import HOME, ContainerSeen, Observation, PodSeen, Size

_NOT_GRANTED = ("Infeasible", "Error", "Deferred")
_SAME = Fraction(1)


def granted(seen: Observation) -> Observation:
    """The same with what pods have in the place of what they were promised."""
    if not any(pod.resize in _NOT_GRANTED for pod in seen.pods):
        return seen
    return replace(seen, pods=tuple(_as_before(pod, seen.template) for pod in seen.pods))


def grown(seen: Observation, base: Size, resource: str) -> Fraction:
    """How many times *base* those at home have of a resource, on average, as they are; 1 where nobody can say."""
    before = sizes.total(base, resource)
    home = [pod for pod in seen.pods if pod.place == HOME and not pod.deleting]
    if before <= 0 or not home:
        return _SAME
    has = sum(each.requests.get(resource, 0) for pod in home for each in pod.containers if each.name in base)
    return Fraction(has, before * len(home)) if has and has != before * len(home) else _SAME


def _as_before(pod: PodSeen, template: Size) -> PodSeen:
    if pod.resize not in _NOT_GRANTED:
        return pod
    return replace(pod, containers=tuple(_container(each, template) for each in pod.containers))


def _container(seen: ContainerSeen, template: Size) -> ContainerSeen:
    had = template.get(seen.name)
    return replace(seen, requests={**seen.requests, **had}) if had else seen
