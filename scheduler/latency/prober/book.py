"""The addresses to probe in this round: from the configuration, the targets file, and the peers behind a name."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from kube.latency.errors import InputError
from scheduler.latency.prober.config import Config
from scheduler.latency.prober.greeting import Address
from scheduler.latency.prober.peers import Peers
from scheduler.latency.prober.resolving import Resolved
from scheduler.latency.prober.targets import MOST_TARGETS, Target, parse_targets

logger = logging.getLogger(__name__)


class Dialled(NamedTuple):
    """A site, and an address there."""

    site: str
    address: Address


class Book:
    """Where to dial; `problems` by what they are of, each logged when it comes and when it goes."""

    def __init__(self, config: Config, *, resolved: Resolved, peers: Peers) -> None:
        self.problems: dict[str, str] = {}
        self._config, self._resolved, self._peers = config, resolved, peers
        self._from_file: tuple[Target, ...] = ()
        self._text = ""

    async def refresh(self) -> list[Dialled]:
        """Everything to probe now, each address once."""
        found: dict[Dialled, None] = {}
        problems: dict[str, str] = {}
        await self._read_file(problems)
        targets = [*self._config.targets, *self._from_file]
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._resolved.addresses(each.host, each.port)) for each in targets]
        for target, answer in zip(targets, asked, strict=True):
            for address in answer.result()[:1]:  # the first, as a client would take
                found[Dialled(target.site, address)] = None
        names = {target.host for target in targets}
        if self._config.peers is not None:
            names.add(self._config.peers.host)
            listed = await self._resolved.addresses(self._config.peers.host, self._config.peers.port)
            found |= {Dialled(site, address): None for site, address in await self._peers.refresh(listed)}
        self._resolved.keep_only(names)
        self._tell({**problems, **self._resolved.problems})
        return list(found)[:MOST_TARGETS]

    async def _read_file(self, problems: dict[str, str]) -> None:
        """Take over what the file says now; a broken one keeps the targets that it had."""
        path = self._config.targets_file
        if path is None:
            return
        try:
            text = await asyncio.to_thread(path.read_text, encoding="utf-8")
            if text != self._text:
                self._from_file, self._text = parse_targets(text, source=str(path)), text
        except (OSError, UnicodeDecodeError) as error:
            problems["targets_file"] = f"{path}: {error}"
        except InputError as error:
            problems["targets_file"] = "; ".join(error.problems)

    def _tell(self, problems: dict[str, str]) -> None:
        for what, problem in problems.items():
            if problem != self.problems.get(what):
                logger.warning("%s", problem)
        for what in self.problems.keys() - problems.keys():
            logger.info("%s: is well again", what)
        self.problems = problems
