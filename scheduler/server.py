"""The HTTP server that kube-scheduler talks to: the verbs, and a few pages for probes, Prometheus and people.

What its client needs, and what is easy to get wrong:

* Only status 200 counts, and the body of any other is thrown away. So every question to a verb gets 200, whatever is
  wrong with it or with us; `verbs` says what the body then is. Other statuses are for wrong paths, and for probes.
* An answer later than httpTimeout fails the pod's attempt. So there is a deadline at 80 % of it, counted from when the
  request's headers came, over everything that is done for the request.
* Scheduling is serial: a slow answer holds up every pod. So nothing here waits but for the desk, and bodies that take
  long to decode are decoded beside the loop.
* Connections are reused, so answers have a Content-Length, and an idle connection outlives the client's patience.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from aiohttp import web

from kube.program.pages import add_pages
from kube.program.stopping import add_stopping
from scheduler.bodies import LARGE_BYTES, Bodies
from scheduler.config import Config, Listen
from scheduler.desk import Desk
from scheduler.errors import WireError
from scheduler.metrics import Metrics
from scheduler.openapi import add_openapi
from scheduler.pages import add_explanations
from scheduler.short import short
from scheduler.side_door import add_side_door
from scheduler.verbs import VERBS, Answered, Verb

T = TypeVar("T")

LOG = logging.getLogger(__name__)
LARGE_TO_DECODE = LARGE_BYTES  # takes about a millisecond, in which no other request would be read


def make_app(desk: Desk, config: Config, metrics: Metrics) -> web.Application:
    """The application; `serving.serve` runs it."""
    limit_bytes = config.listen.max_body_mib << 20
    # aiohttp's own limit would be a 413; bodies are read with a limit of ours
    app = web.Application(client_max_size=limit_bytes)
    add_stopping(app)
    bodies = Bodies(limit_bytes)
    for verb in VERBS:
        for path in _paths(config.listen, verb.name):
            app.router.add_post(path, _handler(verb, desk, bodies, config.deadline_s, metrics))
    add_pages(app, desk, metrics)
    add_explanations(app, desk, prefix=config.listen.prefix, deadline_s=config.deadline_s)
    add_openapi(app, config.listen)
    add_side_door(app, desk, metrics)
    return app


def _paths(listen: Listen, verb: str) -> Iterator[str]:
    """Also as kube-scheduler asks when the configured verb begins with a slash, and as people do who end with one."""
    path = getattr(listen.verbs, verb)
    for between in ("/", "//"):
        for end in ("", "/"):
            yield f"{listen.prefix}{between}{path}{end}"


def _handler(
    verb: Verb[Any], desk: Desk, bodies: Bodies, deadline_s: float, metrics: Metrics
) -> Callable[[web.Request], Awaitable[web.Response]]:
    duration = metrics.duration.labels(verb.name)
    misses, bad, errors = (
        counter.labels(verb.name) for counter in (metrics.deadline_misses, metrics.bad_bodies, metrics.errors)
    )

    async def handle(request: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        asked: Any = None
        turn = bodies.turn()
        try:
            async with asyncio.timeout_at(began_s + deadline_s):
                body = await turn.read(request)
                asked = await _beside_the_loop_if_large(verb.read, body)
                answered = await verb.answer(desk, asked)
        except TimeoutError:  # ours, or the desk's own, which knows that it would be late
            misses.inc()
            LOG.warning("answered without a decision: it was not made in time", extra=_about(verb, asked))
            answered = Answered(verb.late(asked, deadline_s), "deadline")
        except WireError as error:
            bad.inc()
            LOG.warning("a request cannot be read", extra={**_about(verb, asked), "problem": short(str(error))})
            answered = Answered(verb.failed(short(str(error))), "bad-body")
        except Exception as error:  # the one handler: kube-scheduler wants an answer, and us to go on
            errors.inc()
            LOG.exception("failed to answer", extra=_about(verb, asked))
            answered = Answered(verb.failed(short(f"edgeward failed: {type(error).__name__}: {error}")), "failed")
        finally:
            turn.release()
        metrics.decisions.labels(verb.name, answered.outcome).inc()
        duration.observe(loop.time() - began_s)
        return web.Response(body=answered.body, content_type="application/json")

    return handle


async def _beside_the_loop_if_large(read: Callable[[bytes], T], body: bytes) -> T:
    return read(body) if len(body) <= LARGE_TO_DECODE else await asyncio.to_thread(read, body)


def _about(verb: Verb[Any], asked: Any) -> dict[str, str]:
    """The fields of a log line by which it is found again."""
    pod = getattr(asked, "pod", asked)
    named = {"pod": f"{pod.namespace}/{pod.name}", "uid": pod.uid} if pod is not None else {}
    return {"verb": verb.name, **named}
