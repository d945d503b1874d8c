"""Kind `edge`: pods come and go on edge sites, their neighbours and clouds, under one of our profiles or a baseline.

`source` says where the world is from:

* `builtin` – made-up metros of real cities with round trips from distances (`world.edge_sites` has the services);
* `rtt_222_cities` – the same on the measured round trips of the data folder; `auto` takes those when they are there;
* `linkhq` – five unequal edges and a stream of small tasks (GS-LinkHQ's generator);
* `openb` – nodes and pods of the data folder's GPU trace, spread over those metros (`world.openb_sites`);
* `dump` – a cluster's `kubectl get nodes,pods -A -o json`: where would its pending pods go, or, with `replace_all`, all
  its pods (`world.dumped`)? `latency` names a file of round trips between its sites; without one they are guesses.

One profile decides on all pods of a run, since runs compare policies: the annotation `edgeward.dev/profile`, by which
an extender chooses, decides nothing here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from policies.engine.catalogue import catalogue
from policies.errors import PolicyError
from simulations.baselines import names
from simulations.errors import InputError
from simulations.kinds.contract import Metric, Progress
from simulations.result import Curve, RunResult, SitePoint
from simulations.workloads.files import found
from simulations.world import rhythm, sources
from simulations.world.dumped import dumped
from simulations.world.ledger import Ledger, Prices
from simulations.world.metro import metros
from simulations.world.openb_sites import openb
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


class _Trace(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    format: Literal["worldcup98", "nab", "azure-llm"]
    file: str = Field(min_length=1, description="a relative path is looked for in --data too")
    from_s: float = Field(default=0.0, ge=0)
    for_s: float | None = Field(default=None, gt=0, description="null: to the end")


class _Prices(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    edge_core: float = Field(default=Prices().edge_core, ge=0)
    cloud_core: float = Field(default=Prices().cloud_core, ge=0)
    edge_gpu: float = Field(default=Prices().edge_gpu, ge=0)
    cloud_gpu: float = Field(default=Prices().cloud_gpu, ge=0)


class Settings(BaseModel):
    """Settings of the kind `edge`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: Literal["auto", "builtin", "rtt_222_cities", "linkhq", "openb", "dump"] = Field(
        default="builtin", description="where the world is from; auto: the measured cities when they are there"
    )
    dump: tuple[str, ...] = Field(default=(), description="files of the source `dump`")
    latency: str | None = Field(
        default=None, min_length=1, description="source dump: CSV of its sites' round trips, also looked for in --data"
    )
    replace_all: bool = Field(default=False, description="place its running pods anew, too")
    cloud: tuple[str, ...] | None = Field(
        default=None, description="cities that are clouds; null: two that the source has"
    )
    sites_per_city: int = Field(default=4, ge=1, le=50, description="edge sites of each city")
    services: int = Field(default=120, ge=1, le=100_000, description="kinds of pods that come and go")
    load: float = Field(
        default=0.6, gt=0, description="of the edge sites' CPU, on average; of the GPUs with the source openb"
    )
    rhythm: Literal["poisson", "diurnal", "flash-crowd", "trace"] = Field(
        default="diurnal", description="of the arrivals"
    )
    trace: _Trace | None = Field(default=None, description="of the rhythm `trace`: its shape over the duration")
    pareto_alpha: float = Field(default=2.5, ge=0.05, description="how uneven users are over the sites")
    duration_h: float = Field(default=6.0, gt=0, le=24 * 366, description="simulated time")
    tasks_per_s: float = Field(default=1.0, gt=0, description="source linkhq")
    evict_after_s: float = Field(
        default=EVICT_AFTER_S, ge=0, description="how long a node may be down before its pods move"
    )
    outages: tuple[_Outage, ...] = Field(default=(), description="nodes or sites that are down from at_s for for_s")
    latency_changes: tuple[_LatencyChange, ...] = Field(
        default=(), description="round trips of a site that take factor times as long from at_s for for_s"
    )
    prices: _Prices = Field(default=_Prices(), description="of a core and a GPU for an hour")

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if (self.rhythm == "trace") != (self.trace is not None):
            raise ValueError("rhythm: trace and a trace (format, file) come together")
        if self.trace is not None and self.source in ("linkhq", "openb", "dump"):
            raise ValueError(f"a trace is of the sources auto, builtin and rtt_222_cities, got source {self.source}")
        if self.source != "dump" and (self.latency is not None or self.replace_all):
            raise ValueError(f"latency and replace_all are of the source dump, got source {self.source}")
        return self


SETTINGS = Settings


def check_policy(name: str, policy_dirs: Iterable[Path] = ()) -> None:
    """InputError when no policy, profile or baseline is called that."""
    try:
        names.profile_named(name, catalogue(policy_dirs))
    except PolicyError as error:
        raise InputError(str(error)) from error


def data_source(settings: Settings, data: Path | None) -> str:
    """Where the world is from."""
    world = sources.described(settings.source, data, settings.dump)
    return world if settings.trace is None else f"{world}, arrivals like {settings.trace.file}"


def looked_for(settings: Settings) -> str:  # noqa: ARG001 - the contract's
    """What `source: auto` takes of the data folder."""
    return sources.MEASURED


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
    profile = names.profile_named(policy, catalogue(policy_dirs))
    decider = names.decider(policy, profile, seed)
    world = World(workload, decider, evict_after_s=settings.evict_after_s, profile=profile)
    ledger = world.run(progress)
    return RunResult(
        scenario=scenario,
        kind="edge",
        policy=policy,
        seed=seed,
        metrics=_metrics(ledger, world, settings) | (_of_dump(workload) if settings.source == "dump" else {}),
        curves=_curves(ledger),
        shares={"tier_share_pct": _shares(ledger)} if ledger.relation_counts else {},
        sites=_points(workload, ledger),
        refusals=dict(sorted(ledger.refusals.items())),
        wall_seconds=time.perf_counter() - started,
    )


def _workload(settings: Settings, seed: int, data: Path | None) -> Workload:
    rng = np.random.default_rng((seed, 0x65646765))
    duration_s = settings.duration_h * 3600
    if settings.source == "linkhq":
        base = sources.linkhq(rng, tasks_per_s=settings.tasks_per_s, duration_s=duration_s)
    elif settings.source == "dump":
        latency = None if settings.latency is None else found(settings.latency, data)
        base = dumped(settings.dump, latency=latency, replace_all=settings.replace_all)
    elif settings.source == "openb":
        sites = metros(sources.cities("builtin", None, _cloud(settings, "builtin")), settings.sites_per_city, rng)
        base = openb(data, sites, rng, load=settings.load, duration_s=duration_s, alpha=settings.pareto_alpha)
    else:
        base = sources.metros_of_cities(
            sources.cities(settings.source, data, _cloud(settings, sources.described(settings.source, data, ()))),
            rng,
            sites_per_city=settings.sites_per_city,
            services=settings.services,
            load=settings.load,
            duration_s=duration_s,
            alpha=settings.pareto_alpha,
            rhythm=_rhythm(settings, data),
        )
    return replace(
        base,
        outages=tuple(Outage(**outage.model_dump()) for outage in settings.outages),
        latency_changes=tuple(LatencyChange(**change.model_dump()) for change in settings.latency_changes),
    )


def _cloud(settings: Settings, source: str) -> tuple[str, ...]:
    return sources.USUAL_CLOUD[source] if settings.cloud is None else settings.cloud


def _rhythm(settings: Settings, data: Path | None) -> rhythm.Rhythm:
    trace = settings.trace
    if trace is None:
        return rhythm.LAWS[settings.rhythm]
    return rhythm.recorded(trace.format, found(trace.file, data), from_s=trace.from_s, for_s=trace.for_s)


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


def _of_dump(workload: Workload) -> dict[str, float | int | None]:
    return {"bound_at_start": len(workload.bound), "left_out": workload.left_out}


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
