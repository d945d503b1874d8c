"""Addresses of a name, kept for a while, so that DNS is neither measured nor asked for each probe."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Protocol

from scheduler.latency.prober.greeting import Address

KEPT_S: Final = 30.0  # as long as Kubernetes' DNS lets its answers be kept
_TIMEOUT_S: Final = 5.0


class Resolve(Protocol):
    """Something that knows the addresses of a name."""

    async def __call__(self, host: str, port: int, /) -> list[Address]:
        """All of them in order; OSError or TimeoutError when there is no answer."""
        ...


async def resolve(host: str, port: int, /) -> list[Address]:
    """What the system's resolver says."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_TIMEOUT_S):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({(str(address[0]), port) for *_, address in found})


class Resolved:
    """Names asked at most every `KEPT_S`; while there is no answer the last one holds, and `problems` says so."""

    def __init__(self, ask: Resolve, *, now: Callable[[], float]) -> None:
        self.problems: dict[str, str] = {}  # by name
        self._ask, self._now = ask, now
        self._known: dict[tuple[str, int], tuple[float, list[Address]]] = {}

    async def addresses(self, host: str, port: int) -> list[Address]:
        """The addresses as far as they are known; none of a name that never answered."""
        asked_s, known = self._known.get((host, port), (-KEPT_S, []))
        if self._now() - asked_s < KEPT_S:
            return known
        try:
            known = await self._ask(host, port)
            self.problems.pop(host, None)
        except (OSError, TimeoutError) as error:
            self.problems[host] = f"{host}: {str(error) or 'no answer in time'}"
        except UnicodeError:
            self.problems[host] = f"{host}: is no name that DNS knows"
        self._known[host, port] = self._now(), known
        return known

    def keep_only(self, names: set[str]) -> None:
        """Forget names that nobody asks for any more."""
        self._known = {key: known for key, known in self._known.items() if key[0] in names}
        self.problems = {name: problem for name, problem in self.problems.items() if name in names}
