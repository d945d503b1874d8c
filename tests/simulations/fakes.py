"""A kind of scenario that is done at once and can be told to fail, to be slow, or to die.

Importing this module adds it to the kinds under the name `fake`, in a spawned process and in a Ray worker, too: a
cell's settings are an instance of the class here, so that whoever unpickles the cell has imported the module.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

import simulations.kinds
from policies.model.site import suggestion
from simulations.errors import InputError, SimulationError
from simulations.kinds.contract import Metric, Progress
from simulations.result import Curve, RunResult

FOLDER = str(Path(__file__).parent / "fake_kinds")
if FOLDER not in simulations.kinds.__path__:
    simulations.kinds.__path__.append(FOLDER)

POLICIES = ("near", "far", "failing", "refused", "bug", "dying", "interrupted")


class Deep(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    share: float = Field(0.5, ge=0, le=1)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    load: float = Field(0.5, gt=0)
    seconds: float = Field(0.0, ge=0)
    fails_above: float = 99.0
    log: str | None = None  # a folder, in whose file `log` each run adds a line
    table: str | None = None
    deep: Deep = Deep()


SETTINGS = Settings
METRICS = (
    Metric("rtt_mean_ms", "RTT mean", "ms", "lower"),
    Metric("share_pct", "Share", "%", "higher"),
)


def check_policy(name: str, policy_dirs: Iterable[Path] = ()) -> None:
    if name not in POLICIES:
        raise InputError(f"unknown policy {name!r}{suggestion(name, POLICIES)}")


def run(
    settings: Settings, *, scenario: str, policy: str, seed: int, data: Path | None, progress: Progress
) -> RunResult:
    started = time.perf_counter()
    progress(0.5, "half")
    if settings.log:
        with Path(settings.log, "log").open("a", encoding="utf-8") as log:
            log.write(f"{policy} {seed} {settings.load}\n")
    time.sleep(settings.seconds)
    if policy == "failing" or settings.load > settings.fails_above:
        raise SimulationError("the kernel stopped at 12 s")
    if policy == "refused":
        raise InputError("nodes.csv row 3: cpu_milli must be > 0, got -5")
    if policy == "bug":
        raise LookupError("no such thing")
    if policy == "dying":
        os.kill(os.getpid(), signal.SIGKILL)
    if policy == "interrupted":
        raise KeyboardInterrupt
    dice = np.random.default_rng([seed, len(policy)])
    rtt_ms = float(10 * settings.load + dice.random() + (5 if policy == "far" else 0))
    return RunResult(
        scenario=scenario,
        kind="fake",
        policy=policy,
        seed=seed,
        metrics={
            "rtt_mean_ms": rtt_ms,
            "share_pct": 100 * settings.deep.share,
            "pods_per_second": 1 / (1e-9 + time.perf_counter() - started),
        },
        curves={"latency_cdf": Curve(x=(0.0, rtt_ms), y=(0.0, 100.0))},
        wall_seconds=time.perf_counter() - started,
    )
