"""`make cluster-demo`: the whole ladder on a real control plane, told as it happens, beside what the real HPA does.

    python -m tests.cluster.autoscaling.demo

Two services, each at home on two small nodes of an edge site, take the same load, which grows to five times as much and
falls again. One has an EdgeAutoscaler with short periods, the other an HPA; kube-scheduler with our extender places
both. It takes about two minutes and then removes all of it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from autoscaler.api import crd
from tests.cluster.api import Api, Object
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import Load, loaded
from tests.cluster.autoscaling.metrics_adapter import MetricsAdapter
from tests.cluster.autoscaling.plane import HINTED, autoscaling_plane, start_hinted
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.autoscaling.scalers import autoscaler_manifest, hpa_manifest, queue_length
from tests.cluster.autoscaling.witness import events
from tests.cluster.build import build
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import RTT_MS
from tests.cluster.errors import ClusterError
from tests.cluster.extender import latency_config_map
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.prometheus import start_prometheus

NAMESPACE = "default"
OURS, THEIRS = "camera", "camera-with-hpa"
AT_HOME = {"edgeward.dev/origin": "local", "edgeward.dev/preferred": "local", "edgeward.dev/required": "true"}
PERIODS: dict[str, Any] = {
    "scaleOut": {"periodSeconds": 5},
    "scaleIn": {"periodSeconds": 10, "stabilizationWindowSeconds": 0},
}
LADDER: dict[str, Any] = {
    "vertical": {
        "mode": "InPlace",
        "containers": [{"name": "main", "maxAllowed": {"cpu": "400m"}, "step": {"cpu": "100m"}}],
    },
    "overEdge": {"tiers": ["neighbor", "cloud"], "maxReplicas": 6, "dwellSeconds": 5},
}
USUAL, HIGH, EACH = 20.0, 100.0, 10  # requests a second: of all, and how many are right for one replica
SIZE_MILLI = 300  # CPU that one of them asks for
TOLERATED = 1.1  # a metric may be a tenth above its target
LEAST, MOST = 2, 4
WAITING = "waiting"
QUIET_S, HIGH_S, ENDS_AFTER_S = 8.0, 40.0, 90.0
_LOOK_S, _TELL_S = 0.5, 5.0
_STEPS = {
    "ScaleOut": "out", "ScaleUp": "up", "OverEdge": "over edge", "ComeHome": "home", "ScaleDown": "down",
    "ScaleIn": "in",
}  # fmt: skip


def main() -> int:
    """0 when it was seen to its end; an error's own exit code."""
    try:
        programs = build()
        print("edgeward: starting a control plane, Prometheus, an adapter, the extender and the autoscaler", flush=True)
        with (
            tempfile.TemporaryDirectory() as folder,
            autoscaling_plane(programs, Path(folder), metrics_server=False) as plane,
        ):
            asyncio.run(_play(plane))
    except ClusterError as error:
        print(f"edgeward: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


class Stage:
    """The services, and what is said of them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._began_s = asyncio.get_running_loop().time()
        self._told: set[str] = set()
        self.short_s = dict.fromkeys((OURS, THEIRS), 0.0)

    @property
    def at_s(self) -> float:
        """Since the beginning."""
        return asyncio.get_running_loop().time() - self._began_s

    async def tell_steps(self) -> None:
        """Print the autoscaler's Events that are new."""
        for event in await events(self._api, NAMESPACE, OURS):
            name = event["metadata"]["name"]
            if name not in self._told and event["reason"] in _STEPS:
                self._told.add(name)
                print(f"{self.at_s:5.0f} s  {_STEPS[event['reason']]:<10} {event['note']}", flush=True)

    async def tell_standing(self, requests: float) -> None:
        """Print what each service has now."""
        print(
            f"{self.at_s:5.0f} s  {requests:3.0f} requests/s   ladder: {await self._standing(OURS)}   "
            f"HPA: {await self._standing(THEIRS)}",
            flush=True,
        )

    async def count_short(self, requests: float, *, for_s: float) -> None:
        """Add up for how long each service has had fewer replicas than the load is for."""
        for app in (OURS, THEIRS):
            carried = sum(EACH * _milli(pod) / SIZE_MILLI for pod in await self._pods(app) if _site(pod) != WAITING)
            if carried * TOLERATED < requests:
                self.short_s[app] += for_s

    async def is_back(self) -> bool:
        """Is the service with the ladder as it was?"""
        pods = await self._pods(OURS)
        return len(pods) == LEAST and all(_milli(pod) == SIZE_MILLI and _site(pod) == "local" for pod in pods)

    async def _standing(self, app: str) -> str:
        places: dict[str, int] = {}
        for pod in await self._pods(app):
            place = f"{_site(pod)} {_milli(pod)}m"
            places[place] = places.get(place, 0) + 1
        return ", ".join(f"{count} × {place}" for place, count in sorted(places.items()))

    async def _pods(self, app: str) -> list[Object]:
        pods = await self._api.all("Pod", namespace=NAMESPACE, labelSelector=f"app={app}")
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


async def _play(plane: ControlPlane) -> None:
    async with AsyncExitStack() as stack:
        exporter = stack.enter_context(Exporter(plane.ports.free()))
        api = await stack.enter_async_context(Api(plane.kubeconfig))
        await _set_up(plane, api, exporter)
        loads = [
            await stack.enter_async_context(loaded(api, NAMESPACE, app, exporter=exporter, requests=USUAL))
            for app in (OURS, THEIRS)
        ]
        await _story(Stage(api), loads)


async def _set_up(plane: ControlPlane, api: Api, exporter: Exporter) -> None:
    plane.kubectl("apply", "-f", "-", stdin=crd.text())
    prometheus = start_prometheus(plane.processes, port=plane.ports.free(), scraped=[exporter.port])
    adapter = MetricsAdapter(plane, prometheus=prometheus)
    await adapter.register(api, custom="v1beta2")
    nodes = [
        *(node_manifest(f"local-{app}-{n}", site="local", tier="edge", cpu="1", labels={"for": app})
          for app in (OURS, THEIRS) for n in (1, 2)),
        node_manifest("neighbor-1", site="neighbor", tier="edge", cpu="1", labels={"for": OURS}),
        node_manifest("cloud-1", site="cloud", tier="cloud", cpu="16", labels={"for": OURS}),
    ]  # fmt: skip
    await api.create(*nodes, latency_config_map(RTT_MS))
    await api.wait_ready(node["metadata"]["name"] for node in nodes)
    start_hinted(plane)
    RunningAutoscaler(plane, prometheus=prometheus)
    await api.create(
        *(
            deployment_manifest(
                app,
                replicas=LEAST,
                cpu=f"{SIZE_MILLI}m",
                annotations=AT_HOME,
                scheduler=HINTED,
                nodeSelector={"for": app},
            )
            for app in (OURS, THEIRS)
        ),
        autoscaler_manifest(OURS, queue_length(str(EACH), queue=OURS), least=LEAST, most=MOST, **PERIODS, **LADDER),
        hpa_manifest(
            THEIRS,
            queue_length(str(EACH), queue=THEIRS),
            least=LEAST,
            most=10,
            behavior={"scaleDown": {"stabilizationWindowSeconds": 10}},
        ),
        namespace=NAMESPACE,
    )


async def _story(stage: Stage, loads: list[Load]) -> None:
    """Usual, high, and usual again until all is as it was."""
    next_s = looked_s = 0.0
    while True:
        at_s = stage.at_s
        is_over = at_s > QUIET_S + HIGH_S
        requests = USUAL if at_s < QUIET_S or is_over else HIGH
        for load in loads:
            load.requests = requests
        await stage.count_short(requests, for_s=at_s - looked_s)
        await stage.tell_steps()
        if at_s >= next_s:
            await stage.tell_standing(requests)
            next_s = at_s + _TELL_S
        if is_over and (await stage.is_back() or at_s > QUIET_S + HIGH_S + ENDS_AFTER_S):
            break
        looked_s = at_s
        await asyncio.sleep(_LOOK_S)
    await stage.tell_steps()
    await stage.tell_standing(USUAL)
    ours, theirs = (stage.short_s[app] for app in (OURS, THEIRS))
    print(f"too few replicas: with the ladder for {ours:.0f} s, with the HPA for {theirs:.0f} s")


def _milli(pod: Object) -> int:
    return int(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"].removesuffix("m"))


def _site(pod: Object) -> str:
    """Where it is; the node's name begins with it."""
    return str(pod["spec"].get("nodeName") or WAITING).partition("-")[0]


if __name__ == "__main__":
    sys.exit(main())
