"""What probers say to each other: one line with the site where they are, so that a list of addresses is enough.

Whoever only measures hangs up without reading it. What comes from the network is believed only so far: one line of
bounded length that is a site's name.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Final

from scheduler.latency.prober.targets import SITE_PATTERN

Address = tuple[str, int]

_WORD: Final = "edgeward-prober"
_LONGEST_LINE: Final = 512
_SEND_S: Final = 1.0


def greeting(site: str) -> bytes:
    """The line that a prober at *site* says."""
    return f"{_WORD} {site}\n".encode()


def site_in(line: bytes) -> str:
    """The site that a line names, or "" when it is no greeting."""
    word, _, site = line.decode(errors="replace").rstrip("\r\n").partition(" ")
    return site if word == _WORD and re.fullmatch(SITE_PATTERN, site) else ""


async def ask_site(address: Address, *, timeout_s: float) -> str:
    """The site of the prober at that address; "" when there is none in time."""
    with suppress(OSError, TimeoutError, ValueError):  # ValueError: a line without end
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(*address, limit=_LONGEST_LINE)
            try:
                return site_in(await reader.readline())
            finally:
                writer.close()
    return ""


async def greet(site: str, writer: asyncio.StreamWriter) -> None:
    """Say it to one that connected, and hang up."""
    with suppress(OSError, TimeoutError):  # it measured and is gone already
        async with asyncio.timeout(_SEND_S):
            writer.write(greeting(site))
            await writer.drain()
    writer.close()
