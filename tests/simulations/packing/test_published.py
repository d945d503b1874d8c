"""The published GPU packing experiment, replayed in its own order: every figure to the last printed digit.

The five runs of one trace and seed are among the ordinary tests; all 150 are `-m slow`.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from policies.fragmentation import Fragmentation, Mix
from simulations.baselines import names
from simulations.kinds import gpu_packing
from simulations.packing.measures import measure
from simulations.packing.replay import Replay, replay
from simulations.packing.typical import typical_pods
from simulations.workloads.arrivals import recorded_order
from simulations.workloads.openb import TraceNodes, TracePods, read_nodes, read_pods
from tests.builders import make_profile
from tests.conftest import SHARED, needs_data

OPENB = SHARED / "data" / "openb"
OURS = {
    "FGD": "fragmentation",
    "BestFit": "best-fit",
    "DotProd": "dot-product",
    "GpuPacking": "gpu-packing",
    "GpuClustering": "gpu-clustering",
}
TRACES = ("cpu100", "default", "gpushare40", "gpuspec10", "multigpu20", "multigpu40")
SEEDS = (42, 43, 44, 45, 46)
GPUS = 6212


@cache
def published() -> dict[tuple[str, str, int], dict[str, str]]:
    with (OPENB / "expected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {(row["trace"], row["policy"], int(row["seed"])): row for row in rows if row["policy"] in OURS}


@cache
def read(trace: str) -> tuple[TraceNodes, TracePods]:
    return read_nodes(OPENB / "nodes_gpu.csv.gz"), read_pods(OPENB / f"pods_{trace}.csv.gz")


def run(trace: str, policy: str, seed: int) -> tuple[TracePods, np.ndarray[Any, np.dtype[np.intp]], Replay]:
    nodes, pods = read(trace)
    arrivals = recorded_order(OPENB / "arrival_orders.npz", trace, seed, pods=pods, nodes=nodes)
    typical = typical_pods(pods)
    profile = make_profile(Fragmentation(typical=typical) if policy == "FGD" else OURS[policy])
    return pods, arrivals.order, replay(nodes, pods, arrivals, names.decider(policy, profile, seed), Mix(typical))


def check(row: dict[str, str], outcome: Replay) -> None:
    figures = measure(outcome, GPUS)
    found = {
        **{f"alloc_pct_at{percent}": figures.allocated_at(percent) for percent in (100, 120, 130)},
        "frag_pct_of_gpus_at130": figures.fragmented_at(130),
        "pods": len(outcome.nodes),
        "failed_pods": outcome.failed,
    }
    assert {key: float(row[key]) for key in found} == found


@needs_data("openb", "expected.csv")
@needs_data("openb", "golden.json")
@pytest.mark.parametrize("policy", OURS)
def test_one_run_step_by_step(policy: str) -> None:
    golden = json.loads((OPENB / "golden.json").read_text())["runs_default_seed42"][policy]
    pods, order, outcome = run("default", policy, 42)
    check(published()["default", policy, 42], outcome)
    placed = [[pods.names[index], node] for index, node in zip(order[:30].tolist(), outcome.nodes[:30], strict=True)]
    assert placed == golden["first30"]
    assert {after: outcome.used_milli[int(after) - 1] for after in golden["used_after"]} == golden["used_after"]
    fragmented = {
        after: round(float(outcome.fragmented_milli[int(after) - 1]), 2) for after in golden["frag_milli_after"]
    }
    assert fragmented == golden["frag_milli_after"]
    assert outcome.arrived_milli[-1] == golden["arrived_gpu_milli"]
    assert outcome.used_milli[-1] == golden["final_used_gpu_milli"]
    assert outcome.nodes.index(None) == golden["first_failure_event"]
    figures = measure(outcome, GPUS)
    assert {key: figures.allocated_at(int(key)) for key in golden["alloc_cols"]} == golden["alloc_cols"]


@needs_data("openb", "golden.json")
def test_typical_pods_are_the_published_ones() -> None:
    expected = json.loads((OPENB / "golden.json").read_text())["typical_default"]
    found = [
        {
            "cpu_milli": pod.cpu_milli,
            "gpu_milli": pod.gpu_milli,
            "num_gpu": pod.gpu_count,
            "gpu_spec": "|".join(pod.models),
            "freq": pod.frequency,
        }
        for pod in typical_pods(read("default")[1])
    ]
    assert found == expected


@pytest.mark.slow
@needs_data("openb", "expected.csv")
@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("policy", OURS)
def test_every_published_run(trace: str, policy: str) -> None:
    rows = published()
    assert len(rows) == len(OURS) * len(TRACES) * len(SEEDS) == 150
    for seed in SEEDS:
        _, _, outcome = run(trace, policy, seed)
        check(rows[trace, policy, seed], outcome)


@needs_data("openb", "nodes_gpu.csv.gz")
def test_the_kind_gives_the_same_figures_as_the_parts(tmp_path: object) -> None:
    settings = gpu_packing.Settings(source="openb", orders="openb/arrival_orders.npz", trace="default")
    result = gpu_packing.run(
        settings, scenario="gpu", policy="best-fit", seed=42, data=SHARED / "data", progress=lambda *_: None
    )
    row = published()["default", "BestFit", 42]
    shared = result.metrics.keys() & row.keys()
    assert len(shared) == 6
    assert {key: result.metrics[key] for key in shared} == {key: float(row[key]) for key in shared}
