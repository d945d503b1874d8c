"""A watch's stream as lines, of any length.

aiohttp's own line reader refuses a line longer than its buffer, and a Secret or ConfigMap that fills etcd's limit is a
line of more than a megabyte. Here the pieces of an unfinished line are kept and joined once.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator


class Unfinished(EOFError):  # noqa: N818 - says what happened
    """The stream ended within a line."""


async def lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Each line without its end, empty ones left out; `Unfinished` when the last one has no end."""
    begun: list[bytes] = []
    async for chunk in chunks:
        first, *rest = chunk.split(b"\n")
        if not rest:
            begun.append(first)
            continue
        *whole, last = rest
        for line in (b"".join([*begun, first]), *whole):
            if line:
                yield line
        begun = [last] if last else []
    if begun:
        raise Unfinished(f"within a line, after {sum(map(len, begun))} bytes of it")
