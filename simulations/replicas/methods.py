"""The methods by name: what a scenario calls a policy, and the sites that it picks.

* `random`   – any k sites: what Kubernetes does by itself, whose scheduler knows nothing of users.
* `greedy`   – k-median greedy: site after site, each where it lowers the mean most.
* `swap`     – greedy, swaps and kicks: the fast heuristic (`interchange.py`).
* `optimum`  – the proven lowest mean (`exact.py`).
* `tail`     – the lowest p95 at a mean that is still allowed (`tail.py`).
* `auto`     – `optimum` on a small problem, `swap` otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulations.replicas.exact import optimum
from simulations.replicas.interchange import fast, greedy, total
from simulations.replicas.problem import Problem, Sites
from simulations.replicas.tail import tail

Method = Literal["random", "greedy", "swap", "optimum", "tail", "auto"]
METHODS: tuple[Method, ...] = ("random", "greedy", "swap", "optimum", "tail", "auto")

# users × sites up to which `auto` proves its answer: 100 × 100 takes well under a second, 222 × 222 up to ten.
SMALL = 10_000

# The tail may cost this much of the mean: on the 222 cities 12.5 % buys the lowest p95 there is (coverage.py), -22 %.
TAIL_MEAN_SLACK = 0.125


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Sites by index, rising; `lower_mean_ms` is a proven bound of every placement's mean, when one was sought."""

    placed: Sites
    mean_ms: float
    lower_mean_ms: float | None = None


def is_small(problem: Problem) -> bool:
    """Whether `auto` proves its answer."""
    return problem.rtt_ms.size <= SMALL


def place(
    problem: Problem,
    method: Method,
    rng: np.random.Generator,
    *,
    time_limit_s: float = 60.0,
    tail_share: float = 0.95,
    tail_mean_slack: float = TAIL_MEAN_SLACK,
) -> Placement:
    """The placement that a method picks; the same for the same problem and state of `rng`.

    `tail` allows a mean of (1 + tail_mean_slack) times that of `auto`, from which it starts.
    """
    cost = problem.weights[:, None] * problem.rtt_ms
    lower: float | None = None
    placed: Sites
    match method:
        case "random":
            placed = tuple(rng.choice(len(problem.sites), problem.k, replace=False).tolist())
        case "greedy":
            placed = greedy(cost, problem.k)
        case "swap":
            placed = fast(cost, problem.k, rng)
        case "optimum" | "auto":
            placed = fast(cost, problem.k, rng)
            if method == "optimum" or is_small(problem):
                proven = optimum(cost, placed, time_limit_s=time_limit_s)
                placed, lower = proven.placed, proven.lower
        case "tail":
            start = place(problem, "auto", rng, time_limit_s=time_limit_s)
            lower = start.lower_mean_ms
            limit_ms = start.mean_ms * (1 + tail_mean_slack)
            placed = tail(problem, start.placed, rng, share=tail_share, mean_limit_ms=limit_ms)
    placed = tuple(sorted(placed))
    return Placement(placed=placed, mean_ms=total(cost, placed), lower_mean_ms=lower)
