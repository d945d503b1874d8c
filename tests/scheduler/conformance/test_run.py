"""A good extender passes, and each way of being a bad server is found and said."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from scheduler.conformance import (
    common,
    judge_bind,
    judge_filter,
    judge_preempt,
    judge_prioritize,
    service_rules,
)
from scheduler.conformance.cases import INVENTED, Mode
from scheduler.conformance.errors import NoAnswerError
from scheduler.conformance.probes import Plan
from scheduler.conformance.rule import Rule
from scheduler.conformance.run import run
from scheduler.conformance.target import Target
from tests.scheduler.conformance.extender import (
    ALL_VERBS,
    Content,
    Twist,
    application,
    broken,
    good,
    of,
    reported,
    served,
    untouched,
)
from tests.scheduler.fake_desk import FakeDesk, serving

EVERYTHING = Plan(big=True, idle_s=0.01)
RULES = {
    value.name
    for module in (common, judge_bind, judge_filter, judge_preempt, judge_prioritize, service_rules)
    for value in vars(module).values()
    if isinstance(value, Rule)
}


def only(verb: str, change: Any) -> Twist:
    """Answers that verb with *change* of the request and the good answer."""

    def twist(asked_verb: str, asked: Content, answer: Any) -> Any:
        return change(asked, answer) if asked_verb == verb and asked else answer

    return twist


async def test_good_extender_keeps_every_rule() -> None:
    report = await reported(application(), EVERYTHING)
    assert broken(report) == {}
    assert report.is_conformant
    assert set(report.took_ms) == set(ALL_VERBS)
    assert {each.rule.name for each in report.outcomes} == RULES


async def test_what_go_forgives_is_forgiven() -> None:
    """Keys in another case, any content type, gzip, and what comes after the first value."""

    async def handle(request: web.Request) -> web.Response:
        _, answer = good(request.match_info["verb"], await request.read())
        if isinstance(answer, dict):
            answer = {key.lower(): value for key, value in answer.items()}
        response = web.Response(text=f" {json.dumps(answer)} and more", content_type="text/html")
        response.enable_compression()
        return response

    assert broken(await reported(of(handle))) == {}


async def test_answer_in_chunks_is_found() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        _, answer = good(request.match_info["verb"], await request.read())
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(json.dumps(answer).encode())
        return response

    assert set(broken(await reported(of(handle)))) == {"content-length"}


async def test_connection_closed_after_each_answer_is_found() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        _, answer = good(request.match_info["verb"], await request.read())
        response = web.json_response(answer)
        response.force_close()
        return response

    found = broken(await reported(of(handle)))
    assert set(found) == {"kept-open", "connection-reused"}
    assert found["connection-reused"] == "a new connection for the second call"


async def test_idle_connection_that_gets_closed_is_found() -> None:
    found = broken(await reported(application(), Plan(idle_s=0.5), keep_alive_s=0.05))
    assert found == {"idle-connection": "closed within 0.5 s"}


async def test_short_keep_alive_that_is_announced_is_found_without_waiting() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        _, answer = good(request.match_info["verb"], await request.read())
        return web.json_response(answer, headers={"Keep-Alive": "timeout=5"})

    assert broken(await reported(of(handle))) == {"idle-connection": "timeout=5"}


async def test_limit_of_1_mib_is_found_by_big_only() -> None:
    app = application(limit_bytes=1 << 20)
    assert broken(await reported(app)) == {}
    found = broken(await reported(application(limit_bytes=1 << 20), Plan(big=True)))
    assert set(found) == {"big-body"}
    assert found["big-body"].startswith("status 413")


async def test_extender_that_reads_exact_keys_only_is_found() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        body, verb = await request.read(), request.match_info["verb"]
        if b'"pod"' in body[:10]:
            return web.json_response([] if verb == "prioritize" else {"Error": "no pod"})
        return web.json_response(good(verb, body)[1])

    found = broken(await reported(of(handle)))
    assert set(found) == {"lower-case-keys"}
    assert found["lower-case-keys"].startswith("another answer: status 200")


async def test_filter_that_reserves_is_found() -> None:
    seen: set[str] = set()

    def once(asked: Content, answer: Any) -> Any:
        uid = f"{asked['pod']['metadata']['uid']} {asked['nodenames']}"
        if uid in seen:
            return {"NodeNames": [], "FailedNodes": dict.fromkeys(asked["nodenames"] or (), "taken")}
        seen.add(uid)
        return answer

    report = await reported(application(only("filter", once)), Plan(modes=(Mode.NAMES,)))
    assert broken(report)["repeatable"] == "another answer"


async def test_500_for_bad_bodies_is_a_should_and_a_server_that_dies_of_them_a_must() -> None:
    dead = False

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal dead
        asked, answer = good(request.match_info["verb"], await request.read())
        dead = dead or not asked
        return web.json_response(answer, status=500 if dead else 200)

    report = await reported(of(handle))
    found = broken(report)
    assert set(found) == {"malformed", "alive-after-malformed"}
    assert not report.is_conformant


async def test_answers_that_mix_up_under_load_are_found() -> None:
    last: list[Any] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        last[:] = [good(request.match_info["verb"], await request.read())[1]]
        await asyncio.sleep(0.02)
        return web.json_response(last[0])

    found = broken(await reported(of(handle)))
    assert set(found) == {"concurrent"}


async def test_slow_answer_is_found_within_the_limit() -> None:
    never = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        verb = request.match_info["verb"]
        if verb == "bind":
            await never.wait()
        return web.json_response(good(verb, await request.read())[1])

    async with served(of(handle)) as url:
        report = await run(Target(url=url, verbs=ALL_VERBS, timeout_s=0.2), Plan())
        never.set()
    assert broken(report) == {"answered": "no answer within 0.2 s"}


async def test_connection_that_breaks_is_found() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        verb = request.match_info["verb"]
        if verb == "preempt" and request.transport:
            request.transport.close()
        return web.json_response(good(verb, await request.read())[1])

    assert "answered" in broken(await reported(of(handle)))


async def test_nothing_at_the_url_is_one_error() -> None:
    async with served(application(untouched)) as url:
        pass
    with pytest.raises(NoAnswerError, match=r"/filter: Cannot connect to host"):
        await run(Target(url=url, verbs=ALL_VERBS, timeout_s=1.0), Plan())


async def test_names_of_ones_own_nodes_are_asked_for() -> None:
    seen: set[str] = set()

    def note(verb: str, asked: Content, answer: Any) -> Any:
        seen.update(asked.get("nodenames") or ())
        return answer

    await reported(application(note), Plan(names=("edge-7",), modes=(Mode.NAMES,)))
    assert "edge-7" in seen
    assert not seen & set(INVENTED)


async def test_requests_look_like_those_of_kube_scheduler() -> None:
    headers: list[Any] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        headers.append(request.headers)
        return web.json_response(good(request.match_info["verb"], await request.read())[1])

    await reported(of(handle))
    first = headers[0]
    assert first["User-Agent"] == "Go-http-client/1.1"
    assert first["Content-Type"] == "application/json"
    assert first["Accept-Encoding"] == "gzip"
    assert int(first["Content-Length"]) > 100
    assert "Accept" not in first
    assert "Transfer-Encoding" not in first


async def test_request_without_nodes_that_fails_is_found() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        verb = request.match_info["verb"]
        asked, answer = good(verb, await request.read())
        empty = bool(asked) and verb != "bind" and asked.get("nodenames") == []
        return web.json_response(answer, status=422 if empty else 200)

    assert set(broken(await reported(of(handle)))) == {"empty-lists"}


async def test_bind_that_fails_the_second_time_is_found() -> None:
    times = 0

    def once(asked: Content, answer: Any) -> Any:
        nonlocal times
        times += 1
        return {} if times == 1 else answer

    found = broken(await reported(application(only("bind", once))))
    assert found == {"bind-says-error": "no Error", "bind-again": "another outcome"}


async def test_our_own_server_is_conformant() -> None:
    desk = FakeDesk()
    desk.bind_error = "no such pod"
    async with serving(desk) as server, asyncio.timeout(60):
        report = await run(Target(url=server.address, verbs=ALL_VERBS, timeout_s=5.0), EVERYTHING)
    assert broken(report) == {}
