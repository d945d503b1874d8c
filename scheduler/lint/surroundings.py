"""What else is in the file: who serves the extender, and how the scheduler itself runs.

A manifest often holds the configuration in a ConfigMap beside the Deployment and the Service. Then it can be told for
certain whether the extender's pod waits for the scheduler that waits for it; else it can only be suspected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from scheduler.lint.configuration import DEFAULT_SCHEDULER, Content, flag, mapping, mappings, text

SCHEDULED: Final = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Job")


@dataclass(frozen=True)
class Workload:
    """Something that makes pods."""

    kind: str
    namespace: str
    name: str
    labels: Content
    spec: Content  # of its pods

    @property
    def scheduler_name(self) -> str:
        """Which scheduler places its pods."""
        return text(self.spec, "schedulerName") or DEFAULT_SCHEDULER

    @property
    def is_scheduled(self) -> bool:
        """Whether a scheduler has to place its pods; a kubelet starts static ones by itself."""
        return self.kind in SCHEDULED and not text(self.spec, "nodeName")

    @property
    def runs_scheduler(self) -> bool:
        """Whether a kube-scheduler runs in there."""
        return any("kube-scheduler" in _started(each) for each in mappings(self.spec, "containers"))

    @property
    def knows_services(self) -> bool:
        """Whether its pods can look up the names of Services."""
        return not flag(self.spec, "hostNetwork") or text(self.spec, "dnsPolicy") == "ClusterFirstWithHostNet"


@dataclass(frozen=True)
class Service:
    """A name under which pods are reached."""

    namespace: str
    name: str
    selector: Content

    def is_called(self, host: str) -> bool:
        """Whether *host* is one of its names."""
        full = f"{self.name}.{self.namespace}"
        return host in {self.name, full, f"{full}.svc"} or host.startswith(f"{full}.svc.")


@dataclass(frozen=True)
class Surroundings:
    """Workloads and Services of the same file."""

    workloads: tuple[Workload, ...] = ()
    services: tuple[Service, ...] = ()

    @property
    def schedulers(self) -> tuple[Workload, ...]:
        """What runs a kube-scheduler."""
        return tuple(each for each in self.workloads if each.runs_scheduler)

    def behind(self, host: str) -> tuple[Workload, ...]:
        """What serves that host, as far as the file tells."""
        return tuple(
            workload
            for service in self.services
            if service.is_called(host) and service.selector
            for workload in self.workloads
            if workload.namespace == service.namespace and service.selector.items() <= workload.labels.items()
        )


def surroundings(documents: Iterable[Any]) -> Surroundings:
    """What the documents of a file say about their workloads and Services."""
    workloads, services = [], []
    for document in documents:
        if not isinstance(document, dict):
            continue
        meta, spec, kind = mapping(document, "metadata"), mapping(document, "spec"), text(document, "kind")
        namespace, name = text(meta, "namespace") or "default", text(meta, "name")
        if kind == "Service":
            services.append(Service(namespace, name, mapping(spec, "selector")))
        elif kind == "Pod":
            workloads.append(Workload(kind, namespace, name, mapping(meta, "labels"), spec))
        elif "template" in spec:
            template = mapping(spec, "template")
            labels = mapping(mapping(template, "metadata"), "labels")
            workloads.append(Workload(kind, namespace, name, labels, mapping(template, "spec")))
    return Surroundings(tuple(workloads), tuple(services))


def _started(container: Content) -> str:
    command = container.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    return " ".join([*words[:1], text(container, "image")])
