"""A network that a test makes up: how long each address takes to answer, on the loop's clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

from scheduler.latency.prober.book import Book
from scheduler.latency.prober.config import Config
from scheduler.latency.prober.dial import Reached
from scheduler.latency.prober.greeting import Address
from scheduler.latency.prober.peers import Peers
from scheduler.latency.prober.resolving import Resolved
from scheduler.latency.prober.rounds import Rounds
from scheduler.latency.prober.window import Result


class Network:
    """`answers` by host: a list of seconds to be taken in turn; a result that is no success; None never answers."""

    def __init__(self, **answers: Sequence[float | Result | None]) -> None:
        self.answers = {host: list(turns) for host, turns in answers.items()}
        self.dialled: list[tuple[str, float]] = []
        self.open = self.most_open = 0
        self._turn: dict[str, int] = {}

    async def dial(self, address: Address, /) -> Reached:
        loop, (host, _) = asyncio.get_running_loop(), address
        self.dialled.append((host, loop.time()))
        turns, turn = self.answers[host], self._turn.get(host, 0)
        self._turn[host] = turn + 1
        answer = turns[turn % len(turns)]
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            if answer is None:
                await asyncio.Event().wait()
            elif isinstance(answer, Result):
                return Reached(answer, 0.0)
            else:
                await asyncio.sleep(answer)
                return Reached(Result.OK, answer)
        finally:
            self.open -= 1
        raise AssertionError

    async def resolve(self, host: str, port: int, /) -> list[Address]:
        if host not in self.answers:
            raise OSError("no such name")
        return [(host, port)]


async def says_nothing(_: Address) -> str:
    return ""


def make_book(config: Config, network: Network) -> Book:
    now: Callable[[], float] = asyncio.get_running_loop().time
    peers = Peers(site=config.site, per_site=1, ask=says_nothing, now=now)
    return Book(config, resolved=Resolved(network.resolve, now=now), peers=peers)


def make_rounds(config: Config, network: Network, *, seed: int = 1) -> Rounds:
    return Rounds(config, book=make_book(config, network), dial=network.dial, rng=random.Random(seed))


def make_config(*hosts: str, **settings: Any) -> Config:
    """From site `home` to one target at a site of the same name for each host."""
    return Config.model_validate(
        {"site": "home", "targets": [{"site": f"at-{h}", "host": h} for h in hosts], **settings}
    )
