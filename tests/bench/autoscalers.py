"""The autoscaler beside kube-controller-manager's HPA controller, each with 1,000 objects at steady state.

One real control plane with 1,000 Deployments of one pod each, whose usage metrics-server measures. First nobody scales
them, then HPAs, then EdgeAutoscalers of the same meaning; then the same backwards, since a shared machine is not
equally fast all the time. Both look every 15 s and may call 500 times a second, or as often as EDGEWARD_BENCH_QPS says
(20 is kube-controller-manager's default). What all programs cost while nobody scales is taken off.

Reads are what kube-apiserver and metrics-server count as GET and LIST; the aggregator counts nothing that it passes on.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import mean

from autoscaler.api import crd
from autoscaler.api.v1alpha1.resource import GROUP, PLURAL
from tests.bench.throughput import _cpu_s
from tests.cluster.api import Api
from tests.cluster.arguments import API_SERVER, CONTROLLER_MANAGER, ETCD, METRICS_SERVER
from tests.cluster.autoscaling.load import USAGE
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.autoscaling.scalers import autoscaler_manifest, cpu, hpa_manifest
from tests.cluster.autoscaling.standing import PASSES, condition
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import Manifest, deployment_manifest, node_manifest
from tests.cluster.ports import HOST
from tests.cluster.waiting import until

MANY = int(os.environ.get("EDGEWARD_BENCH_AUTOSCALERS", "1000"))
QPS = int(os.environ.get("EDGEWARD_BENCH_QPS", "500"))
PERIOD_S, MEASURED_S = 15.0, 60.0
NAMESPACE = "default"
NOBODY, HPA, OURS = "nobody", "HorizontalPodAutoscaler", "EdgeAutoscaler"
ORDER = (NOBODY, HPA, OURS, OURS, HPA, NOBODY)
_PODS_A_NODE = 100
_MAKE_S, _ACTIVE_S, _CLEAR_S = 600.0, 600.0, 180.0
_AUTOSCALER = "autoscaler"
_RECONCILED = "horizontal_pod_autoscaler_controller_reconciliations_total"
_REQUESTS = "apiserver_request_total"
_KINDS = {"GET": "reads", "LIST": "reads", "WATCH": ""}  # all other verbs write

Figures = defaultdict[str, float]


@dataclass(slots=True)
class Seen:
    """What was measured while one of them scaled, a minute each."""

    minutes: list[Figures] = field(default_factory=list)

    def mean(self, what: str) -> float:
        return mean(minute[what] for minute in self.minutes)


def measure() -> list[tuple[str, str]]:
    """CPU seconds and requests a minute of each, more than when nobody scales; and ours / the HPA's."""
    seen: defaultdict[str, Seen] = defaultdict(Seen)
    flags = {CONTROLLER_MANAGER: [f"--kube-api-qps={QPS}", f"--kube-api-burst={max(30, 2 * QPS)}"]}
    with ControlPlane(metrics_server=True, flags=flags) as plane:
        asyncio.run(_all(plane, seen))
    names = {HPA: f"{MANY:,} HPAs, kube-controller-manager at {QPS} calls/s", OURS: f"{MANY:,} EdgeAutoscalers"}
    rows = [("nobody scales", _told(seen[NOBODY], None))]
    rows += [(name, _told(seen[who], seen[NOBODY])) for who, name in names.items()]
    ratios = []
    for what, words in (("controller", "controller's CPU"), ("all", "CPU of all programs"), ("reads", "reads")):
        mine, other = (seen[who].mean(what) - seen[NOBODY].mean(what) for who in (OURS, HPA))
        ratios.append(f"{words} {mine / other:.2f}")
    return [*rows, ("ours / HPA's", ", ".join(ratios))]


async def _all(plane: ControlPlane, seen: defaultdict[str, Seen]) -> None:
    async with Api(plane.kubeconfig) as api:
        await _make(plane, api)
        for who in ORDER:
            async with _scaling(plane, api, who) as ours:
                before, began_s = await asyncio.to_thread(_now, plane, ours), time.monotonic()
                await asyncio.sleep(MEASURED_S)
                after, lasted_s = await asyncio.to_thread(_now, plane, ours), time.monotonic() - began_s
            minute = defaultdict(float, {what: (after[what] - before[what]) / lasted_s * 60 for what in after})
            seen[who].minutes.append(minute)
            figures = ", ".join(f"{what} {figure:.1f}" for what, figure in sorted(minute.items()) if figure >= 0.5)
            print(f"{who}: {figures}; load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)


async def _make(plane: ControlPlane, api: Api) -> None:
    """The nodes and the pods, half as busy as they ask to be."""
    plane.start_scheduler()
    plane.kubectl("apply", "-f", "-", stdin=crd.text())
    plane.kubectl("wait", "--for=condition=Established", f"crd/{PLURAL}.{GROUP}", "--timeout=30s")
    nodes = [node_manifest(f"node-{number:03}", cpu="64") for number in range(-(-MANY // _PODS_A_NODE))]
    await api.create(*nodes)
    await api.wait_ready([node["metadata"]["name"] for node in nodes], timeout_s=_MAKE_S)
    usage = {USAGE: "50m"}
    await api.create(
        *(deployment_manifest(name, cpu="100m", annotations=usage) for name in _names()), namespace=NAMESPACE
    )

    async def are_told() -> bool:
        deployments = await api.all("Deployment", namespace=NAMESPACE)
        return [each.get("status", {}).get("availableReplicas") for each in deployments] == [1] * MANY

    # not only until the pods run: kube-controller-manager is to have written all that it has to say of them
    await until(are_told, what=f"{MANY} Deployments to be available", timeout_s=_MAKE_S, every_s=2.0)
    plane.stop_scheduler()  # nothing is left for it


@asynccontextmanager
async def _scaling(plane: ControlPlane, api: Api, who: str) -> AsyncIterator[RunningAutoscaler | None]:
    """Inside, these have read their metrics, and nothing of them is left after it. Ours runs for ours alone."""
    if who == NOBODY:
        await asyncio.sleep(PERIOD_S)
        yield None
        return
    make = hpa_manifest if who == HPA else autoscaler_manifest
    made: list[Manifest] = [make(name, cpu(50)) for name in _names()]
    await api.create(*made, namespace=NAMESPACE)
    calls = {"qps": QPS, "burst": max(30, 2 * QPS)}
    ours = RunningAutoscaler(plane, name=_AUTOSCALER, sync_period_s=PERIOD_S, calls=calls) if who == OURS else None
    try:

        async def active() -> bool:
            them = await api.all(who, namespace=NAMESPACE)
            return [condition(each, "ScalingActive").get("status") for each in them] == ["True"] * MANY

        await until(active, what=f"{MANY} {who}s to read metrics", timeout_s=_ACTIVE_S, every_s=3.0)
        await asyncio.sleep(PERIOD_S)
        yield ours
    finally:
        if ours:
            ours.stop()
        await api.clear(who, namespace=NAMESPACE, timeout_s=_CLEAR_S)


def _names() -> list[str]:
    return [f"web-{number:04}" for number in range(MANY)]


def _now(plane: ControlPlane, ours: RunningAutoscaler | None) -> Figures:
    """All counters; `controller` is who scales, and `all` are all programs that it has to do with."""
    at, found = plane._layout, Figures(float)
    names = (CONTROLLER_MANAGER, API_SERVER, METRICS_SERVER, ETCD, *((_AUTOSCALER,) if ours else ()))
    for name in names:
        found[f"{name} s"] = _cpu_s(plane.processes.pid(name))
    found["all"] = sum(found[f"{name} s"] for name in names)
    found["controller"] = found[f"{_AUTOSCALER} s"] + found[f"{CONTROLLER_MANAGER} s"]
    for port in (at.api_server_port, at.metrics_server_port):
        for line in _page(plane, port):
            if line.startswith(f"{_REQUESTS}{{"):
                verb = line.partition('verb="')[2].partition('"')[0]
                if kind := _KINDS.get(verb, "writes"):
                    found[kind] += float(line.rpartition(" ")[2])
    if ours:
        found["passes"] = ours.metric(PASSES)
    else:
        lines = _page(plane, at.controller_manager_port)
        told = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(_RECONCILED))
        found["passes"] = told / MANY
    return found


def _page(plane: ControlPlane, port: int) -> list[str]:
    """Its /metrics; all three know the administrator's token, and have a certificate of the same authority."""
    return plane.kubectl("get", "--raw", "/metrics", f"--server=https://{HOST}:{port}").splitlines()


def _told(of: Seen, idle: Seen | None) -> str:
    def more(what: str) -> float:
        return of.mean(what) - (idle.mean(what) if idle else 0.0)

    programs = ("controller", f"{API_SERVER} s", f"{METRICS_SERVER} s", f"{ETCD} s")
    words = ("controller", "API server", "metrics-server", "etcd")
    cpu_s = ", ".join(f"{word} {more(name):.1f}" for word, name in zip(words, programs, strict=True))
    passes = f"{of.mean('passes'):.1f} passes; " if idle else ""
    return f"a minute: {passes}CPU s {cpu_s}; {more('reads'):,.0f} reads, {more('writes'):,.0f} writes"
