"""How long each method of placing replicas takes beside the exact solve: 222 sites, k = 10, users alike.

Ratios of one run on one machine; the sites are made up (points on a globe), so that it runs without the real data.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

import numpy as np

from simulations.replicas.methods import Method, place
from simulations.replicas.problem import Problem

SITES = 222  # as many as the measured cities
TIMES: dict[Method, int] = {"random": 21, "greedy": 21, "swap": 7, "tail": 1, "optimum": 1}


def measure() -> list[tuple[str, str]]:
    """Name and text of each figure; a method's time is the median of its repetitions."""
    problem = globe()
    means: dict[Method, float] = {}
    seconds: dict[Method, float] = {}
    for method, times in TIMES.items():
        taken = []
        for _ in range(times):
            start = perf_counter()
            means[method] = place(problem, method, np.random.default_rng(1)).mean_ms
            taken.append(perf_counter() - start)
        seconds[method] = median(taken)
    rows = []
    for method in TIMES:
        ratio = seconds[method] / seconds["optimum"]
        over_pct = 100 * (means[method] / means["optimum"] - 1)
        text = f"{1e3 * seconds[method]:.1f} ms = {ratio:.2g} of the optimum's time, mean {over_pct:.2f} % over it"
        rows.append((f"replicas {method}, {SITES} sites, k = {problem.k}", text))
    return rows


def globe() -> Problem:
    """Random points on a sphere; a millisecond for each 62.5 km there and back, and 4 ms of access."""
    rng = np.random.default_rng(222)
    points = rng.normal(size=(SITES, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    km = 6371.0 * np.arccos(np.clip(points @ points.T, -1.0, 1.0))
    names = tuple(f"site-{number}" for number in range(SITES))
    return Problem(users=names, sites=names, rtt_ms=4.0 + km / 62.5, weights=np.ones(SITES), k=10)
