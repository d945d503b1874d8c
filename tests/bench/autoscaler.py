"""What one pass of the autoscaler costs with 10,000 EdgeAutoscalers: CPU seconds, reads of the API, and memory.

All of the real program but its sockets: reflectors, sources, planner and statuses, over an API server in the same
process, whose own time is taken off. The planner's share is that of `plan`. Fewer autoscalers beside them tell whether
time grows in proportion and reads not at all.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np

from autoscaler.planner.plan import plan
from autoscaler.running.assembly import Assembly
from autoscaler.running.config import Config
from autoscaler.running.metrics import Metrics
from kube.events import EventRecorder
from kube.watching import reflectors
from tests.bench.mirror import _resident_mib
from tests.bench.scaled_cluster import ScaledCluster

PERIOD_S = 15.0
WARM, MEASURED = 4, 3  # passes; by then each status was written once
GOAL_S = 5.0
NONE, ALL, AHEAD = "no further rungs", "all rungs", "all rungs, look ahead"
RUNS = ((100, NONE), (1_000, NONE), (10_000, NONE), (100, ALL), (1_000, ALL), (10_000, ALL), (1_000, AHEAD))
_LARGEST = 10_000
_RUN_S = 900.0


@dataclass(slots=True)
class Cost:
    """Of passes, one entry each."""

    cpu_s: list[float] = field(default_factory=list)
    plan_s: list[float] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    mib: float = 0.0


def measure() -> list[tuple[str, str]]:
    """A row for each number of autoscalers, with and without further rungs; then what is the same at all numbers."""
    costs: dict[tuple[int, str], Cost] = {}
    # a process for each, since memory that one gave back would hide what the next one takes
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        for many, rungs in RUNS:
            costs[many, rungs] = processes.submit(passes, many, rungs).result(timeout=_RUN_S)
            print(f"{many:,}, {rungs}: {_told(costs[many, rungs], many)}", file=sys.stderr, flush=True)
    rows = [(f"{many:,}, {rungs}", _told(cost, many)) for (many, rungs), cost in costs.items()]
    for rungs in (NONE, ALL):
        each = [median(costs[many, rungs].cpu_s) / many for many in (1_000, _LARGEST)]
        rows.append((f"time for each of {_LARGEST:,} / of 1,000, {rungs}", f"{each[1] / each[0]:.2f}"))
        reads = [median(costs[many, rungs].reads) for many in (100, _LARGEST)]
        rows.append((f"reads a pass at 100 and at {_LARGEST:,}, {rungs}", f"{reads[0]:.0f} and {reads[1]:.0f}"))
    return rows


def passes(many: int, rungs: str) -> Cost:
    """Of passes over so many."""
    return asyncio.run(_passes(many, rungs))


async def _passes(many: int, rungs: str) -> Cost:
    cluster = ScaledCluster(many, rungs=rungs != NONE, forecast="Observe" if rungs == AHEAD else "Off")
    measured, spent_s = Cost(), 0.0

    def timed(*asked: Any) -> Any:
        nonlocal spent_s
        began_s = time.thread_time()
        try:
            return plan(*asked)
        finally:
            spent_s += time.thread_time() - began_s

    parts = await _assembled(cluster, timed)
    gc.collect()
    gc.freeze()
    for number in range(WARM + MEASURED):
        cluster.now_s += PERIOD_S
        spent_s = cluster.spent_s = 0.0
        reads, statuses = cluster.reads.total(), cluster.statuses
        began_s = time.process_time()
        async with asyncio.TaskGroup() as says:
            await parts.rounds.run(says)
        if number >= WARM:
            measured.cpu_s.append(time.process_time() - began_s - cluster.spent_s)
            measured.plan_s.append(spent_s)
            measured.reads.append(cluster.reads.total() - reads)
            measured.statuses.append(cluster.statuses - statuses)
    if cluster.other_writes:
        raise AssertionError(f"a load at its target must not make a step, got {cluster.other_writes} writes")
    measured.mib = _resident_mib()
    return measured


async def _assembled(cluster: ScaledCluster, planned: Any) -> Assembly:
    """The parts as the program puts them together, told of everything once."""
    rng = np.random.default_rng(1)
    parts = Assembly(
        Config(),
        cluster,
        Metrics(),
        plan=planned,
        namespace="edgeward",
        clock=lambda: cluster.now_s,
        may_act=lambda: True,
        events=EventRecorder(cluster, "edgeward.dev/autoscaler", clock=lambda: cluster.now_s),
        rng=rng,
        prometheus=cluster,
    )
    parts.observer.resizable = True
    for each in reflectors(cluster, parts.watched.kinds("edgeward"), rng=rng, clock=lambda: cluster.now_s).values():
        await each._list()
    return parts


def _told(cost: Cost, many: int) -> str:
    cpu_s, plan_s = median(cost.cpu_s), median(cost.plan_s)
    goal = f" (goal {GOAL_S:g})" if many == _LARGEST else ""
    return (
        f"{cpu_s:.2f} s CPU a pass{goal}, {cpu_s / many * 1e6:.0f} µs each, {plan_s / cpu_s:.0%} of it planning; "
        f"{median(cost.reads):.0f} reads, {median(cost.statuses):.0f} statuses; "
        f"{cost.mib:,.0f} MiB with the API server, load {os.getloadavg()[0]:.1f}"
    )
