"""All that is watched, together: each kind with its path, what is read of it, and who is told."""

from __future__ import annotations

from collections.abc import Callable

from autoscaler.watching.asked import Reader
from autoscaler.watching.autoscalers import PATH, Autoscalers
from autoscaler.watching.both import Both
from autoscaler.watching.hpas import Hpas
from autoscaler.watching.others import Others
from autoscaler.watching.owners import ReplicaSets
from autoscaler.watching.pods import Pods
from autoscaler.watching.shapes import AutoscalerShape, HpaShape, WatchedPod, WorkloadShape
from autoscaler.watching.workloads import Scaled, Workloads
from kube import reflector
from kube.client import KubeClient
from kube.handler import Handler
from kube.mirror.config_maps import CONFIG_LABEL
from kube.mirror.mirror import Mirror
from kube.mirror.shapes import BudgetShape, ConfigMapShape, NamespaceShape, NodeResourceTopologyShape, NodeShape

# Without these nothing is decided; the others come with CRDs that may not be installed, or help with details.
ESSENTIAL = frozenset({"edgeautoscalers", "pods", "deployments", "statefulsets", "replicasets", "hpas", "nodes"})


class Watched:
    """The handlers, for those who ask."""

    def __init__(
        self,
        client: KubeClient,
        mirror: Mirror,
        read: Reader,
        *,
        wrong: tuple[type[Exception], ...],
        clock: Callable[[], float],
    ) -> None:
        self.mirror = mirror
        self.autoscalers = Autoscalers(read, wrong)
        self.pods = Pods()
        self.deployments = Workloads("Deployment")
        self.stateful_sets = Workloads("StatefulSet")
        self.replica_sets = ReplicaSets()
        self.hpas = Hpas()
        self.others = Others(client, clock)

    def workload(self, kind: str, namespace: str, name: str) -> Scaled | None:
        """A workload of a kind that is watched."""
        of_kind = {
            "Deployment": self.deployments,
            "StatefulSet": self.stateful_sets,
            "ReplicaSet": self.replica_sets.free,
        }
        return of_kind[kind].get(namespace, name)

    def kinds(self, namespace: str) -> dict[str, tuple[reflector.Watched, Handler]]:
        """By the name that metrics and logs call them by. *namespace* is our own, whose ConfigMaps are read."""
        ours = {"labelSelector": f"{CONFIG_LABEL} in (latency,profiles)"}
        mirror, watched = self.mirror, reflector.Watched
        return {
            "edgeautoscalers": (watched(PATH, {}, AutoscalerShape), self.autoscalers),
            "pods": (watched("/api/v1/pods", {}, WatchedPod), Both(self.pods, mirror.pods)),
            "deployments": (watched("/apis/apps/v1/deployments", {}, WorkloadShape), self.deployments),
            "statefulsets": (watched("/apis/apps/v1/statefulsets", {}, WorkloadShape), self.stateful_sets),
            "replicasets": (watched("/apis/apps/v1/replicasets", {}, WorkloadShape), self.replica_sets),
            "hpas": (watched("/apis/autoscaling/v2/horizontalpodautoscalers", {}, HpaShape), self.hpas),
            "nodes": (watched("/api/v1/nodes", {}, NodeShape), mirror.nodes),
            "namespaces": (watched("/api/v1/namespaces", {}, NamespaceShape), mirror.namespaces),
            "configmaps": (
                watched(f"/api/v1/namespaces/{namespace}/configmaps", ours, ConfigMapShape),
                mirror.config_maps,
            ),
            "poddisruptionbudgets": (
                watched("/apis/policy/v1/poddisruptionbudgets", {}, BudgetShape),
                mirror.budgets,
            ),
            "noderesourcetopologies": (
                watched("/apis/topology.node.k8s.io/v1alpha2/noderesourcetopologies", {}, NodeResourceTopologyShape),
                mirror.topologies,
            ),
        }
