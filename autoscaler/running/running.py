"""Running the autoscaler: everything at once, until it is told to stop, and then in order.

All replicas watch and answer probes; the one that holds the Lease acts. An API server that is not in reach is said in
one line, and tried again until it is there. When it is told to stop, the pass under way ends its writes, the Lease is
given up, and then the rest ends.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import platform
import signal
import time
import uuid
from collections.abc import Callable
from functools import partial

import aiohttp
import numpy as np
from aiohttp import web

from autoscaler.applying.resize import is_served
from autoscaler.planner.plan import plan
from autoscaler.running.assembly import Assembly
from autoscaler.running.config import Config
from autoscaler.running.metrics import Metrics
from autoscaler.watching.watched import ESSENTIAL
from kube.backoff import Backoff
from kube.client import KubeClient
from kube.errors import KubeError
from kube.events import EventRecorder
from kube.latency.prometheus import PrometheusSource
from kube.leases import Leadership
from kube.program import logs
from kube.program.door import door
from kube.program.instant_query import Prometheus
from kube.program.pages import add_pages
from kube.program.stopping import STOPPING, add_stopping
from kube.program.surroundings import answers_not, first_of, own_namespace
from kube.program.waiting import stopped_within
from kube.session import Session, connect
from kube.throttle import ThrottledClient, TokenBucket
from kube.watching import keep, reflectors, synced, unready

LOG = logging.getLogger(__name__)

COMPONENT = "edgeward.dev/autoscaler"
_KEEP_HOUSE_S = 1.0
_READ_FILES_S = 10.0
_DISCOVER_S = 600.0
_DISCOVER_AGAIN_S = 15.0


async def run_until_told(config: Config) -> None:
    """Until SIGTERM or Ctrl-C."""
    logs.configure(level=config.log.level, form=config.log.format)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    await run(config, stop)


async def run(config: Config, stop: asyncio.Event, *, listening: Callable[[str], None] = lambda _: None) -> None:
    """Until *stop*. ConfigError and ListenError end it at once; an API server that is away does not."""
    session = await connect(kubeconfig=config.kube.kubeconfig, context=config.kube.context)
    try:
        async with aiohttp.ClientSession() as prometheus:
            await Run(config, session, prometheus).until(stop, listening)
    except BaseExceptionGroup as group:
        raise first_of(group) from group
    finally:
        await session.close()


class Run:
    """One process of it. *client* is asked for the Lease and Events; all else keeps to a rate of calls."""

    def __init__(self, config: Config, client: KubeClient | Session, prometheus: aiohttp.ClientSession) -> None:
        self._config = config
        self._client = client
        self._rng = np.random.default_rng()
        self._metrics = Metrics()
        namespace = config.namespace or own_namespace()
        self._events = EventRecorder(client, COMPONENT, clock=time.time)
        identity = f"{os.environ.get('POD_NAME') or platform.node() or 'autoscaler'}_{uuid.uuid4().hex[:12]}"
        self._leadership = Leadership(
            client,
            namespace=namespace,
            name=config.leader.lease,
            identity=identity,
            clock=time.time,
            rng=self._rng,
            terms=config.leader.terms,
        )
        throttled = ThrottledClient(client, TokenBucket(qps=config.calls.qps, burst=config.calls.burst))
        self._asked = throttled
        self._assembly = Assembly(
            config,
            throttled,
            self._metrics,
            plan=plan,
            namespace=namespace,
            clock=time.time,
            may_act=lambda: self._leadership.leading,
            events=self._events,
            rng=self._rng,
            prometheus=Prometheus(config.prometheus, prometheus) if config.prometheus is not None else None,
            latency=tuple(
                PrometheusSource(queries, Prometheus(queries.prometheus, prometheus))
                for queries in config.latency.queries
            ),
        )
        self._reflectors = reflectors(client, self._assembly.watched.kinds(namespace), rng=self._rng, clock=time.time)
        self._essential = {name: each for name, each in self._reflectors.items() if name in ESSENTIAL}
        self._unreachable = "the API server was not asked yet"
        self._show()

    def unready(self) -> str:
        """Why it could not act if it led; empty when it could. A replica that only waits for the Lease is ready."""
        return self._unreachable or unready(self._essential) or self._assembly.profiles.missing

    def broken(self) -> str:
        """Nothing that a restart would mend: what fails by itself ends the process."""
        return ""

    async def until(self, stop: asyncio.Event, listening: Callable[[str], None]) -> None:
        """Until *stop*."""
        ended = asyncio.Event()
        app = web.Application()
        add_stopping(app)
        add_pages(app, self, self._metrics)
        pages = self._config.pages
        try:
            async with door(app, pages.host, pages.port) as (host, port), asyncio.TaskGroup() as tasks:
                listening(f"http://{host}:{port}")
                for work in (self._watch, self._events.run, self._keep_house, self._read_files, self._discover):
                    tasks.create_task(work(ended))
                tasks.create_task(self._assembly.round_trips.run(ended))
                lead = tasks.create_task(self._lead(stop))
                await stop.wait()
                app[STOPPING].set()
                LOG.info("stopping")
                await asyncio.wait({lead})
                ended.set()
        finally:
            await self._assembly.close()

    async def _lead(self, stop: asyncio.Event) -> None:
        """Ask for the Lease once there is something to act on, and lead as long as it is ours."""
        waiting = asyncio.create_task(self._synced())
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting, told}, return_when=asyncio.FIRST_COMPLETED)
        for each in (waiting, told):
            each.cancel()
        if not stop.is_set():
            await self._leadership.run(stop, self._assembly.leading.lead)

    async def _synced(self) -> None:
        await synced(self._essential)
        self._assembly.round_trips.give()
        # what is there now stays: a full collection would look at 150,000 pods for 0.2 s each time
        gc.collect()
        gc.freeze()
        LOG.info("ready", extra={"autoscalers": len(self._assembly.watched.autoscalers)})

    async def _watch(self, stop: asyncio.Event) -> None:
        """Keep what is watched, once an API server answers."""
        backoff = Backoff(self._rng)
        while problem := await answers_not(self._client):
            if problem != self._unreachable:
                LOG.warning("%s; trying again until it answers", problem)
                self._unreachable = problem
            if await stopped_within(stop, backoff.next_s()):
                return
        self._unreachable = ""
        LOG.info("the API server answers")
        await keep(self._reflectors, stop)

    async def _discover(self, stop: asyncio.Event) -> None:
        """Whether pods can be resized in place: an API server that is upgraded learns it."""
        while not stop.is_set():
            try:
                self._assembly.observer.resizable = await is_served(self._asked)
                pause_s = _DISCOVER_S
            except KubeError:
                pause_s = _DISCOVER_AGAIN_S
            await stopped_within(stop, pause_s)

    async def _keep_house(self, stop: asyncio.Event) -> None:
        problems: dict[str, str] = {}
        while not await stopped_within(stop, _KEEP_HOUSE_S):
            self._assembly.housekeeping()
            for name, each in self._reflectors.items():
                if each.problem and not problems.get(name):
                    self._metrics.watch_problem(name)
                problems[name] = each.problem

    async def _read_files(self, stop: asyncio.Event) -> None:
        if self._config.policy_dirs:
            while not await stopped_within(stop, _READ_FILES_S):
                self._assembly.reload_profiles()

    def _show(self) -> None:
        parts, metrics = self._assembly, self._metrics
        for name, each in self._reflectors.items():
            metrics.show_watch(name, synced=each.synced.is_set, told_at_s=partial(getattr, each, "last_event_s"))
        metrics.show_rungs(parts.teller.rungs)
        metrics.show_reads(lambda: parts.sources.reads)
        metrics.show(
            autoscalers=lambda: len(parts.watched.autoscalers),
            pods=lambda: len(parts.watched.pods),
            foreign=parts.teller.foreign,
            metric_age_s=parts.teller.oldest_s,
            leader=lambda: self._leadership.leading,
            ready=lambda: not self.unready(),
        )
