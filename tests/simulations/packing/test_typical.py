"""What is typical of a trace: by hand."""

from __future__ import annotations

import numpy as np

from policies.engine.typical import Typical
from simulations.packing.typical import trace_mix
from simulations.workloads.openb import TracePods


def pods(*shapes: tuple[int, int, int, int, str]) -> TracePods:
    """(how many, CPU, GPUs, milli of each, models)."""
    each = [shape[1:] for shape in shapes for _ in range(shape[0])]
    return TracePods(
        names=tuple(f"p{number:03d}" for number in range(len(each))),
        cpu_milli=np.array([shape[0] for shape in each]),
        memory_mib=np.ones(len(each), dtype=np.int64),
        num_gpu=np.array([shape[1] for shape in each]),
        gpu_milli=np.array([shape[2] for shape in each]),
        gpu_spec=tuple(shape[3] for shape in each),
    )


def test_the_most_frequent_shapes_are_typical_up_to_the_one_that_crosses_95_percent() -> None:
    mix = trace_mix(pods((1, 1_000, 0, 0, ""), (1, 2_000, 1, 1000, "T4|A100"), (18, 4_000, 1, 500, "")))
    # 18 of 20 are 90 %; of the two that come once the larger shape goes first: 19 of 20 are 95 %
    assert mix.typical == (
        Typical(cpu_milli=4_000, gpu_milli=500, gpu_count=1, frequency=18 / 20 / (19 / 20)),
        Typical(cpu_milli=2_000, gpu_milli=1000, gpu_count=1, models=("T4", "A100"), frequency=1 / 20 / (19 / 20)),
    )
    # GPU pods only: (18 · 4000 + 2000) / (18 · 0.5 + 1) = 7400 for one GPU
    assert mix.cpu_per_gpu_milli == 7_400


def test_a_trace_without_gpus_says_nothing_of_cpu_for_one() -> None:
    assert trace_mix(pods((3, 1_000, 0, 0, ""))).cpu_per_gpu_milli is None
