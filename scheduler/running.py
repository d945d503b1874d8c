"""Running the extender: everything at once, until it is told to stop, and then in order.

It listens from the first moment, so that a probe sees it live and not ready. An API server that is not in reach is
said in one line, and tried again until it is there. When it is told to stop, the HTTP server drains first, with
everything behind it still at work; then the rest ends.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

import aiohttp
import numpy as np

from kube.backoff import Backoff
from kube.events import EventRecorder
from kube.latency.demand import DemandSource
from kube.latency.prometheus import PrometheusSource
from kube.program import logs
from kube.program.instant_query import Prometheus
from kube.program.surroundings import answers_not, first_of, own_namespace
from kube.program.waiting import stopped_within
from kube.reflector import Reflector
from kube.session import Session, connect
from kube.watching import keep, reflectors, synced, unready
from policies.engine.contract import Bools
from scheduler.assembly import Assembly
from scheduler.config import Config
from scheduler.metrics import Metrics
from scheduler.server import make_app
from scheduler.serving import serve
from scheduler.watched import ESSENTIAL, kinds

LOG = logging.getLogger(__name__)

COMPONENT = "edgeward.dev/scheduler"
_SWITCH_S = 0.0005  # Python's 5 ms is how long the loop would wait for its turn while an explanation is made
_KEEP_HOUSE_S = 1.0
_READ_FILES_S = 10.0


async def run_until_told(config: Config) -> None:
    """Until SIGTERM or Ctrl-C."""
    logs.configure(level=config.log.level, form=config.log.format)
    sys.setswitchinterval(_SWITCH_S)
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
            await _Run(config, session, prometheus).until(stop, listening)
    except BaseExceptionGroup as group:
        raise first_of(group) from group
    finally:
        await session.close()


class _Run:
    def __init__(self, config: Config, session: Session, prometheus: aiohttp.ClientSession) -> None:
        self._config = config
        self._session = session
        self._metrics = metrics = Metrics()
        namespace = config.namespace or own_namespace()
        self._events = EventRecorder(session, COMPONENT, clock=time.time)
        sources = tuple(
            PrometheusSource(queries, Prometheus(queries.prometheus, prometheus)) for queries in config.latency.queries
        )
        self._assembly = Assembly(
            config,
            session,
            metrics,
            namespace=namespace,
            clock=time.time,
            why_not=self._why_not,
            events=self._events,
            sources=sources,
        )
        demand = config.demand
        self._demand = DemandSource(demand, Prometheus(demand.prometheus, prometheus)) if demand is not None else None
        self._rng = np.random.default_rng()
        self._reflectors = reflectors(
            session, kinds(self._assembly.mirror, config, namespace), rng=self._rng, clock=time.time
        )
        self._unreachable = "the API server was not asked yet"
        self._show(metrics)

    async def until(self, stop: asyncio.Event, listening: Callable[[str], None]) -> None:
        ended = asyncio.Event()
        app = make_app(self._assembly.desk, self._config, self._metrics)
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [
                    tasks.create_task(self._watch(ended)),
                    tasks.create_task(self._events.run(ended)),
                    tasks.create_task(self._assembly.round_trips.run(ended)),
                    tasks.create_task(self._assembly.nudger.run(ended)),
                    tasks.create_task(self._keep_house(ended)),
                    tasks.create_task(self._read_files(ended)),
                ]
                if self._demand is not None:
                    work.append(tasks.create_task(self._demand.run(ended, self._assembly.believe_demand)))
                await serve(app, self._config, self._metrics, stop, listening=listening)
                ended.set()
        finally:
            self._assembly.close()

    def _why_not(self) -> str:
        essential = {name: each for name, each in self._reflectors.items() if name in ESSENTIAL}
        return self._unreachable or unready(essential) or self._assembly.profiles.missing

    async def _watch(self, stop: asyncio.Event) -> None:
        """Keep the mirror, once an API server answers."""
        backoff = Backoff(self._rng)
        while problem := await answers_not(self._session):
            if problem != self._unreachable:
                LOG.warning("%s; trying again until it answers", problem)
                self._unreachable = problem
            if await stopped_within(stop, backoff.next_s()):
                return
        self._unreachable = ""
        LOG.info("the API server answers", extra={"server": self._session.server})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep(self._reflectors, stop))
            begin = tasks.create_task(self._begin(self._reflectors))
            await stop.wait()
            begin.cancel()

    async def _begin(self, kept: dict[str, Reflector]) -> None:
        await synced({name: each for name, each in kept.items() if name in ESSENTIAL})
        self._assembly.round_trips.give()
        self._assembly.begin_log()
        # what is there now stays: a full collection would look at 150,000 pods for 0.2 s each time
        gc.collect()
        gc.freeze()
        nodes, pods = len(self._assembly.cluster.nodes), len(self._assembly.cluster)
        missing = self._assembly.profiles.missing
        if missing:
            LOG.warning("not ready: %s", missing)
        else:
            LOG.info("ready", extra={"nodes": nodes, "pods": pods, "profile": self._config.profile})

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

    def _show(self, metrics: Metrics) -> None:
        parts = self._assembly
        for name, each in self._reflectors.items():
            metrics.show_watch(name, synced=each.synced.is_set, told_at_s=partial(getattr, each, "last_event_s"))
        metrics.show(
            nodes=lambda: len(parts.cluster.nodes),
            pods=lambda: len(parts.cluster),
            pending=lambda: len(parts.mirror.pending),
            promises=lambda: len(parts.ledger),
            unreadable=lambda: len(parts.mirror.nodes.unreadable) + parts.mirror.pods.given_way,
            latency_age_s=parts.round_trips.oldest_s,
            latency_pairs=lambda: _pairs(parts.mirror.snapshot().latency.known),
            ready=lambda: not self._why_not(),
        )


def _pairs(known: Bools) -> int:
    """How many are known, both ways; of a site to itself it always is."""
    return int(known.sum() - np.diagonal(known).sum())
