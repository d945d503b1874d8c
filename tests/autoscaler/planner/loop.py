"""A workload that obeys: decisions are carried out at once, and the next observation shows it. Time passes by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autoscaler.planner.decision import Decision
from autoscaler.planner.history import History
from autoscaler.planner.observation import (
    HOME,
    ContainerSeen,
    Fit,
    Observation,
    PodSeen,
    PodValues,
    Reading,
    Resize,
    Sample,
    Size,
)
from autoscaler.planner.plan import plan
from autoscaler.planner.spec import Bounds, Horizontal, Metric, OverEdge, Spec, Target, Vertical

TEMPLATE: Size = {"app": {"cpu": 500}}
CPU = Metric(kind="Resource", name="cpu", target=Target(kind="Utilization", amount=50))
TICK_S = 15.0


def make_spec(**changes: object) -> Spec:
    """CPU at 50 %, from 1 to 4 replicas, then up to 1 CPU, then 6 over edge; 180 s out and 300 s in."""
    horizontal = Horizontal(max_replicas=4, metrics=(CPU,), out_period_s=180.0, in_period_s=300.0)
    bounds = Bounds(container="app", most={"cpu": 1000}, step={"cpu": 100})
    spec = Spec(
        horizontal=horizontal,
        vertical=Vertical(mode="InPlace", containers=(bounds,)),
        over_edge=OverEdge(places=("neighbor", "cloud"), max_replicas=6),
    )
    return replace(spec, **changes)  # type: ignore[arg-type]  # a test's own words


@dataclass
class Workload:
    """`load` is thousandths of CPU in all, shared evenly; what `free` has no room for is refused."""

    spec: Spec
    load: int
    now_s: float = 10_000.0
    home: int = 1
    beyond: Mapping[str, int] = field(default_factory=dict)
    size: Size = field(default_factory=lambda: TEMPLATE)
    history: History = field(default_factory=History)
    free: Mapping[str, int] = field(default_factory=dict)
    stuck: int = 0  # of those at home, found no node
    idle: int = 0  # of those at home, do not become ready
    resize: Resize = ""  # what the kubelet says of bigger pods
    changes: Mapping[str, Any] = field(default_factory=dict)  # in what is seen
    spoil: Callable[[Reading], Reading] = field(default_factory=lambda: lambda reading: reading)
    steps: list[tuple[float, str, str, str]] = field(default_factory=list)  # (at, kind, before, after)

    @property
    def replicas(self) -> int:
        return self.home + sum(self.beyond.values())

    def pods(self) -> tuple[PodSeen, ...]:
        names = [(HOME, n) for n in range(self.home)]
        names += [(place, n) for place, count in self.beyond.items() for n in range(count)]
        return tuple(
            PodSeen(
                name=f"{place}-{n}",
                place=place,
                **self._trouble(place, n),
                containers=tuple(
                    ContainerSeen(name=name, requests=requests)
                    for name, requests in (self.size if place == HOME else TEMPLATE).items()
                ),
            )
            for place, n in names
        )

    def _trouble(self, place: str, n: int) -> dict[str, Any]:
        """The last ones at home are those that are stuck or idle."""
        if place != HOME:
            return {}
        if n >= self.home - self.stuck:
            return {"phase": "Pending", "ready": "False", "unschedulable_since_s": self.now_s - 600}
        if n >= self.home - self.stuck - self.idle:
            return {"ready": "False", "start_s": self.now_s - 5, "ready_since_s": self.now_s - 5}
        return {"resize": self.resize} if self.size is not TEMPLATE else {}

    def seen(self) -> Observation:
        pods = self.pods()
        serving = [pod for pod in pods if pod.ready == "True"]
        capacity = sum(self._has(pod) for pod in serving)
        samples = {
            pod.name: Sample(
                by_container={"app": self.load * self._has(pod) // max(1, capacity)},
                timestamp_s=self.now_s - 1,
            )
            for pod in serving
        }
        seen = Observation(
            now_s=self.now_s,
            home=self.home,
            status_replicas=self.replicas,
            pods=pods,
            readings=(self.spoil(PodValues(samples=samples)),),
            beyond=self.beyond,
            template=TEMPLATE,
        )
        return replace(seen, **self.changes)

    def _has(self, pod: PodSeen) -> int:
        """What it really has: a resize that is not granted changes nothing."""
        return TEMPLATE["app"]["cpu"] if pod.resize else pod.containers[0].requests["cpu"]

    def rooms(self, place: str, up_to: int) -> Fit:
        count = min(up_to, max(0, self.free.get(place, 99)))
        return Fit(count=count, why="" if count == up_to else "full")

    def decide(self) -> Decision:
        return plan(self.spec, self.seen(), self.history, self.rooms)

    def tick(self) -> Decision:
        """Decide, obey, and let a tick pass."""
        decision = self.decide()
        if decision.step is not None:
            self.steps.append((self.now_s, decision.step.kind, decision.step.before, decision.step.after))
        self.history = decision.history
        self.home, self.beyond = decision.wanted.home, decision.wanted.beyond
        self.size = decision.wanted.size or TEMPLATE
        self.now_s += TICK_S
        return decision

    def run(self, seconds: float) -> Decision:
        """Tick for so long; the last decision."""
        decision = self.tick()
        for _ in range(int(seconds / TICK_S) - 1):
            decision = self.tick()
        return decision

    @property
    def kinds(self) -> list[str]:
        return [kind for _, kind, _, _ in self.steps]
