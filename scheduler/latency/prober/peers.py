"""The other probers behind one DNS name: each is asked once at which site it is, and a few of each site are probed.

A few, because agents on all nodes that probe each other would be the square of the nodes: 1,000 nodes at 20 sites with
3 of each probed are 57 targets for each agent and not 999.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scheduler.latency.prober.greeting import Address

ASKED_AT_ONCE: Final = 32  # a round; 1,000 agents are known after some 30 rounds
KNOWN_S: Final = 600.0  # addresses of pods are used again, perhaps at another site
MOST_ADDRESSES: Final = 10_000


@dataclass(slots=True)
class _Known:
    site: str  # "" as long as it did not say
    asked_s: float


class Peers:
    """Which address is at which site."""

    def __init__(
        self, *, site: str, per_site: int, ask: Callable[[Address], Awaitable[str]], now: Callable[[], float]
    ) -> None:
        self._site, self._per_site, self._ask, self._now = site, per_site, ask, now
        self._known: dict[Address, _Known] = {}

    async def refresh(self, addresses: Sequence[Address]) -> list[tuple[str, Address]]:
        """Site and address of those to probe, in order; the prober's own site is near itself and left out."""
        listed = addresses[:MOST_ADDRESSES]
        self._known = {address: self._known.get(address) or _Known("", -KNOWN_S) for address in listed}
        now_s = self._now()
        waiting = [
            address
            for address, known in self._known.items()
            if not known.site or now_s - known.asked_s >= KNOWN_S
        ]  # fmt: skip
        # those that were asked longest ago come first, so that some that never answer do not keep out the others
        waiting.sort(key=lambda address: (self._known[address].asked_s, address))
        async with asyncio.TaskGroup() as group:
            asked = {address: group.create_task(self._answer(address)) for address in waiting[:ASKED_AT_ONCE]}
        for address, answer in asked.items():
            # one that is silent now is probed on: that it is silent is what probing is to find out
            self._known[address] = _Known(answer.result() or self._known[address].site, now_s)
        return self._chosen()

    async def _answer(self, address: Address) -> str:
        return await self._ask(address)

    def _chosen(self) -> list[tuple[str, Address]]:
        by_site: dict[str, list[Address]] = {}
        for address in sorted(self._known):
            by_site.setdefault(self._known[address].site, []).append(address)
        return [
            (site, address)
            for site in sorted(by_site)
            if site not in {"", self._site}
            for address in by_site[site][: self._per_site]
        ]
