"""Results that look like those of real scenarios, of any size, for tests of tables and reports."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulations.kinds.contract import Metric
from simulations.result import Curve, RunResult, SitePoint
from simulations.study import Study

HOSTILE = "<script>alert('x')</script>"
RTT = Metric(key="rtt_mean_ms", title="RTT mean", unit="ms", better="lower")
SHARE = Metric(key="edge_share_pct", title="Edge share", unit="%", better="higher")
CITIES = (
    ("London", 51.51, -0.13), ("Paris", 48.86, 2.35), ("Madrid", 40.42, -3.70), ("Berlin", 52.52, 13.41),
    ("Rome", 41.90, 12.50), ("Vienna", 48.21, 16.37), ("Warsaw", 52.23, 21.01), ("Stockholm", 59.33, 18.07),
    ("Athens", 37.98, 23.73), ("Lisbon", 38.72, -9.14), ("Dublin", 53.35, -6.26), ("Oslo", 59.91, 10.75),
    ("Helsinki", 60.17, 24.94), ("Bucharest", 44.43, 26.10), ("Sofia", 42.70, 23.32), ("Zurich", 47.37, 8.54),
    ("Brussels", 50.85, 4.35), ("Amsterdam", 52.37, 4.90), ("Copenhagen", 55.68, 12.57), ("Prague", 50.08, 14.44),
)  # fmt: skip


def make_run(policy: str = "greedy", seed: int = 1, *, wall_seconds: float = 0.5, **parts: object) -> RunResult:
    """A run about which a test says only what matters to it."""
    content: dict[str, object] = {"metrics": {"rtt_mean_ms": 30.0 + seed}} | parts
    return RunResult(
        scenario="sample",
        kind="sampling",
        policy=policy,
        seed=seed,
        wall_seconds=wall_seconds,
        **content,  # type: ignore[arg-type]
    )


def make_study(*runs: RunResult, metrics: Sequence[Metric] = (RTT, SHARE), **parts: object) -> Study:
    content: dict[str, object] = {"scenario": "sample", "description": "A sample.", "data_source": "built in"} | parts
    return Study(kind="sampling", metrics=tuple(metrics), runs=runs, **content)  # type: ignore[arg-type]


def gpu_packing(policies: int = 6, seeds: int = 5) -> Study:
    """Like a replay of a GPU cluster's trace: allocation and fragmentation against arrival, 131 points each."""
    names = ("fgd", "best-fit", "dot-product", "gpu-packing", "gpu-clustering", "random", "least-allocated",
             "most-allocated", "two-stage-default", "edge-default", "fgd-by-site",
             "a-policy-with-a-rather-long-name")  # fmt: skip
    arrived = np.arange(131.0)
    runs = []
    for rank, policy in enumerate(names[:policies]):
        limit = 95.4 - 1.6 * rank
        for seed in range(1, seeds + 1):
            dice = np.random.default_rng([rank, seed])
            noise = dice.normal(0, 0.25)
            allocated = np.minimum(arrived, limit + noise - 6 * np.exp(-np.maximum(arrived - 80, 0) / 12))
            fragmented = 4.6 + noise + rank + 7 * np.exp(-(((arrived - 60 - 4 * rank) / 40) ** 2))
            runs.append(
                RunResult(
                    scenario="gpu-packing", kind="gpu-packing", policy=policy, seed=seed, wall_seconds=1.2 + noise / 10,
                    metrics={
                        "pods": 8152, "failed_pods": int(1520 + 60 * rank + 20 * noise),
                        "alloc_pct_at100": float(allocated[100]), "alloc_pct_at130": float(allocated[130]),
                        "frag_pct_of_gpus_at130": float(fragmented[130]), "pods_per_second": 6400 + 100 * noise,
                    },
                    curves={
                        "gpu_alloc": Curve(x=tuple(arrived), y=tuple(allocated)),
                        "gpu_frag": Curve(x=tuple(arrived), y=tuple(fragmented)),
                    },
                )
            )  # fmt: skip
    return Study(
        scenario="gpu-packing",
        kind="gpu-packing",
        description="Pods of a production GPU cluster arrive until 130 % of its GPUs were asked for.",
        data_source="openb, 1,523 nodes with 6,212 GPUs",
        settings={
            "source": "openb",
            "inflate": 1.3,
            "orders": {"file": "orders.npz", "trace": "openb_pod_list_default"},
        },
        command="edgeward simulate gpu-packing --seed 1 --seed 2 --seed 3 --report report.html",
        metrics=(
            Metric(key="pods", title="Pods", unit="", better="neither"),
            Metric(key="failed_pods", title="Failed pods", unit="", better="lower"),
            Metric(key="alloc_pct_at100", title="GPU allocated at 100 % arrival", unit="%", better="higher"),
            Metric(key="alloc_pct_at130", title="GPU allocated at 130 % arrival", unit="%", better="higher"),
            Metric(key="frag_pct_of_gpus_at130", title="Fragmented at 130 % arrival", unit="% of GPUs", better="lower"),
            Metric(key="pods_per_second", title="Speed", unit="pods/s", better="neither"),
        ),
        runs=tuple(runs),
    )


def hints(policies: int = 4, seeds: int = 5, sites: int = 78) -> Study:
    """Like requests that flow from users to local, neighbour and cloud replicas over European cities."""
    names = ["random-spread", "local-cloud", "local-neighbor-cloud", "hint"]
    names += [f"variant-{rank}" for rank in range(policies - len(names))]
    runs = []
    for rank, policy in enumerate(names[:policies]):
        for seed in range(1, seeds + 1):
            dice = np.random.default_rng([rank, seed])
            latency = np.sort(
                7 + dice.exponential(40, 400) + dice.choice([0, 5.2 + rank, 94.6], 400, p=[0.6, 0.3, 0.1])
            )
            local = 45.0 + 3 * rank + dice.normal(0, 1)
            cloud = max(20.0 - 5 * rank, 2.0)
            points = european_sites(sites, dice)
            runs.append(
                RunResult(
                    scenario="s4-hints", kind="requests", policy=policy, seed=seed, wall_seconds=2.5,
                    metrics={
                        "over_slo_pct": float((latency > 100).mean() * 100), "latency_mean_ms": float(latency.mean()),
                        "latency_p95_ms": float(np.quantile(latency, 0.95)), "cloud_share_pct": cloud,
                    },
                    curves={
                        "latency_cdf": Curve(x=tuple(latency), y=tuple(np.arange(1, 401) / 4)),
                    },
                    shares={"tier_share_pct": {"local": local, "neighbor": 100 - local - cloud, "cloud": cloud}},
                    sites=points,
                )
            )  # fmt: skip
    return Study(
        scenario="s4-hints",
        kind="requests",
        description="Requests of a skewed load go to their site, its neighbours or the cloud, by each policy's hint.",
        data_source="78 European cities (built in)",
        settings={"load": 0.7, "slots_per_site": 4, "service_ms": 40, "access_ms": 7, "slo_ms": 100},
        command="edgeward simulate s4-hints --report report.html",
        metrics=(
            Metric(key="over_slo_pct", title="Over the SLO", unit="% of requests", better="lower"),
            Metric(key="latency_mean_ms", title="Latency mean", unit="ms", better="lower"),
            Metric(key="latency_p95_ms", title="Latency p95", unit="ms", better="lower"),
            Metric(key="cloud_share_pct", title="Cloud share", unit="% of requests", better="lower"),
        ),
        runs=tuple(runs),
    )


def world(policies: int = 3, seeds: int = 5) -> Study:
    """Like pods that come and go while nodes fail: pending, utilisation, refusals, and sites without coordinates."""
    names = ["edge-default", "latency-first", "least-allocated"] + [f"variant-{rank}" for rank in range(policies)]
    reasons = ("cpu: requested more than free", "latency: rtt p95 over limit",
               "gpu: no device with that many milli free",
               "numa: no zone holds the whole pod", "hint: required tier is full", "taint: not tolerated")  # fmt: skip
    runs = []
    for rank, policy in enumerate(names[:policies]):
        for seed in range(1, seeds + 1):
            dice = np.random.default_rng([rank, seed])
            times = np.cumsum(dice.exponential(12, 1500))
            day = np.sin(times / 86400 * 8 * math.pi)
            pending = np.maximum(0, np.round(8 * day + 3 * rank + dice.normal(0, 2, 1500)))
            used = 62 + 18 * day - 3 * rank + dice.normal(0, 1, 1500)
            sites = (
                *(SitePoint(name=f"edge-{n}", tier="edge", latitude=None, longitude=None,
                            load=float(dice.poisson(30 / n)), detail="") for n in range(1, 9)),
                SitePoint(name="cloud", tier="cloud", latitude=None, longitude=None, load=40.0 + rank, detail=""),
            )  # fmt: skip
            runs.append(
                RunResult(
                    scenario="five-edges", kind="edge", policy=policy, seed=seed, wall_seconds=3.0,
                    metrics={"placed_pods": 5000 - 40 * rank + seed, "pending_mean": float(pending.mean()),
                             "utilisation_mean_pct": float(used.mean()), "rtt_mean_ms": 0.0312 + rank / 100,
                             "unplaced_pods": rank},
                    curves={"pending": Curve(x=tuple(times), y=tuple(pending)),
                            "utilisation": Curve(x=tuple(times), y=tuple(used))},
                    shares={"tier_share_pct": {"local": 60.0 + rank, "neighbor": 30.0 - rank / 4,
                                               "cloud": 7.0 - rank / 2, "far": 3.0 - rank / 4}},
                    sites=sites,
                    refusals={reason: int(dice.poisson(4000 / (n * n + 1) / (rank + 1)))
                              for n, reason in enumerate(reasons)},
                )
            )  # fmt: skip
    return Study(
        scenario="five-edges",
        kind="edge",
        description="Pods arrive, run and leave over five edges and a cloud while nodes fail and return.",
        data_source="generator GS-LinkHQ, five edges",
        settings={"hours": 5, "failures": {"mtbf_hours": 12, "repair_minutes": 20}, "arrival": "poisson"},
        command="edgeward simulate five-edges --report report.html",
        metrics=(
            Metric(key="placed_pods", title="Placed pods", unit="", better="higher"),
            Metric(key="unplaced_pods", title="Unplaced pods", unit="", better="lower"),
            Metric(key="pending_mean", title="Pods pending, mean", unit="pods", better="lower"),
            Metric(key="utilisation_mean_pct", title="CPU requested, mean", unit="% of allocatable", better="neither"),
            Metric(key="rtt_mean_ms", title="RTT to users, mean", unit="ms", better="lower"),
        ),
        runs=tuple(runs),
    )


def european_sites(count: int, dice: np.random.Generator) -> tuple[SitePoint, ...]:
    """Cities first, then places between them; the last one is the cloud in Frankfurt."""
    points = []
    for n in range(count - 1):
        name, latitude, longitude = CITIES[n % len(CITIES)]
        if n >= len(CITIES):
            name = f"{name} {n // len(CITIES) + 1}"
            latitude += float(math.sin(n) * 3)
            longitude += float(math.cos(n * 1.7) * 4)
        load = float(dice.pareto(1.3) * 40) if n % 7 else 0.0
        points.append(
            SitePoint(
                name=name, tier="edge", latitude=latitude, longitude=longitude, load=load, detail=f"{load:.0f} req/s"
            )
        )
    points.append(
        SitePoint(name="Frankfurt", tier="cloud", latitude=50.11, longitude=8.68, load=120.0, detail="the cloud")
    )
    return tuple(points)
