"""One TCP connect and how long it took: SYN there, SYN/ACK back.

The kernel measures that itself, and knows better: what asyncio sees also holds the time until the loop gets to it. Its
figure (TCP_INFO) is taken where there is one, else the clock's.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from scheduler.latency.prober.window import Result

_RTT_OFFSET: Final = 68  # of tcpi_rtt in struct tcp_info, linux/tcp.h; microseconds
_TCP_INFO: Final = getattr(socket, "TCP_INFO", None)


class Reached(NamedTuple):
    """How a connect ended, and after how many seconds (0 where it did not end well)."""

    result: Result
    rtt_s: float


class Dial(Protocol):
    """Something that connects and hangs up."""

    async def __call__(self, address: tuple[str, int], /) -> Reached:
        """How it went; whoever calls bounds the time."""
        ...


async def dial(address: tuple[str, int], /, *, clock: Callable[[], float] | None = None) -> Reached:
    """Connect to an IP address and port, and hang up."""
    loop = asyncio.get_running_loop()
    now = clock or loop.time
    try:
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM) as connection:
            connection.setblocking(False)
            started_s = now()
            await loop.sock_connect(connection, address)
            seen_s = now() - started_s
            return Reached(Result.OK, _kernel_rtt_s(connection, seen_s))
    except OSError as error:
        return Reached(Result.REFUSED if error.errno == errno.ECONNREFUSED else _result(error), 0.0)


def _result(error: OSError) -> Result:
    return Result.LOST if error.errno == errno.ETIMEDOUT else Result.ERROR


def _kernel_rtt_s(connection: socket.socket, seen_s: float) -> float:
    """The kernel's own measurement; what was seen when it has none, or one that cannot be."""
    if _TCP_INFO is None:
        return seen_s
    with suppress(OSError, struct.error):
        info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _RTT_OFFSET + 4)
        microseconds: int = struct.unpack_from("I", info, _RTT_OFFSET)[0]
        if 0 < microseconds / 1e6 <= seen_s:
            return microseconds / 1e6
    return seen_s
