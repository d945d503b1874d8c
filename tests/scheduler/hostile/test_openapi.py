"""Everything that the interface says of itself holds, for requests as it describes them and for others.

schemathesis makes both out of `GET /openapi.json` and sends them to the real extender on a socket. Left out are its
checks that wrong data is refused with a 4xx: kube-scheduler wants 200 and an `Error`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from scheduler.config import Config
from scheduler.openapi import openapi
from tests.scheduler.fake_desk import serving
from tests.scheduler.hostile.world import world

SCHEMA = schemathesis.openapi.from_dict(openapi(Config().listen))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
STARTED_WITHIN_S = 30.0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The root of a real extender in a thread of its own, since schemathesis waits for its answers."""
    roots: list[str] = []
    up, failures = threading.Event(), []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        stop = asyncio.Event()
        async with world() as extender, serving(extender.parts.desk, extender.metrics) as listening:
            roots.append(listening.root)
            loops.append((asyncio.get_running_loop(), stop))
            up.set()
            await stop.wait()
            failures.append(extender.count("errors"))

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert up.wait(STARTED_WITHIN_S)
    yield roots[0]
    loop, stop = loops[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(STARTED_WITHIN_S)
    assert failures == [0.0]


def test_description_is_served(server: str) -> None:
    with urlopen(f"{server}/openapi.json", timeout=STARTED_WITHIN_S) as answer:
        assert json.load(answer) == openapi(Config().listen)


@SCHEMA.parametrize()
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_every_operation_answers_as_described(case: schemathesis.Case[Any], server: str) -> None:
    case.call_and_validate(base_url=server, checks=CHECKS, timeout=STARTED_WITHIN_S)
