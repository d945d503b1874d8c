"""Two probers and a real Prometheus on loopback, and our source of latency reading back what they measured."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from kube.latency.merged import Merged
from kube.latency.prometheus import LatencyQueries, PrometheusSource
from kube.program.instant_query import Prometheus, PrometheusSettings
from tests.builders import make_sites
from tests.cluster.ports import HOST, Ports
from tests.cluster.process import Processes
from tests.cluster.prometheus import start_prometheus
from tests.cluster.waiting import until

EDGEWARD = Path(sys.executable).with_name("edgeward")
SITES = make_sites("busan", "seoul")
WINDOW_S = 4.0


@pytest.fixture
def processes() -> Iterator[Processes]:
    with closing(Processes()) as running:
        yield running


@pytest.fixture
def ports() -> Iterator[Ports]:
    with closing(Ports()) as claimed:
        yield claimed


def start_prober(processes: Processes, site: str, *, answers: int, shows: int, peer: int) -> None:
    """A prober at *site*, which learns from the other one where that is."""
    config = {
        "peers": {"host": HOST, "port": peer},
        "every_s": 0.5,
        "window_s": WINDOW_S,
        "listen": {"host": HOST, "port": answers},
        "metrics": {"host": HOST, "port": shows},
    }
    file = processes.folder / f"{site}.yaml"
    file.write_text(json.dumps(config))
    processes.start(site, [EDGEWARD, "prober", "--config", file], environ={"EDGEWARD_SITE": site})


async def test_round_trips_of_two_probers_come_back_out_of_prometheus_and_age_when_one_dies(
    processes: Processes, ports: Ports
) -> None:
    answers = {site: ports.free() for site in SITES.names}
    shows = {site: ports.free() for site in SITES.names}
    start_prober(processes, "seoul", answers=answers["seoul"], shows=shows["seoul"], peer=answers["busan"])
    start_prober(processes, "busan", answers=answers["busan"], shows=shows["busan"], peer=answers["seoul"])
    url = start_prometheus(processes, port=ports.free(), scraped=shows.values())
    merged, stop = Merged(clock=time.time), asyncio.Event()

    def measured() -> bool:
        """Both directions, each in its own right, as fresh as a scrape and a question allow."""
        matrix = merged.matrix()
        latency = matrix.at(SITES, now_s=time.time(), fresh_s=WINDOW_S)
        return bool(latency.known.all()) and latency.source_of(0, 1) == latency.source_of(1, 0) == "prometheus"

    def aged() -> bool:
        return not merged.matrix().at(SITES, now_s=time.time(), fresh_s=WINDOW_S).known[1, 0]

    queries = LatencyQueries(prometheus=PrometheusSettings(url=url), every_s=0.5)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        source = PrometheusSource(queries, Prometheus(queries.prometheus, session))
        group.create_task(source.run(stop, merged.publish))
        try:
            await until(measured, what="both directions to be measured", timeout_s=60)
            latency = merged.matrix().at(SITES, now_s=time.time())
            assert (latency.p95_ms < 100.0).all()
            assert (latency.p50_ms > 0.0).all()
            died_s = time.time()
            assert processes.stop("busan") == 0  # SIGTERM is a graceful end
            await until(aged, what="the round trip to the dead prober to be known no more", timeout_s=30)
            at_s = merged.matrix().measured_at_s
            assert np.nanmax(at_s) <= died_s + 0.5  # its last success, not the last time that Prometheus was asked
        finally:
            stop.set()
    assert processes.stop("seoul") == 0
