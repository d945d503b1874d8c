"""Where k replicas go so that users are near: methods side by side, judged by the users' round-trip time.

Users and candidate sites are the same cities. A pair's time is the mean of both directions: a round trip is the same
path from either end, and what differs is when it was measured (`symmetric: false` takes the user's own measurement).
Each user is served by the nearest replica; queues are not part of it (the kind `requests` has them).

The seed deals the weights of Zipf users to the cities and drives the methods that roll dice; every policy under one
seed has the same users.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Literal, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from simulations.errors import InputError
from simulations.kinds.contract import Metric, Progress
from simulations.replicas.coverage import least_percentile_ms
from simulations.replicas.methods import METHODS, TAIL_MEAN_SLACK, Method, Placement, is_small, place
from simulations.replicas.problem import Problem, distribution
from simulations.result import Curve, RunResult, SitePoint
from simulations.unknown import unknown
from simulations.workloads import weights
from simulations.workloads.builtin_cities import builtin_cities
from simulations.workloads.geography import Geography
from simulations.workloads.rtt import read_cities

MEASURED = "rtt_222_cities"


class Settings(BaseModel):
    """The `settings:` of a scenario of this kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["auto", "builtin", "rtt_222_cities"] = Field(
        "auto",
        description="which round-trip times; auto = the measured cities when the data folder has them, else built-in",
    )
    symmetric: bool = Field(True, description="take the mean of both directions of a pair")
    k: int = Field(10, ge=1, description="replicas")
    users: Literal["uniform", "zipf"] = Field(
        "uniform", description="the same weight in every city, or 1/rank^exponent"
    )
    zipf_exponent: float = Field(1.0, ge=0, allow_inf_nan=False, description="how uneven Zipf users are")
    tail_mean_slack: float = Field(
        TAIL_MEAN_SLACK, ge=0, allow_inf_nan=False, description="the method tail may raise the mean by this share"
    )
    prove: bool = Field(False, description="solve for the bounds on large problems, too: seconds a run")
    time_limit_s: float = Field(
        60.0, gt=0, allow_inf_nan=False, description="of one exact solve; one cut short may differ on another machine"
    )


SETTINGS = Settings
POLICIES: tuple[str, ...] = METHODS
METRICS = (
    Metric(key="rtt_mean_ms", title="RTT mean", unit="ms", better="lower"),
    Metric(key="rtt_p95_ms", title="RTT p95", unit="ms", better="lower"),
    Metric(key="rtt_p99_ms", title="RTT p99", unit="ms", better="lower"),
    Metric(key="gap_to_optimum_pct", title="Mean over proven bound", unit="%", better="lower"),
    Metric(key="rtt_p95_bound_ms", title="Lowest p95 there is", unit="ms", better="neither"),
    Metric(key="wall_solve_seconds", title="Solve time", unit="s", better="lower"),
    Metric(key="cities", title="Cities", unit="", better="neither"),
)


def check_policy(name: str, policy_dirs: Iterable[Path] = ()) -> None:  # noqa: ARG001 - the contract's; methods are ours alone
    """InputError unless it is a method's name."""
    if name not in METHODS:
        raise InputError(unknown("method", name, METHODS))


def run(
    settings: Settings,
    *,
    scenario: str,
    policy: str,
    seed: int,
    data: Path | None,
    progress: Progress,
) -> RunResult:
    """One method under one seed. `gap_to_optimum_pct` and `rtt_p95_bound_ms` are there when small or `prove` is set."""
    started = perf_counter()
    check_policy(policy)
    folder = _folder(settings, data)
    geography = builtin_cities() if folder is None else read_cities(folder)
    progress(0.1, f"{len(geography.sites)} cities")
    problem = _problem(settings, geography, np.random.default_rng([seed, 0]))
    found, solve_s = _solved(settings, problem, cast("Method", policy), seed)
    progress(0.6, f"{policy}: mean {found.mean_ms:.1f} ms")
    lower_ms, p95_bound_ms = found.lower_mean_ms, None
    if settings.prove or is_small(problem):
        if lower_ms is None:
            lower_ms = _solved(settings, problem, "optimum", seed)[0].lower_mean_ms
        p95_bound_ms = least_percentile_ms(problem, time_limit_s=settings.time_limit_s)
    times, reached = distribution(problem.served_ms(found.placed), problem.weights)
    progress(1.0, policy)
    return RunResult(
        scenario=scenario,
        kind="replicas",
        policy=policy,
        seed=seed,
        metrics={
            "rtt_mean_ms": found.mean_ms,
            "rtt_p95_ms": problem.percentile_ms(found.placed, 0.95),
            "rtt_p99_ms": problem.percentile_ms(found.placed, 0.99),
            "gap_to_optimum_pct": 100 * (found.mean_ms / lower_ms - 1) if lower_ms else None,
            "rtt_p95_bound_ms": p95_bound_ms,
            "wall_solve_seconds": solve_s,
            "cities": len(geography.sites),
        },
        curves={"latency_cdf": Curve(x=tuple(times.tolist()), y=tuple((100 * reached).tolist()))},
        sites=_points(problem, geography, found),
        wall_seconds=perf_counter() - started,
    )


def data_source(settings: Settings, data: Path | None) -> str:
    """Where the round-trip times are from."""
    folder = _folder(settings, data)
    # not where on this machine: a report is handed on
    return "built-in cities" if folder is None else f"{MEASURED}, measured round trips"


def looked_for(settings: Settings) -> str:  # noqa: ARG001 - the contract's
    """What `source: auto` takes of the data folder."""
    return MEASURED


def _folder(settings: Settings, data: Path | None) -> Path | None:
    """The folder with the measured cities; None for the built-in ones."""
    if settings.source == "builtin":
        return None
    folder = data / MEASURED if data is not None else None
    if folder is not None and folder.is_dir():
        return folder
    if settings.source == "auto":
        return None
    where = f"no folder {folder}" if folder is not None else "there is no data folder"
    raise InputError(f"settings.source: {MEASURED} needs the measured data, but {where}; give it by --data DIR")


def _problem(settings: Settings, geography: Geography, rng: np.random.Generator) -> Problem:
    rtt_ms = geography.matrix.p50_ms
    count = len(geography.sites)
    if settings.k > count:
        raise InputError(f"settings.k must be from 1 to {count} (the number of cities), got {settings.k}")
    by_user = (
        weights.zipf(count, rng, exponent=settings.zipf_exponent)
        if settings.users == "zipf"
        else weights.uniform(count)
    )
    return Problem(
        users=geography.names,
        sites=geography.names,
        rtt_ms=(rtt_ms + rtt_ms.T) / 2 if settings.symmetric else rtt_ms,
        weights=by_user,
        k=settings.k,
    )


def _solved(settings: Settings, problem: Problem, method: Method, seed: int) -> tuple[Placement, float]:
    """What the method picks, and the seconds that it took."""
    started = perf_counter()
    found = place(
        problem,
        method,
        np.random.default_rng([seed, 1]),
        time_limit_s=settings.time_limit_s,
        tail_mean_slack=settings.tail_mean_slack,
    )
    return found, perf_counter() - started


def _points(problem: Problem, geography: Geography, found: Placement) -> tuple[SitePoint, ...]:
    shares = 100 * problem.site_shares(found.placed)
    return tuple(
        SitePoint(
            name=site.name,
            tier=site.tier.value,
            latitude=site.latitude,
            longitude=site.longitude,
            load=float(share),
            detail=f"replica for {share:.1f} % of the users",
        )
        for site, share in zip((geography.sites[i] for i in found.placed), shares, strict=True)
    )
