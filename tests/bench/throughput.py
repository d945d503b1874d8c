"""How many pods a second a real kube-scheduler places on 1,000 nodes, alone and with extenders, in one run.

Each time 2,000 pods of one Deployment wait before the scheduler is started, so that it is the bottleneck, and its own
count tells how fast it goes. The variants follow each other, twice and the second time backwards, since a shared
machine is not equally fast all the time; ratios count. All share the machine's cores, so an extender's CPU time is
taken from kube-scheduler and the API server: what each used is told, too.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from tests.cluster.api import Api
from tests.cluster.arguments import API_SERVER, SCHEDULER
from tests.cluster.control_plane import ControlPlane
from tests.cluster.extender import RunningExtender, latency_config_map
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.ports import HOST, is_open
from tests.cluster.waiting import until, until_blocking

NODES, PODS, SITES, CLOUDS = 1000, 2000, 20, 2
ROUNDS = 2
_NAME, _NAMESPACE = "burst", "default"
_COUNTED = 'scheduler_schedule_attempts_total{profile="default-scheduler",result="scheduled"}'
_FROM, _TO = 0.05, 0.95  # of the pods, between which is measured: starting and the last stragglers are no throughput
_MAKE_S, _PLACE_S, _CLEAR_S, _START_S = 180.0, 300.0, 120.0, 30.0
_LOOK_S = 0.2
_ROOT = Path(__file__).resolve().parents[2]
_WISHES = {
    "edgeward.dev/origin": "site-00",
    "edgeward.dev/preferred": "local",
    "edgeward.dev/fallback": "neighbor,cloud",
}

Config = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run kube-scheduler."""

    name: str
    profile: str = ""  # of ours, which is then asked
    echo: bool = False
    bind: bool = False
    prioritize: bool = True
    percentage: int = 100


ALONE = Variant(name="no extender, all nodes scored")
ECHO = Variant(name="extender without an opinion", echo=True)
DEFAULT = Variant(name="edge-default", profile="edge-default")
SHORT = Variant(name="edge-shortlist", profile="edge-shortlist")
FILTERING = Variant(name="edge-shortlist, filter only", profile="edge-shortlist", prioritize=False)
BINDING = Variant(name="edge-default, and it binds", profile="edge-default", bind=True)
# those that are compared stand beside each other
SHARE = Variant(name="no extender, kube-scheduler's default share", percentage=0)
VARIANTS = (BINDING, ECHO, DEFAULT, SHARE, FILTERING, ALONE, SHORT)
RATIOS = ((DEFAULT, ECHO, "0.9"), (SHORT, ALONE, "1.0"), (FILTERING, ALONE, ""), (BINDING, ECHO, ""))


@dataclass(slots=True)
class Seen:
    """What was measured of a variant, one entry a round."""

    pods_a_second: list[float] = field(default_factory=list)
    cpu_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # a pod, by program


def measure() -> list[tuple[str, str]]:
    """Pods a second and CPU time a pod of each variant, and the ratios that count."""
    seen = {variant: Seen() for variant in VARIANTS}
    with ControlPlane() as plane:
        asyncio.run(_rounds(plane, seen))
    rows = [(variant.name, _told(of)) for variant, of in seen.items()]
    for mine, other, goal in RATIOS:
        ratio = mean(seen[mine].pods_a_second) / mean(seen[other].pods_a_second)
        rows.append((f"{mine.name} / {other.name}", f"{ratio:.2f}{f' (goal {goal})' if goal else ''}"))
    return rows


async def _rounds(plane: ControlPlane, seen: dict[Variant, Seen]) -> None:
    async with Api(plane.kubeconfig) as api:
        await api.create(*_nodes())
        await api.wait_ready([node["metadata"]["name"] for node in _nodes()], timeout_s=_MAKE_S)
        await api.create(latency_config_map({("site-00", f"site-{n:02}"): 2.0 + n for n in range(1, SITES)}))
        for number in range(ROUNDS):
            for variant in VARIANTS[:: 1 if number % 2 == 0 else -1]:
                await api.create(deployment_manifest(_NAME, replicas=PODS, annotations=_WISHES), namespace=_NAMESPACE)
                await _all_made(api)
                with _extender(plane, variant) as config:
                    await asyncio.to_thread(_run, plane, config, variant, seen[variant])
                    for kind in ("Deployment", "ReplicaSet", "Pod"):
                        await api.clear(kind, namespace=_NAMESPACE, timeout_s=_CLEAR_S)
                print(variant.name, _told(seen[variant]), f"load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)


def _nodes() -> list[Config]:
    return [
        node_manifest(
            f"node-{number:04}",
            site=f"site-{number % SITES:02}",
            tier="cloud" if number % SITES >= SITES - CLOUDS else "edge",
            cpu="8",
        )
        for number in range(NODES)
    ]


async def _all_made(api: Api) -> None:
    async def made() -> bool:
        owner = (await api.get("Deployment", _NAME, namespace=_NAMESPACE)).get("status", {})
        return int(owner.get("replicas", 0)) == PODS

    await until(made, what=f"{PODS} pods to be made", timeout_s=_MAKE_S, every_s=1.0)


@contextmanager
def _extender(plane: ControlPlane, variant: Variant) -> Iterator[Config]:
    """The configuration of kube-scheduler, and while it is in use the extender that it names."""
    if variant.profile:
        ours = RunningExtender(plane, name=variant.profile, profile=variant.profile, http_timeout_s=5.0)
        try:
            asked = {"bind": variant.bind, "prioritize": variant.prioritize, "preempt": False}
            without = [verb for verb, wanted in asked.items() if not wanted]
            yield ours.scheduler_config(without=without, http_timeout="5s")
        finally:
            ours.stop()
    elif variant.echo:
        port = plane.ports.free()
        plane.processes.start(
            "echo", [sys.executable, "-m", "tests.bench.echo", str(port)], environ={"PYTHONPATH": str(_ROOT)}
        )
        until_blocking(lambda: is_open(port), what="the echo extender to listen", timeout_s=_START_S)
        entry = {"urlPrefix": f"http://{HOST}:{port}/scheduler", "filterVerb": "filter", "prioritizeVerb": "prioritize"}
        try:
            yield {
                **_plain(variant),
                "extenders": [{**entry, "weight": 13, "nodeCacheCapable": True, "httpTimeout": "5s"}],
            }
        finally:
            plane.processes.stop("echo")
    else:
        yield _plain(variant)


def _plain(variant: Variant) -> Config:
    share = {"percentageOfNodesToScore": variant.percentage} if variant.percentage else {}
    return {**share, "profiles": [{"schedulerName": "default-scheduler"}]}


def _run(plane: ControlPlane, config: Config, variant: Variant, seen: Seen) -> None:
    """Start the scheduler on the full queue, and stop it when all pods have a node."""
    names = {"kube-scheduler": SCHEDULER, "API server": API_SERVER}
    if variant.profile or variant.echo:
        names["extender"] = variant.profile or "echo"
    plane.start_scheduler(config)
    try:
        before = {what: _cpu_s(plane.processes.pid(name)) for what, name in names.items()}
        began_s, first = _reached(plane, _FROM)
        ended_s, last = _reached(plane, _TO)
        _reached(plane, 1.0)
        for what, name in names.items():
            seen.cpu_ms[what].append(1000 * (_cpu_s(plane.processes.pid(name)) - before[what]) / PODS)
        seen.pods_a_second.append((last - first) / (ended_s - began_s))
    finally:
        plane.stop_scheduler()


def _reached(plane: ControlPlane, share: float) -> tuple[float, float]:
    """When so many pods were placed, and how many exactly."""
    found = (0.0, 0.0)

    def reached() -> bool:
        nonlocal found
        found = (time.monotonic(), _placed(plane))
        return found[1] >= share * PODS

    until_blocking(
        reached,
        what=lambda: f"{share:.0%} of {PODS} pods to be placed, got {found[1]:.0f}",
        timeout_s=_PLACE_S,
        every_s=_LOOK_S,
    )
    return found


def _placed(plane: ControlPlane) -> float:
    lines = plane.scheduler_metrics().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(_COUNTED))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)


def _told(of: Seen) -> str:
    each = " ".join(f"{speed:.0f}" for speed in of.pods_a_second)
    cpu = ", ".join(f"{what} {mean(ms):.1f}" for what, ms in of.cpu_ms.items())
    return f"{mean(of.pods_a_second):.0f} pods/s ({each}); CPU ms a pod: {cpu}"
