"""Pods of one workload as a replay has them: asked for, starting, ready, gone; load flows over those that are ready.

Load is a fluid: it spreads over ready pods by their size, and what they cannot carry in the moment it comes is late.
There is no queue, since a request that has waited is late already. As a ReplicaSet does, those that have not started
yet go first, then the youngest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Protocol

from autoscaler.planner import sizes
from autoscaler.planner.decision import Wanted
from autoscaler.planner.observation import HOME, ContainerSeen, PodSeen, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What a replay assumes of the pods."""

    carries: float  # the load that one pod of the template's size takes at most
    start_s: float = 30.0  # from being asked for to being ready
    start_beyond_s: Mapping[str, float] = field(default_factory=dict)  # where it takes longer at a place over edge
    template: Size = field(default_factory=dict)
    resource: str = "cpu"  # what a pod carries more with

    def starting_s(self, place: str) -> float:
        """How long a pod takes to start there."""
        return self.start_beyond_s.get(place, self.start_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One pod."""

    name: str
    place: str
    asked_s: float
    ready_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The pods that came and went."""

    came: tuple[Replica, ...] = ()
    left: tuple[Replica, ...] = ()


class Lodging(Protocol):
    """The nodes that pods run on, where a replay has any."""

    def arrive(self, pod: Replica) -> bool:
        """Whether there is a node for it; one that finds none waits, and is tried again every turn."""

    def leave(self, pod: Replica) -> None:
        """It is gone; it had a node."""

    def resize(self, size: Size) -> None:
        """Those at home ask for that from now on."""


class Fluid:
    """The pods; the first of them are ready from the beginning."""

    def __init__(self, assumed: Assumed, replicas: int, *, now_s: float = 0.0, lodging: Lodging | None = None) -> None:
        self.assumed = assumed
        self._lodging = lodging
        first = [Replica(name=f"p{n}", place=HOME, asked_s=now_s, ready_s=now_s) for n in range(replicas)]
        self._pods: dict[str, list[Replica]] = {HOME: [self._lodged(pod, now_s) for pod in first]}
        self._named = replicas
        self._size: Size = {}
        self._growth = 1.0
        self._seen: tuple[PodSeen, ...] = ()
        self._seen_until_s = now_s - 1  # what `_seen` says holds before this moment

    @property
    def home(self) -> int:
        """Replicas asked for at home."""
        return len(self._pods[HOME])

    @property
    def beyond(self) -> dict[str, int]:
        """Replicas asked for at each place over edge that has any."""
        return {place: len(pods) for place, pods in self._pods.items() if place != HOME and pods}

    @property
    def count(self) -> int:
        """Replicas asked for at all places."""
        return sum(map(len, self._pods.values()))

    @property
    def growth(self) -> float:
        """How many times the template's size those at home are."""
        return self._growth

    @property
    def pods(self) -> tuple[Replica, ...]:
        """All of them, those at home first."""
        return tuple(pod for pods in self._pods.values() for pod in pods)

    def apply(self, wanted: Wanted, now_s: float) -> Change:
        """Have what is wanted; pods that come are ready later, those that go are gone, resizes are done at once."""
        came: list[Replica] = []
        left: list[Replica] = []
        self._resize(wanted.size, now_s)
        for place in dict.fromkeys((*self._pods, *wanted.beyond)):
            pods = self._pods.setdefault(place, [])
            count = wanted.home if place == HOME else wanted.beyond.get(place, 0)
            while len(pods) > count:  # the youngest are last, and those not ready are the youngest
                left.append(pods.pop())
                if self._lodging is not None and left[-1].ready_s < inf:
                    self._lodging.leave(left[-1])
            self._try_again(pods, now_s)
            for _ in range(count - len(pods)):
                ready_s = now_s + self.assumed.starting_s(place)
                pod = Replica(name=f"p{self._named}", place=place, asked_s=now_s, ready_s=ready_s)
                pods.append(self._lodged(pod, ready_s))
                came.append(pods[-1])
                self._named += 1
        if came or left:
            self._seen_until_s = now_s - 1
        return Change(came=tuple(came), left=tuple(left))

    def _resize(self, size: Size, now_s: float) -> None:
        if size == self._size:
            return
        self._size = size
        now = size or self.assumed.template
        self._growth = float(sizes.factor(now, self.assumed.template, self.assumed.resource))
        self._seen_until_s = now_s - 1
        if self._lodging is not None:
            self._lodging.resize(now)

    def _try_again(self, pods: list[Replica], now_s: float) -> None:
        for index, pod in enumerate(pods):
            if pod.ready_s == inf:
                pods[index] = self._lodged(pod, now_s + self.assumed.starting_s(pod.place))
                self._seen_until_s = now_s - 1

    def _lodged(self, pod: Replica, ready_s: float) -> Replica:
        has_node = self._lodging is None or self._lodging.arrive(pod)
        return replace(pod, ready_s=ready_s if has_node else inf)

    def ready(self, now_s: float) -> dict[str, int]:
        """Pods that take load, by place."""
        return {place: sum(pod.ready_s <= now_s for pod in pods) for place, pods in self._pods.items()}

    def carries(self, now_s: float) -> float:
        """The load that those that are ready take."""
        carried = 0.0
        for place, pods in self._pods.items():
            ready = len(pods)
            while ready and pods[ready - 1].ready_s > now_s:
                ready -= 1
            carried += ready * (self._growth if place == HOME else 1.0)
        return carried * self.assumed.carries

    def becomes_ready(self, after_s: float, until_s: float) -> list[float]:
        """The moments between the two at which pods become ready."""
        found: set[float] = set()
        for pods in self._pods.values():
            for pod in reversed(pods):
                if pod.ready_s <= after_s:
                    break
                if pod.ready_s < until_s:
                    found.add(pod.ready_s)
        return sorted(found)

    def seen(self, now_s: float) -> tuple[PodSeen, ...]:
        """The pods as an observation has them."""
        if now_s >= self._seen_until_s:
            self._seen = tuple(self._as_seen(pod, now_s) for pod in self.pods)
            self._seen_until_s = min((pod.ready_s for pod in self.pods if pod.ready_s > now_s), default=inf)
        return self._seen

    def _as_seen(self, pod: Replica, now_s: float) -> PodSeen:
        is_ready, has_node = pod.ready_s <= now_s, pod.ready_s < inf
        size = (self._size if pod.place == HOME else {}) or self.assumed.template
        return PodSeen(
            name=pod.name,
            phase="Running" if has_node else "Pending",
            ready="True" if is_ready else "False",
            ready_since_s=pod.ready_s if is_ready else pod.asked_s,
            start_s=pod.asked_s if has_node else None,
            containers=tuple(ContainerSeen(name=name, requests=requests) for name, requests in size.items()),
            place=pod.place,
            unschedulable_since_s=None if has_node else pod.asked_s,
        )
