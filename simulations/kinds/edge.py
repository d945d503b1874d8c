"""Kind `edge`: pods come and go on edge sites, their neighbours and clouds, under one of our profiles or a baseline.

`source` says where the world is from:

* `builtin` – made-up metros of real cities with round trips from distances (`world.edge_sites` has the services);
* `rtt_222_cities` – the same on the measured round trips of the data folder; `auto` takes those when they are there;
* `linkhq` – five unequal edges and a stream of small tasks (GS-LinkHQ's generator);
* `dump` – a cluster's `kubectl get nodes,pods -A -o json`: what if this policy had placed these pods on these nodes?
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from policies.engine.catalogue import catalogue
from policies.errors import PolicyError
from simulations.baselines import names
from simulations.errors import InputError
from simulations.kinds.contract import Metric, Progress
from simulations.result import Curve, RunResult, SitePoint
from simulations.world import sources
from simulations.world.ledger import Ledger, Prices
from simulations.world.workload import LatencyChange, Outage, Workload
from simulations.world.world import EVICT_AFTER_S, World

METRICS = (
    Metric(key="rtt_mean_ms", title="RTT to users, mean", unit="ms", better="lower"),
    Metric(key="rtt_p95_ms", title="RTT to users, p95", unit="ms", better="lower"),
    Metric(key="limit_violations", title="latency limits broken", unit="pods", better="lower"),
    Metric(key="first_choice_pct", title="pods at their hint", unit="%", better="higher"),
    Metric(key="cpu_pods_on_gpu_nodes", title="CPU pods on GPU nodes", unit="pods", better="lower"),
    Metric(key="gpu_used_pct", title="GPU allocated, mean", unit="%", better="higher"),
    Metric(key="placed", title="placements", unit="", better="higher"),
    Metric(key="pending_at_end", title="pending at the end", unit="pods", better="lower"),
    Metric(key="wait_mean_s", title="wait for a node, mean", unit="s", better="lower"),
    Metric(key="cost", title="cost", unit="", better="lower"),
)


class _Outage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    at_s: float = Field(ge=0)
    for_s: float = Field(gt=0)
    node: str = ""
    site: str = ""


class _LatencyChange(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    at_s: float = Field(ge=0)
    for_s: float = Field(gt=0)
    site: str
    to: str = ""
    factor: float = Field(gt=0)


class _Prices(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    edge_core: float = Field(default=Prices().edge_core, ge=0)
    cloud_core: float = Field(default=Prices().cloud_core, ge=0)
    edge_gpu: float = Field(default=Prices().edge_gpu, ge=0)
    cloud_gpu: float = Field(default=Prices().cloud_gpu, ge=0)


class Settings(BaseModel):
    """Settings of the kind `edge`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: Literal["auto", "builtin", "rtt_222_cities", "linkhq", "dump"] = "builtin"
    dump: tuple[str, ...] = ()  # files of the source `dump`
    cloud: tuple[str, ...] = ("frankfurt", "singapore")  # cities that are clouds
    sites_per_city: int = Field(default=4, ge=1, le=50)
    services: int = Field(default=120, ge=1, le=100_000)
    load: float = Field(default=0.6, gt=0)  # of the edge sites' CPU, on average
    rhythm: Literal["poisson", "diurnal", "flash-crowd"] = "diurnal"
    pareto_alpha: float = Field(default=2.5, ge=0.05)  # how uneven users are over the sites
    duration_h: float = Field(default=6.0, gt=0, le=24 * 366)
    tasks_per_s: float = Field(default=1.0, gt=0)  # source linkhq
    evict_after_s: float = Field(default=EVICT_AFTER_S, ge=0)
    outages: tuple[_Outage, ...] = ()
    latency_changes: tuple[_LatencyChange, ...] = ()
    prices: _Prices = _Prices()


SETTINGS = Settings


def check_policy(name: str, policy_dirs: Iterable[Path] = ()) -> None:
    """InputError when no policy, profile or baseline is called that."""
    try:
        names.profile_named(name, catalogue(policy_dirs))
    except PolicyError as error:
        raise InputError(str(error)) from error


def data_source(settings: Settings, data: Path | None) -> str:
    """Where the world is from."""
    return sources.described(settings.source, data, settings.dump)


def run(
    settings: Settings,
    *,
    scenario: str,
    policy: str,
    seed: int,
    data: Path | None,
    progress: Progress,
    policy_dirs: Iterable[Path] = (),
) -> RunResult:
    """One policy, one seed."""
    started = time.perf_counter()
    workload = _workload(settings, seed, data)
    decider = names.decider(policy, names.profile_named(policy, catalogue(policy_dirs)), seed)
    world = World(workload, decider, evict_after_s=settings.evict_after_s)
    ledger = world.run(progress)
    return RunResult(
        scenario=scenario,
        kind="edge",
        policy=policy,
        seed=seed,
        metrics=_metrics(ledger, world, settings),
        curves=_curves(ledger),
        shares={"tier_share_pct": _shares(ledger)} if ledger.relation_counts else {},
        sites=_points(workload, ledger),
        refusals=dict(sorted(ledger.refusals.items())),
        wall_seconds=time.perf_counter() - started,
    )


def _workload(settings: Settings, seed: int, data: Path | None) -> Workload:
    rng = np.random.default_rng((seed, 0x65646765))
    if settings.source == "linkhq":
        base = sources.linkhq(rng, tasks_per_s=settings.tasks_per_s, duration_s=settings.duration_h * 3600)
    elif settings.source == "dump":
        base = sources.dump(settings.dump)
    else:
        base = sources.metros_of_cities(
            sources.cities(settings.source, data, settings.cloud),
            rng,
            sites_per_city=settings.sites_per_city,
            services=settings.services,
            load=settings.load,
            duration_s=settings.duration_h * 3600,
            alpha=settings.pareto_alpha,
            rhythm=settings.rhythm,
        )
    return Workload(
        nodes=base.nodes,
        geography=base.geography,
        arrivals=base.arrivals,
        duration_s=base.duration_s,
        outages=tuple(Outage(**outage.model_dump()) for outage in settings.outages),
        latency_changes=tuple(LatencyChange(**change.model_dump()) for change in settings.latency_changes),
    )


def _metrics(ledger: Ledger, world: World, settings: Settings) -> dict[str, float | int | None]:
    rtts, waits = np.array(ledger.rtts_ms), np.array(ledger.waits_s)
    hours = np.array(ledger.times_s)
    gpu = float(np.trapezoid(ledger.gpu_pct, hours) / (hours[-1] - hours[0])) if len(hours) > 1 else None
    return {
        "rtt_mean_ms": float(rtts.mean()) if len(rtts) else None,
        "rtt_p95_ms": float(np.quantile(rtts, 0.95)) if len(rtts) else None,
        "limit_violations": ledger.limit_violations,
        "first_choice_pct": 100 * ledger.first_choices / ledger.hinted if ledger.hinted else None,
        "cpu_pods_on_gpu_nodes": ledger.cpu_pods_on_gpu_nodes,
        "gpu_used_pct": gpu,
        "placed": len(waits),
        "pending_at_end": world.waiting,
        "running_at_end": world.running,
        "finished": ledger.finished,
        "evicted": ledger.evicted,
        "wait_mean_s": float(waits.mean()) if len(waits) else None,
        "wait_p95_s": float(np.quantile(waits, 0.95)) if len(waits) else None,
        "cost": ledger.cost(Prices(**settings.prices.model_dump())),
    }


def _curves(ledger: Ledger) -> dict[str, Curve]:
    times = tuple(ledger.times_s)
    curves = {
        "pending": Curve(x=times, y=tuple(map(float, ledger.pending))),
        "utilisation": Curve(x=times, y=tuple(ledger.cpu_pct)),
    }
    if ledger.rtts_ms:
        percent = np.linspace(0, 100, 101)
        quantiles = np.quantile(np.array(ledger.rtts_ms), percent / 100)
        curves["latency_cdf"] = Curve(x=tuple(quantiles.tolist()), y=tuple(percent.tolist()))
    return curves


def _shares(ledger: Ledger) -> dict[str, float]:
    total = sum(ledger.relation_counts.values())
    return {tier: 100 * ledger.relation_counts[tier] / total for tier in ("local", "neighbor", "cloud", "far")}


def _points(workload: Workload, ledger: Ledger) -> tuple[SitePoint, ...]:
    return tuple(
        SitePoint(
            name=site.name,
            tier=str(site.tier),
            latitude=site.latitude,
            longitude=site.longitude,
            load=float(ledger.site_counts[site.name]),
            detail=f"{ledger.site_counts[site.name]} pods placed",
        )
        for site in workload.geography.sites
    )
