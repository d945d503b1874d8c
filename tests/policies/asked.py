"""What a policy says of a cluster's nodes, by their names."""

from __future__ import annotations

from policies.engine.contract import FilterScorer
from policies.model.cluster import Cluster
from policies.model.pod import PodClass


def scores(policy: FilterScorer, cluster: Cluster, pod: PodClass) -> dict[str, float] | None:
    """Rounded to four places; None when it has no opinion."""
    nodes = cluster.live()
    answer = policy.score(nodes, pod)
    return None if answer is None else {str(n): round(float(s), 4) for n, s in zip(nodes.name, answer, strict=True)}


def allowed(policy: FilterScorer, cluster: Cluster, pod: PodClass) -> set[str]:
    """Nodes that are not refused."""
    nodes = cluster.live()
    answer = policy.allow(nodes, pod)
    return {str(name) for row, name in enumerate(nodes.name) if answer is None or answer[row]}


def tiers(policy: FilterScorer, cluster: Cluster, pod: PodClass) -> dict[str, int] | None:
    """None when it has no opinion."""
    nodes = cluster.live()
    answer = policy.tier(nodes, pod)
    return None if answer is None else {str(n): int(t) for n, t in zip(nodes.name, answer, strict=True)}


def refusal(policy: FilterScorer, cluster: Cluster, pod: PodClass, node: str) -> str:
    """Why that node is refused."""
    nodes = cluster.live()
    return policy.refusal(nodes.take([nodes.slot(node)]), pod)


def reason(policy: FilterScorer, cluster: Cluster, pod: PodClass, node: str) -> str:
    """What that node's score was made from."""
    nodes = cluster.live()
    return policy.reason(nodes.take([nodes.slot(node)]), pod)


def devices(policy: FilterScorer, cluster: Cluster, pod: PodClass, node: str) -> tuple[int, ...] | None:
    """The GPUs of that node which it wants."""
    nodes = cluster.live()
    return policy.devices(nodes.take([nodes.slot(node)]), pod)
