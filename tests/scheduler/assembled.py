"""A whole extender without HTTP and without watches: tests tell its mirror's handlers what the API server would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kube.events import EventRecorder
from scheduler.assembly import Assembly
from scheduler.config import Config
from scheduler.metrics import Metrics
from scheduler.wire import BindAsked
from tests.fakes import FakeKube
from tests.kube.mirror.contents import Content, a_pod

NAMESPACE = "edgeward"


class Assembled:
    """An assembly, and what is around it."""

    def __init__(self, **settings: Any) -> None:
        self.now = 1_000.0
        self.why_not = ""
        self.kube = FakeKube()
        self.metrics = Metrics()
        self.events = EventRecorder(self.kube, "edgeward.dev/test", clock=self.clock)
        self.assembly = Assembly(
            Config.model_validate(settings),
            self.kube,
            self.metrics,
            namespace=NAMESPACE,
            clock=self.clock,
            why_not=lambda: self.why_not,
            events=self.events,
        )
        self.mirror, self.desk = self.assembly.mirror, self.assembly.desk

    def clock(self) -> float:
        return self.now

    def config_map(self, kind: str, data: dict[str, str], *, name: str = "c1") -> None:
        """Ours says this now."""
        metadata = {"name": name, "namespace": NAMESPACE, "labels": {"edgeward.dev/config": kind}}
        self.mirror.config_maps.put({"metadata": metadata, "data": data})

    def pending(self, content: Content) -> None:
        """A pod waits, in the API server and in the mirror."""
        self.kube.put("/api/v1/namespaces/default/pods", content)
        self.mirror.pods.put(content)

    def value(self, name: str, **labels: str) -> float | None:
        """What Prometheus would be told."""
        return self.metrics.registry.get_sample_value(name, labels)

    @property
    def noted(self) -> list[tuple[str, str]]:
        """Reason and text of the events that wait to be told."""
        return [(each.content["reason"], each.content["note"]) for each in self.events._new]


def waiting(name: str = "p", **more: Any) -> Content:
    """A pod that waits for us; its UID is `uid-` and its name."""
    return a_pod(name, uid=f"uid-{name}", scheduler="default-scheduler", **more)


def to(node: str, name: str = "p") -> BindAsked:
    """The question to bind that pod to a node."""
    return BindAsked(namespace="default", name=name, uid=f"uid-{name}", node=node)


@contextmanager
def assembled(**settings: Any) -> Iterator[Assembled]:
    """*settings* are those of the configuration file."""
    made = Assembled(**settings)
    try:
        yield made
    finally:
        made.assembly.close()
