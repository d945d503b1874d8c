"""Scale-in takes the replicas farthest from the users: they are marked right before it."""

from __future__ import annotations

from autoscaler.applying.deletion_cost import Replica, costs, mark, round_trips_ms
from autoscaler.applying.outcome import Done, Outcome
from autoscaler.controller.subject import Subject
from autoscaler.watching.watched import Watched
from kube.client import KubeClient
from policies.errors import PolicyError
from policies.model import kubernetes
from policies.model.demand import Demand

NO_SITE = ""


class Farthest:
    """Marks pods of a workload."""

    def __init__(self, client: KubeClient, watched: Watched) -> None:
        self._client = client
        self._watched = watched

    async def mark(self, subject: Subject, fewer: int) -> Outcome:
        """Done always: without marks only the choice of those that go is worse."""
        demand = self._demand(subject)
        if demand is not None:
            nodes = self._watched.mirror.snapshot()
            away_ms = round_trips_ms(nodes.sites, nodes.latency, demand)
            await mark(self._client, subject.name[0], costs(self._replicas(subject), away_ms, fewer))
        return Done(wrote=False)

    def _demand(self, subject: Subject) -> Demand | None:
        namespace = subject.name[0]
        try:
            inherited = self._watched.mirror.namespace_annotations(namespace)
            template = subject.scaled.template_content()
            return kubernetes.pod_class(template, namespace=namespace, namespace_annotations=inherited).demand
        except PolicyError:
            return None

    def _replicas(self, subject: Subject) -> list[Replica]:
        nodes = self._watched.mirror.snapshot()
        owners = {subject.scaled.uid, *self._watched.replica_sets.of(subject.scaled.uid)}
        pods = [each for owner in sorted(owners) for each in self._watched.pods.known(owner) if not each.seen.deleting]
        slots = nodes.slots_of([each.node for each in pods]).tolist()
        return [
            Replica(
                name=each.name,
                site=nodes.sites[int(nodes.site[slot])].name if slot >= 0 else NO_SITE,
                cost=each.cost,
                ours=each.our_cost,
            )
            for each, slot in zip(pods, slots, strict=True)
        ]
