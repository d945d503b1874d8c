"""A small world with something of everything, for trying a policy: what the contract's checks run on.

Edge sites near and far and a cloud; a latency matrix with fresh, stale and missing entries; nodes with and without GPUs
(also of two models on one node), NUMA zones, virtual functions, usage, taints and labels; and pods that between them
use every field of `PodClass`. All of it is fixed: nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from policies.model.cluster import Cluster
from policies.model.demand import Demand
from policies.model.gpu import Gpu, GpuRequest
from policies.model.hint import Hint
from policies.model.latency import LatencyMatrix
from policies.model.node import Node, NumaZone
from policies.model.pod import Pod, PodClass
from policies.model.site import Site, Sites, Tier
from policies.model.taint import Taint, Toleration

SRIOV = "intel.com/intel_sriov_netdevice"
NOW_S = 1000.0
_GIB = 2**30

SITES = Sites(
    (
        Site(name="seoul", region="kr", zone="kr-1", latitude=37.57, longitude=126.98),
        Site(name="incheon", region="kr", zone="kr-1", latitude=37.46, longitude=126.71),
        Site(name="busan", region="kr", zone="kr-2", latitude=35.18, longitude=129.08, neighbors=frozenset({"seoul"})),
        Site(name="farm"),  # nobody told where it is
        Site(name="tokyo-cloud", tier=Tier.CLOUD, region="jp", zone="jp-1", latitude=35.68, longitude=139.69),
    )
)


def matrix(scale: float = 1.0) -> LatencyMatrix:
    """Round trips between four of the sites; one pair was never measured, one is old."""
    names = ("seoul", "incheon", "busan", "tokyo-cloud")
    p50 = np.array([[0.4, 2, 6, 31], [2, 0.5, 8, 33], [6, 8, 0.4, np.nan], [31, 33, np.nan, 0.6]]) * scale
    given = LatencyMatrix.of(names, p50, p50 * 1.3, measured_at_s=NOW_S, source="probe")
    return given.measured("incheon", "busan", p50_ms=8 * scale, p95_ms=9 * scale, at_s=0.0, source="configmap")


def nodes() -> tuple[Node, ...]:
    """Nineteen nodes, not in the order of their names."""
    plain = {"cpu": 8_000, "memory": 32 * _GIB, "pods": 20}
    large = {"cpu": 64_000, "memory": 256 * _GIB, "pods": 110}
    zone = {"topology.kubernetes.io/region": "kr", "topology.kubernetes.io/zone": "kr-1"}
    tainted = (Taint(key="dedicated", value="gpu"),)
    a100, t4 = Gpu(model="A100", memory_mib=40_960), Gpu(model="T4", memory_mib=15_360)
    sliced, untold = Gpu(model="L4", memory_mib=23_034, slices=4), Gpu(model="L4")
    return (
        Node(name="seoul-3", site="seoul", allocatable=plain, labels={**zone, "machine": "tx2"}, usage={"cpu": 0.9}),
        Node(name="seoul-1", site="seoul", allocatable=plain, labels={**zone, "machine": "xavier", "disk": "ssd"}),
        Node(name="seoul-2", site="seoul", allocatable={**plain, SRIOV: 2},
             usage={"cpu": 0.2, "memory": 0.6, "link": 0.85}),
        Node(name="seoul-gpu", site="seoul", allocatable=large, gpus=(a100, a100), labels=zone, usage={"memory": 0.1}),
        Node(name="incheon-1", site="incheon", allocatable=plain, labels={"machine": "nano"}, usage={"link": 0.3}),
        Node(name="incheon-2", site="incheon", allocatable={**large, SRIOV: 4}, labels={"disk": "ssd"},
             numa=(NumaZone(cpu_milli=6_000), NumaZone(cpu_milli=6_000, memory_bytes=8 * _GIB))),
        Node(name="busan-1", site="busan", allocatable=plain, labels={"topology.kubernetes.io/zone": "kr-2"}),
        Node(name="busan-2", site="busan", allocatable=plain, ready=False),
        Node(name="busan-numa", site="busan", allocatable=large, usage={"cpu": 0.5, "memory": 0.5, "link": 0.95},
             numa=(NumaZone(cpu_milli=24_000), NumaZone(cpu_milli=12_000))),
        Node(name="farm-1", site="farm", allocatable={"cpu": 2_000, "memory": 4 * _GIB, "pods": 5}),
        Node(name="lone", allocatable=plain, usage={"cpu": 1.4}),  # a site of its own name
        Node(name="tokyo-1", site="tokyo-cloud", allocatable=large, labels={"topology.kubernetes.io/region": "jp"}),
        Node(name="tokyo-2", site="tokyo-cloud", allocatable={**large, SRIOV: 8}, usage={"cpu": 0.1, "memory": 0.1}),
        Node(name="tokyo-gpu-1", site="tokyo-cloud", allocatable=large, gpus=(t4,) * 4),
        Node(name="tokyo-gpu-2", site="tokyo-cloud", allocatable=large, gpus=(t4, a100, a100, a100)),
        Node(name="tokyo-gpu-3", site="tokyo-cloud", allocatable=large, gpus=(a100,) * 8, taints=tainted),
        Node(name="tokyo-gpu-4", site="tokyo-cloud", allocatable={**large, "cpu": 98_000}, gpus=(a100,) * 8),
        Node(name="tokyo-gpu-5", site="tokyo-cloud", allocatable=large, gpus=(sliced, replace(sliced, healthy=False))),
        Node(name="tokyo-gpu-6", site="tokyo-cloud", allocatable=large, gpus=(untold, untold)),
    )  # fmt: skip


def pods() -> Mapping[str, PodClass]:
    """Pods by what they are about."""
    small = {"cpu": 500, "memory": _GIB}
    seoul, both = Demand.parse("seoul"), Demand.parse("seoul=0.7,busan=0.3")
    tolerates = (Toleration(key="dedicated", operator="Exists"),)
    return {
        "nothing": PodClass(),
        "web": PodClass.of(small, service="web", demand=both, hint=Hint.parse(preferred="local")),
        "api": PodClass.of(small, service="api", demand=seoul, depends_on=("web", "redis", "other/db"), profile="mine"),
        "redis": PodClass.of({"memory": 8 * _GIB}, service="redis", node_selector={"disk": "ssd"}),
        "db": PodClass.of({"cpu": 4_000, "memory": 8 * _GIB}, namespace="other", service="db", demand=both),
        "named": PodClass.of(small, demand=seoul,
                             hint=Hint.parse(fallback="busan,[farm,tokyo-cloud],mars", required=True)),
        "game": PodClass.of(small, demand=seoul, latency_class="ar-vr", max_rtt_ms=15.0),
        "lost": PodClass.of(small, demand=Demand.parse("atlantis"), max_rtt_ms=5.0,
                            hint=Hint.parse(preferred="neighbor")),
        "pinned": PodClass.of({"cpu": 10_000, "memory": 4 * _GIB}, topology_aware=True),
        "halves": PodClass.of({"cpu": 1_500}, topology_aware=True),
        "share": PodClass.of(small, gpu=GpuRequest(milli=300), service="infer", demand=seoul),
        "pair": PodClass.of({"cpu": 8_000}, gpu=GpuRequest(count=2, models=("A100", "T4")), tolerations=tolerates),
        "eight": PodClass.of({"cpu": 32_000}, gpu=GpuRequest(count=8, models=("H100", "A100")), tolerations=tolerates),
        # takes so much CPU for half a GPU that a policy may find every device equally bad, the full ones as well
        "greedy": PodClass.of({"cpu": 96_000}, gpu=GpuRequest(milli=500)),
        # of another part of each card
        "memory": PodClass.of(small, gpu=GpuRequest(milli=0, memory_mib=8_192), service="infer"),
        "two memories": PodClass.of(small, gpu=GpuRequest(milli=100, count=2, memory_mib=10_240, avoid=("T4",))),
        "as such": PodClass.of(small, gpu=GpuRequest(sliceable=True)),
        "stream": PodClass.of({"cpu": 1_000, SRIOV: 1}, network_mbps=800, service="stream"),
        "backup": PodClass.of(small, network_mbps=100),
        "huge": PodClass.of({"cpu": 500_000}),
    }  # fmt: skip


def world(*, inhabited: bool = True) -> Cluster:
    """The nodes, with some pods on them."""
    cluster = Cluster(SITES)
    cluster.set_latency(matrix(), now_s=NOW_S)
    for node in nodes():
        cluster.set_node(node)
    if inhabited:
        kinds = pods()
        for number, (kind, node_name) in enumerate(
            (("web", "seoul-1"), ("web", "seoul-1"), ("web", "tokyo-1"), ("redis", "incheon-2"), ("db", "busan-numa"),
             ("stream", "seoul-2"), ("backup", "busan-numa"), ("share", "seoul-gpu"), ("share", "tokyo-gpu-1"),
             ("pair", "tokyo-gpu-3"), ("memory", "tokyo-gpu-1"), ("as such", "tokyo-gpu-5"),
             ("pinned", "busan-numa"), ("api", "seoul-3"))
        ):  # fmt: skip
            cluster.bind(Pod(name=f"{kind}-{number}", of=kinds[kind]), node_name)
        for number in range(3):  # 100 milli are left of the first GPU of eight
            cluster.bind(Pod(name=f"share-first-{number}", of=kinds["share"]), "tokyo-gpu-4", devices=(0,))
    return cluster


def one_node() -> Cluster:
    """A single node and nothing on it."""
    cluster = Cluster()
    cluster.set_node(Node(name="only", allocatable={"cpu": 4_000, "memory": 8 * _GIB, "pods": 10}))
    return cluster


def all_down() -> Cluster:
    """The whole world, no node ready, one deleted."""
    cluster = world()
    for node in nodes():
        cluster.set_node(replace(node, ready=False))
    cluster.remove_node("lone")
    return cluster
