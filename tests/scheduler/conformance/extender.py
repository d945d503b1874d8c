"""A little extender over HTTP that keeps every rule, and ways to make it break one.

It passes the nodes whose name says `edge`, and every answer goes through a *twist* before it is sent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from scheduler.conformance.probes import Plan
from scheduler.conformance.rule import Level
from scheduler.conformance.run import Report, run
from scheduler.conformance.target import Target

Content = dict[str, Any]
Twist = Callable[[str, Content, Any], Any]  # verb, request, good answer -> what is answered instead
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ALL_VERBS = {each: each for each in ("filter", "prioritize", "preempt", "bind")}


def untouched(verb: str, asked: Content, answer: Any) -> Any:
    return answer


def good(verb: str, body: bytes) -> tuple[Content, Any]:
    """The request as Go would read it, and the right answer."""
    try:
        asked = {key.lower(): value for key, value in json.loads(body).items()}
        return asked, {"filter": filtered, "prioritize": scored, "preempt": preempted, "bind": bound}[verb](asked)
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError) as problem:
        return {}, [] if verb == "prioritize" else {"Error": f"no {verb} request: {problem}"}


def names(asked: Content) -> list[str]:
    if asked["nodes"] is not None:
        return [node["metadata"]["name"] for node in asked["nodes"]["items"]]
    return [str(name) for name in asked["nodenames"]]


def filtered(asked: Content) -> Content:
    passed = {name for name in names(asked) if "edge" in name}
    failed = {name: "not at the edge" for name in names(asked) if name not in passed}
    if asked["nodes"] is None:
        return {"NodeNames": [name for name in names(asked) if name in passed], "FailedNodes": failed}
    items = [node for node in asked["nodes"]["items"] if node["metadata"]["name"] in passed]
    return {"Nodes": {"metadata": {}, "items": items}, "FailedNodes": failed}


def scored(asked: Content) -> list[Content]:
    return [{"Host": name, "Score": 10 if "edge" in name else 0} for name in names(asked)]


def preempted(asked: Content) -> Content:
    meta = asked["nodenametometavictims"]
    if meta is None:
        meta = {
            node: {"Pods": [{"UID": pod["metadata"]["uid"]} for pod in each["Pods"]], "NumPDBViolations": 0}
            for node, each in asked["nodenametovictims"].items()
        }
    return {"NodeNameToMetaVictims": meta}


def bound(asked: Content) -> Content:
    return {"Error": f"pod {asked['podname']} is not there"}


def application(twist: Twist = untouched, *, limit_bytes: int = 64 << 20) -> web.Application:
    async def handle(request: web.Request) -> web.StreamResponse:
        verb = request.match_info["verb"]
        asked, answer = good(verb, await request.read())
        answer = twist(verb, asked, answer)
        if isinstance(answer, web.StreamResponse):
            return answer
        if not isinstance(answer, bytes):
            answer = json.dumps(answer).encode()
        return web.Response(body=answer, content_type="application/json")

    return of(handle, limit_bytes=limit_bytes)


def of(handler: Handler, *, limit_bytes: int = 64 << 20) -> web.Application:
    app = web.Application(client_max_size=limit_bytes)
    app.router.add_post("/{verb}", handler)
    return app


@asynccontextmanager
async def served(app: web.Application, *, keep_alive_s: float = 3600.0) -> AsyncIterator[str]:
    """The URL of the application while it runs."""
    server = TestServer(app)
    await server.start_server(keepalive_timeout=keep_alive_s)
    try:
        yield str(server.make_url(""))
    finally:
        await server.close()


async def reported(app: web.Application, plan: Plan | None = None, *, keep_alive_s: float = 3600.0) -> Report:
    """What is said of that application; every wait in there is bounded, and this one round them, too."""
    async with served(app, keep_alive_s=keep_alive_s) as url, asyncio.timeout(60):
        return await run(Target(url=url, verbs=ALL_VERBS, timeout_s=1.0), plan or Plan())


def broken(report: Report) -> dict[str, str]:
    """The first thing seen of every rule that was broken, by the rule's name."""
    return {each.rule.name: each.broken[0].seen for level in Level for each in report.broken(level)}
