"""Kind `gpu-packing`: a GPU trace is packed onto a cluster until nothing fits; what share of the GPUs is then in use.

`nodes` and `pods` name a trace's files (`--nodes CSV --pods CSV`); without them `source` says which: `openb` is the
real one of the data folder, `builtin` a small made-up one, `auto` the real one when it is there. `orders` and
`trace` take the recorded arrival orders of the published experiment, with which the deterministic policies give the
published figures to the last digit; without them our own generator draws the order from the seed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.engine.catalogue import Catalogue, catalogue
from policies.engine.profile import Profile
from policies.engine.typical import DEFAULT_MIX
from policies.errors import PolicyError, UnknownName
from policies.fragmentation import Mix
from simulations.baselines import names
from simulations.errors import InputError
from simulations.kinds.contract import Metric, Progress
from simulations.packing.measures import measure
from simulations.packing.replay import replay
from simulations.packing.typical import TraceMix, told, trace_mix
from simulations.result import Curve, RunResult
from simulations.workloads.arrivals import Arrivals, arrival_order, recorded_order
from simulations.workloads.builtin_gpu import builtin_gpu_cluster
from simulations.workloads.files import found
from simulations.workloads.openb import TraceNodes, TracePods, read_nodes, read_pods

METRICS = (
    Metric(key="alloc_pct_at100", title="GPU allocated at 100 %", unit="%", better="higher"),
    Metric(key="alloc_pct_at120", title="GPU allocated at 120 %", unit="%", better="higher"),
    Metric(key="alloc_pct_at130", title="GPU allocated at 130 %", unit="%", better="higher"),
    Metric(key="frag_pct_of_gpus_at130", title="GPU fragmented at 130 %", unit="%", better="lower"),
    Metric(key="pods", title="pods", unit="", better="neither"),
    Metric(key="failed_pods", title="failed pods", unit="", better="lower"),
    Metric(key="pods_per_second", title="pods per second", unit="1/s", better="higher"),
)


class Settings(BaseModel):
    """Settings of the kind `gpu-packing`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: Literal["auto", "builtin", "openb"] = Field(
        "auto", description="which trace; auto = openb when the data folder has it, else built-in"
    )
    nodes: str | None = Field(
        None, description="CSV, gzipped or not, instead of the source's; a relative path is looked for in --data too"
    )
    pods: str | None = Field(None, description="CSV, as for nodes")
    inflate: float = Field(
        1.3,
        gt=0,
        description="GPU that arrives, in parts of the capacity; 1 = the trace as it is. Figures at 120 and 130 % are "
        "null when less arrives",
    )
    orders: str | None = Field(None, description="NPZ with recorded arrival orders")
    trace: str | None = Field(None, description="which of the orders")


SETTINGS = Settings
OPENB_NODES, OPENB_PODS = "openb/nodes_gpu.csv.gz", "openb/pods_default.csv.gz"  # in the data folder


def data_source(settings: Settings, data: Path | None) -> str:
    """Where the trace is from."""
    nodes, pods = _files(settings, data)
    return "built-in trace" if nodes is None or pods is None else f"{nodes}, {pods}"


def looked_for(settings: Settings) -> str:
    """What `source: auto` takes of the data folder; nothing when the trace is named."""
    return OPENB_NODES if settings.nodes is None and settings.pods is None else ""


def check_policy(name: str, policy_dirs: Iterable[Path] = ()) -> None:
    """InputError when no policy, profile or baseline is called that."""
    _profile(name, catalogue(policy_dirs), TraceMix(typical=DEFAULT_MIX, cpu_per_gpu_milli=None))


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
    nodes, pods = _trace(settings, data)
    arrivals = _arrivals(settings, nodes, pods, seed, data)
    mix = trace_mix(pods)
    profile = _profile(policy, catalogue(policy_dirs), mix)
    outcome = replay(nodes, pods, arrivals, names.decider(policy, profile, seed), Mix(mix.typical), progress)
    gpus = int(nodes.gpu_count.sum())
    figures = measure(outcome, gpus)
    arrived = [(k, a, f) for k, (a, f) in enumerate(zip(figures.allocated_pct, figures.fragmented_pct, strict=True))
               if a is not None and f is not None]  # fmt: skip
    return RunResult(
        scenario=scenario,
        kind="gpu-packing",
        policy=policy,
        seed=seed,
        metrics={
            **{f"alloc_pct_at{k}": figures.allocated_at(k) for k in (100, 120, 130)},
            "frag_pct_of_gpus_at130": figures.fragmented_at(130),
            "pods": len(arrivals.order),
            "failed_pods": outcome.failed,
            "pods_per_second": len(arrivals.order) / max(outcome.placing_seconds, 1e-9),
        },
        curves={
            "gpu_alloc": Curve(x=tuple(float(k) for k, _, _ in arrived), y=tuple(a for _, a, _ in arrived)),
            "gpu_frag": Curve(x=tuple(float(k) for k, _, _ in arrived), y=tuple(f for _, _, f in arrived)),
        },
        refusals={"fit: no node has room": outcome.failed},
        wall_seconds=time.perf_counter() - started,
    )


def _files(settings: Settings, data: Path | None) -> tuple[str | None, str | None]:
    if (settings.nodes is None) != (settings.pods is None):
        raise InputError("gpu-packing: --nodes and --pods come together or not at all")
    if settings.nodes is not None or settings.source == "builtin":
        return settings.nodes, settings.pods
    there = data is not None and (data / OPENB_NODES).is_file()
    if not there and settings.source == "openb":
        raise InputError(
            f"gpu-packing: source openb: no {OPENB_NODES} in the data folder ({data or 'none given'}); use --data DIR"
        )
    return (OPENB_NODES, OPENB_PODS) if there else (None, None)


def _trace(settings: Settings, data: Path | None) -> tuple[TraceNodes, TracePods]:
    nodes_file, pods_file = _files(settings, data)
    if nodes_file is None or pods_file is None:
        return builtin_gpu_cluster()
    nodes, pods = read_nodes(found(nodes_file, data)), read_pods(found(pods_file, data))
    if not nodes.gpu_count.sum():
        raise InputError(f"{nodes_file}: no node has a GPU, so there is nothing to pack")
    return nodes, pods


def _arrivals(settings: Settings, nodes: TraceNodes, pods: TracePods, seed: int, data: Path | None) -> Arrivals:
    if (settings.orders is None) != (settings.trace is None):
        raise InputError("gpu-packing: --orders and --trace come together: which of the recorded orders?")
    if settings.orders is None or settings.trace is None:
        drawn = arrival_order(pods, nodes, ratio=settings.inflate, seed=seed)
        if not len(drawn.order):
            raise InputError(f"settings.inflate: with {settings.inflate:g} of the GPUs asked for, no pod arrives")
        return drawn
    if _files(settings, data) == (None, None):
        raise InputError("gpu-packing: recorded --orders belong to a trace, so --nodes and --pods must name it")
    return recorded_order(found(settings.orders, data), settings.trace, seed, pods=pods, nodes=nodes)


def _profile(name: str, known: Catalogue, mix: TraceMix) -> Profile | None:
    """The deciding profile, its fragmentation policies told what is typical here unless they say so themselves.

    A name that is a policy's and a profile's means the policy: this kind compares policies.
    """
    try:
        known.policy(name)
    except UnknownName:
        profile = names.profile_named(name, known)
    else:
        try:
            profile = None if name in names.BASELINES else known.alone(name)
        except PolicyError as error:
            raise InputError(str(error)) from error
    return None if profile is None else told(profile, mix)
