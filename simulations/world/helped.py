"""Whom may another pod's arrival help? Those that a policy refuses for what runs elsewhere.

A pod usually waits for a place, and others that come take places. But `topology` with `max_skew` lets a replica into a
site once the other sites have caught up, and `dependencies` with `max_rtt_ms` once the service that it talks to runs
near by. Such a policy says so itself: its scope is the whole cluster, and it has a mask for the pod.
"""

from __future__ import annotations

from policies.engine.contract import FilterScorer, Scope
from policies.engine.profile import Profile
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot


class Helped:
    """Asked per class, remembers the answer. A baseline has no profile and no such filter."""

    def __init__(self, profile: Profile | None) -> None:
        steps = profile.steps if profile else ()
        self._filters = tuple(
            step.policy
            for step in steps
            if step.policy.scope is Scope.CLUSTER and type(step.policy).allow is not FilterScorer.allow
        )
        self._known: dict[PodClass, bool] = {}

    def __bool__(self) -> bool:
        """Whether there is such a filter at all."""
        return bool(self._filters)

    def by_arrivals(self, nodes: Snapshot, pod: PodClass) -> bool:
        """Does one of them hold for this class?"""
        if pod not in self._known:
            self._known[pod] = any(
                policy.concerns(pod) and policy.allow(nodes, pod) is not None for policy in self._filters
            )
        return self._known[pod]
