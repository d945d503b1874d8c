"""A placer over a recorded cluster, without HTTP and without a mirror."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kube.profiles import Profiles
from policies.engine import journal
from policies.engine.answers import Filtered
from policies.model.cluster import Cluster
from policies.model.pod import Pod
from policies.model.site import Tier
from scheduler.deciding import Decider
from scheduler.decisions import DecisionLog
from scheduler.ledger import Ledger
from scheduler.placing import Placer
from scheduler.reading import PodReader, Subject
from scheduler.recent import Recent
from scheduler.recorded import RecordedCluster
from scheduler.strangers import Surroundings
from scheduler.wire import AskedPod, NodesAsked

SITE_LABELS = ("edgeward.dev/site",)


T = TypeVar("T")


class AtOnce(Decider):
    """Decides on the loop: for tests on virtual time, which would run ahead of a thread."""

    async def ask(self, work: Callable[[], T], *, is_short: bool = False) -> T:
        return work()


class Assumptions:
    """As much of the mirror as the ledger needs; the watch tells nothing."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def assume(self, pod: Pod, node: str, devices: tuple[int, ...] | None) -> None:
        self._cluster.bind(pod, node, devices)

    def forget(self, uid: str) -> None:
        self._cluster.unbind(uid)

    def is_assumed(self, uid: str) -> bool:
        return uid in self._cluster


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
        self.default_site, self.default_tier = "", Tier.EDGE
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
        self.ledger = Ledger(Assumptions(self.cluster), hold_s=30.0, clock=self.clock)
        self.placer = Placer(
            self.reader,
            self.decider,
            snapshot=self.cluster.freeze,
            unreadable=lambda name: self.unreadable.get(name, ""),
            surroundings=self.surroundings,
            ledger=self.ledger,
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
        return Surroundings(
            sites=self.cluster.live().sites,
            latency=self.cluster.latency_told,
            site_labels=SITE_LABELS,
            default_site=self.default_site,
            default_tier=self.default_tier,
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
    return AskedPod(
        namespace="default", name=name, uid=f"uid-{name}", content=content, key=msgspec.json.encode(content)
    )


def nodes_asked(pod: AskedPod, names: Sequence[str], *, items: Mapping[str, Any] | None = None) -> NodesAsked:
    """The question; with *items* the whole nodes are in it."""
    raw = None if items is None else [msgspec.Raw(msgspec.json.encode(items[name])) for name in names]
    return NodesAsked(pod=pod, names=list(names), items=raw)
