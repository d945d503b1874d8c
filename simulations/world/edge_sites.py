"""A made-up edge operator: small sites near users, a few of them with GPUs, and clouds that are far and large.

Sites get two to four nodes each, every third one a node with two GPUs; clouds get many large nodes, a third with eight
GPUs. Services are of the kinds that people run at the edge; each serves the users of one site (Pareto-skewed: a few
sites have most), and replicas come and go in the rhythm asked for:

* `web` – a small server, wants to be local, may be anywhere;
* `camera` – video analytics on a share of a GPU, local or next door, never further than `ar-vr` allows;
* `inference` – a share of a GPU, local, then neighbour, then cloud;
* `training` – whole GPUs in the cloud;
* `batch` – many cores, no wish.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.model.demand import Demand
from policies.model.gpu import Gpu, GpuRequest
from policies.model.hint import Hint
from policies.model.node import Node
from policies.model.pod import Pod, PodClass
from policies.model.site import Tier
from simulations.workloads import weights
from simulations.workloads.geography import Geography
from simulations.world.rhythm import Rhythm
from simulations.world.workload import Arrival

_GIB = 2**30
_PODS = 110  # kubelet's default maxPods


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    share: float  # of the arrivals
    cpu_milli: tuple[int, ...]
    memory_gib: tuple[int, ...]
    lifetime_s: float
    gpu_milli: tuple[int, ...] = ()
    gpu_count: tuple[int, ...] = ()
    preferred: str = ""
    fallback: str = ""
    latency_class: str = ""


_KINDS = (
    _Kind("web", 0.50, (500, 1000), (1, 2), 7200.0, preferred="local"),
    _Kind("camera", 0.12, (1000, 2000), (2, 4), 3600.0, gpu_milli=(200, 250), preferred="local", fallback="neighbor",
          latency_class="ar-vr"),
    _Kind("inference", 0.15, (1000, 2000), (4, 8), 2400.0, gpu_milli=(300, 500), preferred="local"),
    _Kind("training", 0.03, (8000, 16000), (32, 64), 5400.0, gpu_count=(1, 2, 4, 8), preferred="cloud"),
    _Kind("batch", 0.20, (4000, 8000), (8, 16), 1200.0),
)  # fmt: skip


def edge_nodes(geography: Geography, rng: np.random.Generator) -> tuple[Node, ...]:
    """Nodes of all sites, named `<site>-<n>`, bearing the labels that an operator would give them."""
    nodes = []
    for site in geography.sites:
        cloud = site.tier is Tier.CLOUD
        count = 24 if cloud else int(rng.integers(2, 5))
        for number in range(count):
            has_gpu = number % 3 == 0 if cloud else number == 1
            gpus = (Gpu(model="A100"),) * 8 if has_gpu and cloud else (Gpu(model="T4"),) * 2 if has_gpu else ()
            nodes.append(
                Node(
                    name=f"{site.name.lower().replace(' ', '-')}-{number}",
                    allocatable={
                        "cpu": 64_000 if cloud else 16_000,
                        "memory": (256 if cloud else 64) * _GIB,
                        "pods": _PODS,
                    },
                    labels={
                        "topology.kubernetes.io/zone": site.name,
                        "topology.kubernetes.io/region": site.region or "r1",
                    },
                    gpus=gpus,
                    site=site.name,
                    tier=site.tier,
                )
            )
    return tuple(nodes)


def services(geography: Geography, count: int, rng: np.random.Generator, alpha: float) -> list[tuple[PodClass, float]]:
    """Service classes with the mean lifetime of their pods."""
    edges = [site.name for site in geography.sites if site.tier is Tier.EDGE]
    popularity = weights.pareto(len(edges), rng, alpha=alpha)
    shares = np.array([kind.share for kind in _KINDS])
    made = []
    for number, chosen in enumerate(rng.choice(len(_KINDS), size=count, p=shares / shares.sum()).tolist()):
        kind = _KINDS[chosen]
        gpu = None
        if kind.gpu_milli:
            gpu = GpuRequest(milli=int(rng.choice(kind.gpu_milli)))
        elif kind.gpu_count:
            gpu = GpuRequest(count=int(rng.choice(kind.gpu_count, p=_falling(len(kind.gpu_count)))))
        pod = PodClass.of(
            {"cpu": int(rng.choice(kind.cpu_milli)), "memory": int(rng.choice(kind.memory_gib)) * _GIB},
            gpu=gpu,
            service=f"{kind.name}-{number}",
            demand=Demand(((edges[int(rng.choice(len(edges), p=popularity))], 1.0),)) if kind.preferred else None,
            hint=Hint.parse(preferred=kind.preferred, fallback=kind.fallback, required=bool(kind.fallback))
            if kind.preferred
            else None,
            latency_class=kind.latency_class,
        )
        made.append((pod, kind.lifetime_s))
    return made


def edge_arrivals(
    nodes: tuple[Node, ...],
    geography: Geography,
    rng: np.random.Generator,
    *,
    count: int,
    load: float,
    duration_s: float,
    alpha: float,
    rhythm: Rhythm,
) -> tuple[Arrival, ...]:
    """Pods of *count* services, as many as keep *load* of the edge sites' CPU requested on average."""
    made = services(geography, count, rng, alpha)
    edge_cpu = sum(node.allocatable["cpu"] for node in nodes if node.tier is Tier.EDGE)
    # by Little's law a service that gets rate arrivals a second requests rate · lifetime · cpu; training runs in the
    # cloud
    busy = sum(lifetime_s * pod.request("cpu") for pod, lifetime_s in made if _is_edge(pod)) / len(made)
    rate_per_s = load * edge_cpu / max(busy, 1.0)
    times = rhythm(rate_per_s, duration_s, rng)
    chosen = rng.integers(len(made), size=len(times)).tolist()
    lifetimes = rng.exponential(1.0, size=len(times)).tolist()
    return tuple(
        Arrival(
            time_s=time_s,
            pod=Pod(name=f"{made[which][0].service}-{number}", of=made[which][0]),
            lifetime_s=lifetime * made[which][1],
        )
        for number, (time_s, which, lifetime) in enumerate(zip(times.tolist(), chosen, lifetimes, strict=True))
    )


def _is_edge(pod: PodClass) -> bool:
    return pod.hint is None or pod.hint.groups[0] != ("cloud",)


def _falling(size: int) -> list[float]:
    halves = [0.5**i for i in range(size)]
    return [half / sum(halves) for half in halves]
