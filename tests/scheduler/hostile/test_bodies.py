"""A hundred thousand hostile bodies to the whole extender: an answer to each, and a good one to whoever comes next.

Counted are bodies that went through the application's own handler and so through decoding, desk, decider thread and
encoding, in this process and without a socket; `test_over_http` sends more over one. What each must come to is in
`judging`; here it is counted besides that

* no answer is an exception that the handler had to catch, and none comes after the deadline, or without a decision
  because it would have; but three in all may, once, on a machine that stood still;
* nothing is written to the API server but bindings of pods, each under the pod's own path;
* after each batch a good pod gets the very answer that it got before the first, and the decider thread is free;
* memory does not grow from batch to batch.

A few thousand are among the usual tests; `pytest -m slow tests/scheduler/hostile` sends all.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from yarl import URL

from tests.scheduler.hostile import cluster
from tests.scheduler.hostile.bodies import GOOD, Hostile, hostile
from tests.scheduler.hostile.cluster import NODES
from tests.scheduler.hostile.judging import judge
from tests.scheduler.hostile.world import World, world
from tests.scheduler.questions import encoded

BATCH = 2_500
BATCHES = 40
LATE = 3  # answers that may be late at first on a machine that others use, too
GROWTH_MIB = 64  # over all batches after the first ones, which fill what is kept of classes and reasons
WARM = 8
BINDING = re.compile(r"/api/v1/namespaces/([^/]+)/pods/([^/]+)/binding")
GOOD_ONE = encoded({"Pod": cluster.pod("good"), "Nodes": None, "NodeNames": list(NODES)})


@pytest.fixture(autouse=True)
def _only_failures_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Else pytest would keep a line for each body that cannot be read."""
    caplog.set_level(logging.ERROR, logger="scheduler")


class Campaign:
    """One extender, and what was sent to it."""

    def __init__(self, runner: asyncio.Runner, extender: World) -> None:
        self._runner = runner
        self.extender = extender
        self.sent = self.read = self.late = 0
        self.slowest_s = 0.0
        self._good = self._ask("filter", GOOD_ONE)

    def send(self, verb: str, body: bytes) -> None:
        """Ask, and look at what came back."""
        extender = self.extender
        answer = self._ask(verb, body)
        self.sent += 1
        self.read += judge(verb, body, answer)
        assert extender.count("errors") == 0

    def rest(self) -> None:
        """What must be true after a batch; what the fake API server noted is looked at and thrown away."""
        assert self._ask("filter", GOOD_ONE) == self._good
        assert self.extender.parts.decider.stuck_s == 0.0
        for verb, path, _ in self.extender.kube.calls:
            assert_of_a_pod(verb, path)
        self.extender.kube.calls.clear()
        self.extender.kube.writes.clear()

    def _ask(self, verb: str, body: bytes) -> bytes:
        """The answer, within the deadline. Asked again when it was late: a busy machine stands still now and then."""
        answer, in_time = self._ask_once(verb, body)
        if not in_time:
            self.late += 1
            assert self.late <= LATE
            answer, in_time = self._ask_once(verb, body)
            assert in_time
        return answer

    def _ask_once(self, verb: str, body: bytes) -> tuple[bytes, bool]:
        missed = self.extender.count("deadline_misses")
        told = self._runner.run(self.extender.ask(verb, body))
        in_time = told.took_s < self.extender.config.deadline_s and self.extender.count("deadline_misses") == missed
        if in_time:
            self.slowest_s = max(self.slowest_s, told.took_s)
        return told.body, in_time


def assert_of_a_pod(verb: str, path: str) -> None:
    """It asks for a pod, its binding, or what it watches, by a path that no client makes another of."""
    assert str(URL(f"http://api{path}").raw_path) == path
    if verb == "create":
        found = BINDING.fullmatch(path)
        assert found, path
        assert not {"..", "."} & {unquote(part) for part in found.groups()}
    else:
        assert verb in ("get", "watch")


@contextmanager
def campaign() -> Iterator[Campaign]:
    with asyncio.Runner() as runner:
        context = world()
        extender = runner.run(context.__aenter__())
        try:
            yield Campaign(runner, extender)
        finally:
            runner.run(context.__aexit__(None, None, None))


def batch(against: Campaign, number: int, bodies: int) -> None:
    """So many bodies, others for each *number*."""

    @seed(number)
    @settings(
        max_examples=bodies,
        database=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile())
    def send(one: Hostile) -> None:
        against.send(one.verb, one.body)

    send()
    against.rest()


def rss_mib() -> float:
    """Of this process, now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def test_hostile_bodies_are_answered() -> None:
    with campaign() as against:
        batch(against, 0, BATCH)
        assert against.sent >= BATCH
        assert against.read > against.sent // 4  # else they were only broken, and nobody decided on them


def test_good_bodies_truncated_at_every_byte_are_answered() -> None:
    with campaign() as against:
        for verb, bodies in GOOD.items():
            for body in bodies[:1]:
                for at in range(len(body.text)):
                    against.send(verb, body.text[:at])
        against.rest()
        assert against.read == 0


@pytest.mark.slow
def test_a_hundred_thousand_hostile_bodies_are_answered_in_bounded_memory() -> None:
    began_s, sizes = time.monotonic(), []
    with campaign() as against:
        for number in range(BATCHES):
            batch(against, 1_000 + number, BATCH)
            sizes.append(rss_mib())
        took_s = time.monotonic() - began_s
        print(
            f"\n{against.sent} bodies, {against.read} of them readable, in {took_s:.0f} s; "
            f"slowest answer {against.slowest_s:.2f} s, {against.late} late; RSS {sizes[0]:.0f} MiB after {BATCH}, "
            f"{sizes[WARM - 1]:.0f} after {WARM * BATCH}, {sizes[-1]:.0f} at the end"
        )
        assert against.sent >= BATCHES * BATCH
        assert sizes[-1] - sizes[WARM - 1] < GROWTH_MIB
