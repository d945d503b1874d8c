"""Pods of one service follow a load that rises and falls; how many requests come too early for them, at what cost?

The published evaluation: second week of the NASA web server's log, times 200, 10 requests a second a pod, a decision
every 15 s, a scale-in window of 300 s, at most doubling. What it leaves open is here: the load is that of
`autoscaling/nasa_like.py`, the metric its mean over the last 60 s, and a request is late that no ready pod can carry in
the moment it comes. Pods count from when they are asked for; the ideal is the load over what a pod carries.

Late % @ pods over the ideal, means of five seeds (published in brackets):

    start 30 s   hpa@70 1.14 @2.23 (1.19 @2.20)   hpa@60 0.57 @2.60 (0.58 @2.58)   hpa@50 0.26 @3.12 (0.295 @3.10)
                 predictor@70 0.31 @3.07 (0.293 @3.08)   oracle 0.007 @1.63 (0.013 @1.75)   edgeward 0.29 @2.61
    start 120 s  hpa@50 0.55 @3.12 (0.568 @3.11)   hpa@40 0.27 @3.89 (0.343 @3.89)
                 predictor@70 0.35 @3.68 (0.318 @3.23)   edgeward 0.38 @3.03

What differs: a third more pods start and stop than published (157 an hour under hpa@70, published 110), bursts decide
how much is late after a slow start, so there seeds differ by half, and how the published predictor predicts is not
known. `edgeward` is the horizontal rules at a target of all that a pod carries, with the forecast's headroom on top
(`autoscaler/planner/headroom.py`), which suits many small requests; on five-minute counts of a small load balancer
(`s5-autoscaling-nab`) noise is not that, and it is no better than the HPA.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from pathlib import Path
from time import perf_counter

from autoscaler.planner.fluid import Assumed, Fluid
from autoscaler.planner.observation import Observation
from autoscaler.planner.replay import Answer, Decider, Moment, replay
from simulations.autoscaling import loads, measures, scalers
from simulations.autoscaling.settings import Settings
from simulations.kinds.contract import Metric, Progress
from simulations.result import RunResult

SETTINGS = Settings
POLICIES = scalers.POLICIES
METRICS = (
    Metric("late_pct", "Late", "% of requests", "lower"),
    Metric("pods_over_ideal", "Pods over the ideal", "times", "lower"),
    Metric("churn_per_h", "Pods started and stopped", "an hour", "lower"),
    Metric("flips_per_h", "Turns of direction", "an hour", "lower"),
    Metric("short_s_per_h", "Too few pods", "s an hour", "lower"),
    Metric("pods_mean", "Pods, mean", "", "neither"),
    Metric("pods_max", "Pods, most", "", "neither"),
    Metric("load_mean_rps", "Load, mean", "requests/s", "neither"),
    Metric("wall_decision_us", "Time of a decision", "µs", "lower"),
)
_TOLD_EVERY = 2000  # turns


def check_policy(name: str, policy_dirs: Iterable[Path] = ()) -> None:  # noqa: ARG001 - the contract's; scalers are ours alone
    """InputError unless it is a scaler's name."""
    scalers.check(name)


def data_source(settings: Settings, data: Path | None) -> str:  # noqa: ARG001 - the contract's
    """Where the load is from."""
    return loads.in_words(settings)


def run(
    settings: Settings,
    *,
    scenario: str,
    policy: str,
    seed: int,
    data: Path | None,
    progress: Progress,
) -> RunResult:
    """One scaler under one seed; every scaler under one seed meets the same load."""
    started = perf_counter()
    load = loads.load_of(settings, seed, data)
    terms = scalers.Terms(
        pod_rps=settings.pod_rps,
        start_s=settings.start_s,
        loop_s=settings.loop_s,
        window_s=settings.window_s,
        scale_in_window_s=settings.scale_in_window_s,
        own_target_pct=settings.own_target_pct,
        horizon_s=settings.start_s + settings.loop_s if settings.horizon_s is None else settings.horizon_s,
        out_period_s=settings.out_period_s,
        in_period_s=settings.in_period_s,
        deviations=settings.deviations,
    )
    decide, metric = scalers.scaler(policy, terms, load)
    timed = _Timed(decide)
    first = max(1, ceil(load.mean(load.begins_s, load.begins_s + settings.window_s) * 1000 / metric.target.amount))
    pods = Fluid(Assumed(carries=settings.pod_rps, start_s=settings.start_s), first, now_s=load.begins_s)
    moments: list[Moment] = []
    lasts_s = load.ends_s - load.begins_s
    for moment in replay(timed, load, pods, (metric,), loop_s=settings.loop_s, window_s=settings.window_s):
        moments.append(moment)
        if len(moments) % _TOLD_EVERY == 0:
            progress((moment.at_s - load.begins_s) / lasts_s, f"{moment.at_s / 3600:.0f} h, {moment.count} pods")
    return RunResult(
        scenario=scenario,
        kind="autoscaling",
        policy=policy,
        seed=seed,
        metrics=measures.figures(moments, pod_rps=settings.pod_rps)
        | {"wall_decision_us": 1e6 * timed.took_s / len(moments)},
        curves=measures.curves(moments, pod_rps=settings.pod_rps),
        wall_seconds=perf_counter() - started,
    )


class _Timed:
    """A decider, and how long it took in all."""

    def __init__(self, decide: Decider) -> None:
        self._decide = decide
        self.took_s = 0.0

    def __call__(self, seen: Observation) -> Answer:
        started = perf_counter()
        answer = self._decide(seen)
        self.took_s += perf_counter() - started
        return answer
