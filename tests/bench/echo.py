"""An extender without an opinion: it passes all nodes and prefers none. What the exchange itself costs.

aiohttp and msgspec, like ours, and the least work that a correct answer takes. `python -m tests.bench.echo PORT`.
"""

from __future__ import annotations

import sys

import msgspec
from aiohttp import web

from tests.cluster.ports import HOST

KEEP_ALIVE_S = 300.0


class Asked(msgspec.Struct, rename="pascal"):
    """All that is read of a question."""

    node_names: list[str]


class Passed(msgspec.Struct, rename="pascal"):
    """The answer to filter."""

    node_names: list[str]
    failed_nodes: dict[str, str] = {}
    error: str = ""


class Score(msgspec.Struct, rename="pascal", gc=False):
    """A line of the answer to prioritize."""

    host: str
    score: int = 0


_ASKED = msgspec.json.Decoder(Asked)
_ENCODER = msgspec.json.Encoder()


async def _filter(request: web.Request) -> web.Response:
    asked = _ASKED.decode(await request.read())
    return web.Response(body=_ENCODER.encode(Passed(asked.node_names)), content_type="application/json")


async def _prioritize(request: web.Request) -> web.Response:
    asked = _ASKED.decode(await request.read())
    return web.Response(
        body=_ENCODER.encode([Score(name) for name in asked.node_names]), content_type="application/json"
    )


def main(port: int) -> None:
    """Serve until a signal ends it."""
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/scheduler/filter", _filter)
    app.router.add_post("/scheduler/prioritize", _prioritize)
    web.run_app(app, host=HOST, port=port, access_log=None, keepalive_timeout=KEEP_ALIVE_S, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
