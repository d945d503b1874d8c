"""A small cluster around the controller: an API server in memory, one Deployment or more, and somebody's plan.

world = World()
world.deploy("web", replicas=2)
world.autoscaler("web")
async with world.running():
    await world.passes(1)
assert world.replicas("web") == 4
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from autoscaler.controller.deciding import Plan
from autoscaler.planner.decision import Condition, Decision, MetricStatus, Step, StepKind, Wanted
from autoscaler.planner.history import History
from autoscaler.planner.observation import Observation, Rooms, Unavailable
from autoscaler.planner.spec import Spec
from autoscaler.running.assembly import Assembly
from autoscaler.running.config import Config
from autoscaler.running.metrics import Metrics
from kube.client import KubeClient
from kube.events import EventRecorder
from kube.watching import keep, reflectors, synced
from tests.autoscaler.sources.metrics_kube import at, pod_metrics
from tests.fakes import FakeKube

EPOCH_S = 1_700_000_000.0
SHOP = "shop"
EAS = "/apis/edgeward.dev/v1alpha1/edgeautoscalers"
DEPLOYMENTS, REPLICA_SETS = "/apis/apps/v1/deployments", "/apis/apps/v1/replicasets"
PODS, METRICS = "/api/v1/pods", "/apis/metrics.k8s.io/v1beta1/pods"
HPAS = "/apis/autoscaling/v2/horizontalpodautoscalers"
EVENTS = "/apis/events.k8s.io/v1/events"
PERIOD_S = 15.0


class Wishes:
    """A plan that wants `home` replicas, and remembers what it saw. `beyond` and `size` are wanted as they are."""

    def __init__(self, home: int = 2) -> None:
        self.home = home
        self.beyond: dict[str, int] = {}
        self.size: dict[str, dict[str, int]] = {}
        self.kind: StepKind | None = None
        self.seen: list[Observation] = []
        self.histories: list[History] = []
        self.period_s = 0.0

    def __call__(self, spec: Spec, seen: Observation, history: History, rooms: Rooms) -> Decision:
        self.seen.append(seen)
        self.histories.append(history)
        problems = [each for each in seen.readings if isinstance(each, Unavailable)]
        metrics = tuple(
            MetricStatus(label="cpu resource", replicas=None, problem=each.message, reason=each.reason)
            if isinstance(each, Unavailable)
            else MetricStatus(label="cpu resource", replicas=self.home, utilization=80, milli=400)
            for each in seen.readings
        )
        waits = history.last_change_s is not None and seen.now_s - history.last_change_s < self.period_s
        same = self.home == seen.home and dict(seen.beyond) == self.beyond and not self.size
        step = None
        if not (same or problems or waits or spec.paused):
            kind = self.kind or ("ScaleOut" if self.home > seen.home else "ScaleIn")
            step = Step(kind=kind, before=f"{seen.home} replicas", after=f"{self.home} replicas", why="cpu 80% of 50%")
        wanted = Wanted(home=self.home, beyond=self.beyond, size=self.size)
        moved = replace(history, last_change_s=seen.now_s, last_out_s=seen.now_s)
        return Decision(
            wanted=wanted if step else Wanted(home=seen.home, beyond=dict(seen.beyond)),
            rung="Out",
            step=step,
            wish=self.home,
            desired=self.home,
            metrics=metrics,
            conditions=_conditions(problems),
            history=replace(moved, size=self.size) if step else history,
            unmoved=history,
        )


def _conditions(problems: list[Unavailable]) -> tuple[Condition, ...]:
    able = Condition(type="AbleToScale", status="True", reason="ReadyForNewScale", message="ready")
    if problems:
        said = Condition(type="ScalingActive", status="False", reason=problems[0].reason, message=problems[0].message)
    else:
        said = Condition(type="ScalingActive", status="True", reason="ValidMetricFound", message="found")
    return (able, said)


class World:
    """All of it."""

    def __init__(self, plan: Plan | None = None, *, kube: FakeKube | None = None, **config: Any) -> None:
        self.kube = kube or FakeKube()
        self.wishes = Wishes()
        self.plan: Plan = plan or self.wishes
        self.config = Config(**config)
        self.may_act = True
        self.elsewhere = FakeKube()
        self.metrics = Metrics()
        self.parts: Assembly | None = None
        self.kube.absent |= {
            "/apis/topology.node.k8s.io/v1alpha2",
            "/apis/networktopology.diktyo.x-k8s.io/v1alpha1",
        }

    def now_s(self) -> float:
        return EPOCH_S + asyncio.get_running_loop().time()

    async def connect(self, kubeconfig: bytes, called: str) -> KubeClient:
        """To the only other cluster that there is."""
        assert kubeconfig == b"elsewhere"
        return self.elsewhere

    # the cluster

    def node(self, name: str = "n1", *, cpu: str = "8") -> None:
        self.kube.put(
            "/api/v1/nodes",
            {
                "metadata": {"name": name},
                "status": {
                    "allocatable": {"cpu": cpu, "memory": "16Gi", "pods": "110"},
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            },
        )

    def deploy(self, name: str = "web", *, replicas: int = 2, **template: Any) -> str:
        """A Deployment with its ReplicaSet and pods; its uid."""
        labels = {"app": name}
        container = {"name": "app", "resources": {"requests": {"cpu": "500m", "memory": "64Mi"}}}
        made = self.kube.put(
            DEPLOYMENTS,
            {
                "metadata": {"name": name, "namespace": SHOP},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {"containers": [container], **(template or {})},
                    },
                },
                "status": {"replicas": replicas},
            },
        )
        uid: str = made["metadata"]["uid"]
        self.kube.put(
            REPLICA_SETS,
            {
                "metadata": {
                    "name": f"{name}-1",
                    "namespace": SHOP,
                    "uid": f"rs-{name}",
                    "ownerReferences": [owner(uid)],
                },
                "spec": {"replicas": replicas, "selector": {"matchLabels": labels}},
            },
        )
        for number in range(replicas):
            self.pod(f"{name}-{number}", owned_by=f"rs-{name}", labels=labels)
            self.use(f"{name}-{number}", "400m")
        return uid

    def pod(self, name: str, *, owned_by: str = "", labels: Mapping[str, str], node: str = "n1", **status: Any) -> None:
        """A pod that runs and is ready."""
        since = at(EPOCH_S - 3600)
        self.kube.put(
            PODS,
            {
                "metadata": {
                    "name": name,
                    "namespace": SHOP,
                    "labels": dict(labels),
                    "ownerReferences": [owner(owned_by, kind="ReplicaSet")] if owned_by else [],
                },
                "spec": {
                    "nodeName": node,
                    "containers": [{"name": "app", "resources": {"requests": {"cpu": "500m", "memory": "64Mi"}}}],
                },
                "status": {
                    "phase": "Running",
                    "startTime": since,
                    "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}],
                    **status,
                },
            },
        )

    def use(self, name: str, cpu: str) -> None:
        """A pod uses so much."""
        self.kube.put(METRICS, pod_metrics(name, {"app": {"cpu": cpu}}, namespace=SHOP, at_s=EPOCH_S))

    def autoscaler(self, target: str = "web", *, name: str = "", **spec: Any) -> None:
        """An EdgeAutoscaler of a Deployment."""
        self.kube.put(
            EAS,
            {
                "metadata": {"name": name or target, "namespace": SHOP, "generation": 1},
                "spec": {
                    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
                    "minReplicas": 1,
                    "maxReplicas": 10,
                    **spec,
                },
            },
        )

    # what became of it

    def replicas(self, name: str = "web") -> int:
        return int(self.kube.thing(f"/apis/apps/v1/namespaces/{SHOP}/deployments/{name}")["spec"]["replicas"])

    def status(self, name: str = "web") -> dict[str, Any]:
        thing = self.kube.thing(f"/apis/edgeward.dev/v1alpha1/namespaces/{SHOP}/edgeautoscalers/{name}")
        return dict(thing.get("status") or {})

    def condition(self, kind: str, name: str = "web") -> dict[str, Any]:
        found = [each for each in self.status(name).get("conditions") or () if each["type"] == kind]
        return dict(found[0]) if found else {}

    def events(self) -> list[tuple[str, str]]:
        """(reason, note) of all Events, in order."""
        things = self.kube.store.things.get(EVENTS, {}).values()
        told = sorted(things, key=lambda each: (each["eventTime"], each["metadata"]["name"]))
        return [(each["reason"], each["note"]) for each in told]

    def writes(self, part: str = "") -> list[str]:
        """Paths of what was written, Events aside."""
        return [write.path for write in self.kube.writes if "/events" not in write.path and part in write.path]

    # the controller

    async def passes(self, number: int) -> None:
        """Until so many passes over all are over, from now on."""
        until = self._passed() + number
        async with asyncio.timeout(PERIOD_S * (number + 2) + 120):
            while self._passed() < until:  # noqa: ASYNC110  # a counter of Prometheus tells nobody
                await asyncio.sleep(0.1)  # of virtual time
        await asyncio.sleep(0.5)  # statuses are written beside the pass, and watches tell

    def _passed(self) -> float:
        return self.metrics.registry.get_sample_value("edgeward_autoscaler_pass_duration_seconds_count") or 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Assembly]:
        """It leads."""
        rng = np.random.default_rng(1)
        events = EventRecorder(self.kube, "edgeward.dev/autoscaler", clock=self.now_s)
        parts = self.parts = Assembly(
            self.config,
            self.kube,
            self.metrics,
            plan=self.plan,
            namespace="edgeward",
            clock=self.now_s,
            may_act=lambda: self.may_act,
            events=events,
            rng=rng,
            connect=self.connect,
        )
        kept = reflectors(self.kube, parts.watched.kinds("edgeward"), rng=rng, clock=self.now_s)
        stop, over = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep(kept, stop))
            tasks.create_task(events.run(stop))
            await synced(kept)
            lead = tasks.create_task(parts.leading.lead(over))
            try:
                yield parts
            finally:
                over.set()
                await asyncio.wait({lead})
                stop.set()
                await parts.close()


def owner(uid: str, *, kind: str = "Deployment") -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": kind, "name": "any", "uid": uid, "controller": True}
