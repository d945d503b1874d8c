"""A placer over a recorded cluster, without HTTP and without a mirror."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from policies.engine import journal
from policies.engine.answers import Filtered
from scheduler.deciding import Decider
from scheduler.decisions import DecisionLog
from scheduler.placing import Placer, Surroundings
from scheduler.profiles import Profiles
from scheduler.reading import PodReader, Subject
from scheduler.recent import Recent
from scheduler.recorded import RecordedCluster
from scheduler.wire import AskedPod, NodesAsked

SITE_LABELS = ("edgeward.dev/site",)


T = TypeVar("T")


class AtOnce(Decider):
    """Decides on the loop: for tests on virtual time, which would run ahead of a thread."""

    async def ask(self, work: Callable[[], T]) -> T:
        return work()


class Parts:
    """Everything that answers filter and prioritize; *path* has the decision log written."""

    def __init__(
        self,
        *,
        profile: str = "edge-default",
        path: Path | None = None,
        max_bytes: int = 1 << 30,
        keep: int = 3,
        decider: Decider | None = None,
    ) -> None:
        self.now = 1_000.0
        self.problems: list[str] = []
        self.told: list[tuple[Subject, Filtered]] = []
        self.namespaces: dict[str, Mapping[str, str]] = {}
        self.unreadable: dict[str, str] = {}
        self.live_demand: dict[str, float] = {}
        self.log = DecisionLog(path, max_bytes=max_bytes, keep=keep, clock=self.clock, tell=self.problems.append)
        self.cluster = RecordedCluster(self.log)
        self.profiles = Profiles(profile)
        self.decider = decider or Decider()
        self.recent = Recent()
        self.reader = PodReader(
            self.profiles,
            namespace_annotations=lambda name: self.namespaces.get(name, {}),
            live_demand=lambda: self.live_demand,
        )
        self.placer = Placer(
            self.reader,
            self.decider,
            snapshot=self.cluster.freeze,
            unreadable=lambda name: self.unreadable.get(name, ""),
            surroundings=self.surroundings,
            log=self.log,
            recent=self.recent,
            tell=lambda subject, answer: self.told.append((subject, answer)),
            clock=self.clock,
        )

    def clock(self) -> float:
        return self.now

    def begin_log(self) -> None:
        self.log.begin(self._state)

    def _state(self, log: DecisionLog) -> Any:
        yield journal.Begin(format=journal.FORMAT, at_s=self.now, profiles=dict(self.profiles.texts))
        yield from self.cluster.entries(log)

    def surroundings(self) -> Surroundings:
        told = self.cluster.latency_told
        return Surroundings(
            sites=self.cluster.live().sites,
            latency=told[0] if told else None,
            now_s=told[1] if told else 0.0,
            site_labels=SITE_LABELS,
        )

    def close(self) -> None:
        self.decider.close()
        self.log.close()


def asked_pod(
    name: str = "p", *, annotations: Mapping[str, str] | None = None, cpu: str = "100m", **more: Any
) -> AskedPod:
    """A pod as a request tells it; *more* goes into its metadata."""
    content: dict[str, Any] = {
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"uid-{name}",
            "annotations": dict(annotations or {}),
            **more,
        },
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]},
    }
    return AskedPod(namespace="default", name=name, uid=f"uid-{name}", content=content, key=b"")


def nodes_asked(pod: AskedPod, names: Sequence[str], *, items: Mapping[str, Any] | None = None) -> NodesAsked:
    """The question; with *items* the whole nodes are in it."""
    raw = None if items is None else [msgspec.Raw(msgspec.json.encode(items[name])) for name in names]
    return NodesAsked(pod=pod, names=list(names), items=raw)
