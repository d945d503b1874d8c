"""What a world's run comes to: counts, waiting times, round trips, tiers, cost, and curves over time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from policies.model.cluster import Cluster
from policies.model.placement import Placement
from policies.model.pod import PodClass
from policies.model.relation import Relation, relations
from policies.model.site import Tier
from policies.model.snapshot import Snapshot

Floats = npt.NDArray[np.float64]

_SAMPLES = 240  # points of a curve over time


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Per hour, in any currency: what a core and a whole GPU cost where they are. Edge sites are small and dear."""

    edge_core: float = 0.06
    cloud_core: float = 0.04
    edge_gpu: float = 1.2
    cloud_gpu: float = 0.9


@dataclass(slots=True)
class Ledger:
    """Fills while the world runs. Lists have one entry per placement (a pod evicted and placed again has two)."""

    waits_s: list[float] = field(default_factory=list)
    rtts_ms: list[float] = field(default_factory=list)
    relation_counts: Counter[str] = field(default_factory=Counter)
    site_counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    limit_violations: int = 0
    hinted: int = 0
    first_choices: int = 0
    cpu_pods_on_gpu_nodes: int = 0
    evicted: int = 0
    finished: int = 0
    core_seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(Tier, 0.0))
    gpu_seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(Tier, 0.0))
    times_s: list[float] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    cpu_pct: list[float] = field(default_factory=list)
    gpu_pct: list[float] = field(default_factory=list)
    _relations: dict[PodClass, tuple[object, npt.NDArray[np.int8]]] = field(default_factory=dict)

    def placed(self, nodes: Snapshot, pod: PodClass, slot: int, waited_s: float) -> None:
        """A pod got a node; *nodes* is the snapshot that it was decided on.

        Its round trip counts when it was measured (or is that of its own site), and its limit as held when measurements
        show it: a guess does neither. The relation is that of the default neighbour radius, one yardstick for all
        policies; a profile whose `hint` has another radius decides by its own, and is not measured by it: it could
        otherwise have everything next door by calling it so.
        """
        site = int(nodes.site[slot])
        self.waits_s.append(waited_s)
        self.site_counts[nodes.sites[site].name] += 1
        if pod.gpu is None and nodes.gpu_count[slot]:
            self.cpu_pods_on_gpu_nodes += 1
        latency = nodes.latency
        origins, weights = pod.demand.columns(nodes.sites) if pod.demand else (np.empty(0, np.intp), np.empty(0))
        told = pod.demand is not None and len(origins) == sum(weight > 0 for _, weight in pod.demand.weights)
        if told and ((latency.source[origins, site] >= 0) | latency.known[origins, site]).all():
            self.rtts_ms.append(float(weights @ latency.p50_ms[origins, site]))
        limit = pod.rtt_limit_ms
        if limit is not None:
            holds = latency.known[origins, site] & (latency.p95_ms[origins, site] <= limit)
            self.limit_violations += not (told and holds.all())
        if pod.demand is None:
            return
        if pod.hint is not None:
            self.hinted += 1
            relation = Relation(self._relation_of_sites(nodes, pod)[site]).name.lower()
            self.relation_counts[relation] += 1
            first = pod.hint.groups[0]
            self.first_choices += relation in first or nodes.sites[site].name in first

    def ran(self, cluster: Cluster, placement: Placement, for_s: float) -> None:
        """A placement ended after *for_s*."""
        nodes = cluster.live()
        tier = str(nodes.sites[int(nodes.site[nodes.slot(placement.node)])].tier)
        self.charge(placement.pod.of, tier, for_s)

    def charge(self, pod: PodClass, tier: str, for_s: float) -> None:
        """Core and GPU time of one pod on a site of that tier."""
        self.core_seconds[tier] += pod.request("cpu") / 1000 * for_s
        if pod.gpu is not None:
            self.gpu_seconds[tier] += pod.gpu.total_milli / 1000 * for_s

    def sample(self, nodes: Snapshot, now_s: float, pending: int) -> None:
        """One point of the curves over time."""
        ready = nodes.ready
        self.times_s.append(now_s)
        self.pending.append(pending)
        cpu = int(nodes.allocatable("cpu")[ready].sum())
        self.cpu_pct.append(100 * float(nodes.requested("cpu")[ready].sum()) / cpu if cpu else 0.0)
        gpu = 1000 * int(nodes.gpu_count[ready].sum())
        free = int(nodes.gpu_free_milli[ready].sum())
        self.gpu_pct.append(100 * (gpu - free) / gpu if gpu else 0.0)

    def cost(self, prices: Prices) -> float:
        """Of all that ran."""
        total = self.core_seconds["edge"] * prices.edge_core + self.core_seconds["cloud"] * prices.cloud_core
        total += self.gpu_seconds["edge"] * prices.edge_gpu + self.gpu_seconds["cloud"] * prices.cloud_gpu
        return total / 3600

    def _relation_of_sites(self, nodes: Snapshot, pod: PodClass) -> npt.NDArray[np.int8]:
        known = self._relations.get(pod)
        if known is None or known[0] != nodes.epoch:
            known = self._relations[pod] = (nodes.epoch, relations(nodes.sites, nodes.latency, pod.demand))
        return known[1]


def sample_times(duration_s: float) -> Floats:
    """When the curves over time are sampled."""
    return np.linspace(0.0, duration_s, _SAMPLES + 1)
