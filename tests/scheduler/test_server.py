"""The server on a real socket: every question to a verb is answered with 200, in time, whatever happens."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
from typing import Any

import aiohttp
import pytest

from scheduler.bodies import MEBIBYTE
from scheduler.wire import BindAsked
from tests.conftest import SHARED
from tests.scheduler import questions
from tests.scheduler.fake_desk import FakeDesk, Server, serving
from tests.scheduler.questions import node

RECORDED = sorted(SHARED.glob("conformance/extender/*.json"))
NAMES = ["edge-a-1", "full-1", "far-1", "cloud-1"]
GOOD = {
    "filter": questions.by_name(NAMES),
    "prioritize": questions.by_name(NAMES),
    "bind": questions.bind(),
    "preempt": questions.preempt_meta({"edge-a-1": ["u1"], "full-1": ["u2"]}, violations=1),
}
NOBODY_EVICTED: dict[str, Any] = {"NodeNameToMetaVictims": {}}

UNDECIDED: dict[str, Any] = {
    "filter": {
        "Nodes": None,
        "NodeNames": NAMES,
        "FailedNodes": {},
        "FailedAndUnresolvableNodes": {},
        "Error": "",
    },
    "prioritize": [{"Host": name, "Score": 0} for name in NAMES],
    "bind": {"Error": "binding shop/web-0 to edge-a-1 timed out after 0.2 s, will be retried; bind is idempotent"},
    "preempt": {"NodeNameToMetaVictims": {}},  # nobody is evicted on a guess
}


async def post(server: Server, verb: str, body: bytes, **options: Any) -> Any:
    """The answer's JSON; a status other than 200 fails the test."""
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{server.address}/{verb}", data=io.BytesIO(body), **options) as answer,
    ):
        assert answer.status == 200
        assert int(answer.headers["Content-Length"]) == len(await answer.read())
        return await answer.json()


async def get(server: Server, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(server.root + path) as answer:
        return answer.status, await answer.text()


async def test_verbs_answer_what_the_desk_says() -> None:
    desk = FakeDesk()
    async with serving(desk) as server:
        assert await post(server, "filter", GOOD["filter"]) == {
            "Nodes": None,
            "NodeNames": ["edge-a-1", "cloud-1"],
            "FailedNodes": {"full-1": "wants 1 GPU, 0 free"},
            "FailedAndUnresolvableNodes": {"far-1": "rtt p95 41 ms > 20 ms from seoul"},
            "Error": "",
        }
        told = await post(server, "prioritize", GOOD["prioritize"])
        assert told == [{"Host": name, "Score": len(name) % 11} for name in NAMES]
        assert await post(server, "bind", GOOD["bind"]) == {"Error": ""}
        assert desk.asked[-1] == BindAsked(namespace="shop", name="web-0", uid="uid-web-0", node="edge-a-1")
        assert await post(server, "preempt", GOOD["preempt"]) == {
            "NodeNameToMetaVictims": {"edge-a-1": {"Pods": [{"UID": "u1"}], "NumPDBViolations": 1}}
        }
        for verb, outcome in (("filter", "passed"), ("prioritize", "scored"), ("bind", "bound"), ("preempt", "room")):
            assert server.count("edgeward_decisions_total", verb=verb, outcome=outcome) == 1
            assert server.count("edgeward_request_duration_seconds_count", verb=verb) == 1


async def test_whole_nodes_go_back_as_they_came() -> None:
    nodes = [node(name) for name in NAMES]
    async with serving(FakeDesk()) as server:
        told = await post(server, "filter", questions.by_node(nodes))
    assert (told["Nodes"]["items"], told["NodeNames"]) == ([nodes[0], nodes[3]], None)


async def test_reason_why_a_pod_is_not_bound_is_told() -> None:
    desk = FakeDesk()
    desk.bind_error = "edge-a-1 has no free GPU any more"
    async with serving(desk) as server:
        assert await post(server, "bind", GOOD["bind"]) == {"Error": "edge-a-1 has no free GPU any more"}
        assert server.count("edgeward_decisions_total", verb="bind", outcome="error") == 1


@pytest.mark.parametrize(
    ("verb", "answer"),
    [("filter", "Pod is missing"), ("bind", "PodName is missing"), ("prioritize", []), ("preempt", NOBODY_EVICTED)],
)
async def test_bad_body_is_answered_with_200(verb: str, answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(FakeDesk()) as server:
        told = await post(server, verb, b"{}")
        assert (told["Error"] if isinstance(answer, str) else told) == answer
        assert server.count("edgeward_bad_bodies_total", verb=verb) == 1
        assert server.count("edgeward_errors_total", verb=verb) == 0
    assert "a request cannot be read" in caplog.text


@pytest.mark.parametrize("verb", GOOD)
async def test_our_own_bug_is_answered_with_200_and_logged_with_its_place(
    verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = FakeDesk()
    desk.bug = ZeroDivisionError("by nothing")
    async with serving(desk) as server:
        told = await post(server, verb, GOOD[verb])
        error = "edgeward failed: ZeroDivisionError: by nothing"
        assert told == ([] if verb == "prioritize" else NOBODY_EVICTED if verb == "preempt" else told)
        if verb in ("filter", "bind"):
            assert told["Error"] == error
        assert server.count("edgeward_errors_total", verb=verb) == 1
        desk.bug = None
        await post(server, verb, GOOD[verb])  # and goes on
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.uid == "uid-web-0"  # type: ignore[attr-defined]  # an extra


@pytest.mark.parametrize("verb", GOOD)
async def test_answer_comes_in_time_from_a_desk_that_hangs(verb: str, caplog: pytest.LogCaptureFixture) -> None:
    desk = FakeDesk()
    desk.hangs = True
    async with serving(desk, http_timeout_s=0.25) as server:
        async with asyncio.timeout(0.25):  # as the client has it; we answer after 0.2 s
            told = await post(server, verb, GOOD[verb])
        assert told == UNDECIDED[verb]
        assert server.count("edgeward_deadline_misses_total", verb=verb) == 1
        assert server.count("edgeward_decisions_total", verb=verb, outcome="deadline") == 1
    assert "answered without a decision" in caplog.text


async def test_desk_that_knows_it_would_be_late_is_not_waited_for() -> None:
    desk = FakeDesk()
    desk.bug = TimeoutError("the deciding thread is busy")
    async with serving(desk) as server:
        assert (await post(server, "filter", GOOD["filter"]))["NodeNames"] == NAMES
        assert server.count("edgeward_deadline_misses_total", verb="filter") == 1


async def test_body_that_never_ends_is_answered_in_time() -> None:
    async with serving(FakeDesk(), http_timeout_s=0.25) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /scheduler/filter HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 200 ")
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        assert "did not arrive whole" in json.loads(await reader.readexactly(length))["Error"]
        writer.close()


async def test_200_large_nodes_are_no_413() -> None:
    """aiohttp's own limit is 1 MiB, which 200 nodes with 40 labels and 50 images exceed."""
    nodes = [node(f"edge-{number}", labels=40, images=50) for number in range(200)]
    body = questions.by_node(nodes)
    assert len(body) > MEBIBYTE
    async with serving(FakeDesk()) as server:
        assert (await post(server, "filter", body))["Nodes"]["items"] == nodes


async def test_body_past_the_limit_is_refused_with_the_limit_and_the_connection_lives() -> None:
    desk = FakeDesk()
    async with serving(desk, max_body_mib=1) as server, aiohttp.ClientSession() as client:
        for _ in range(3):
            async with client.post(f"{server.address}/filter", data=io.BytesIO(b" " * (2 * MEBIBYTE))) as answer:
                assert answer.status == 200
                assert "larger than the limit of 1048576 bytes (listen.max_body_mib)" in (await answer.json())["Error"]
        async with client.post(f"{server.address}/filter", data=GOOD["filter"]) as answer:
            assert (await answer.json())["NodeNames"] == ["edge-a-1", "cloud-1"]
        assert server.count("edgeward_bad_bodies_total", verb="filter") == 3
    assert len(desk.asked) == 1


async def test_gzip_is_read_and_what_it_swells_to_is_limited() -> None:
    async with serving(FakeDesk(), max_body_mib=2) as server:
        zipped = {"headers": {"Content-Encoding": "gzip"}}
        told = await post(server, "filter", gzip.compress(GOOD["filter"]), **zipped)
        assert told["NodeNames"] == ["edge-a-1", "cloud-1"]
        bomb = gzip.compress(b" " * (300 * MEBIBYTE), 1)
        assert len(bomb) < 2 * MEBIBYTE  # so it is the inflated size that counts
        assert "larger than the limit" in (await post(server, "filter", bomb, **zipped))["Error"]
        assert "cannot be read" in (await post(server, "filter", b"no gzip at all", **zipped))["Error"]


async def test_any_content_type_is_read() -> None:
    async with serving(FakeDesk()) as server:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"):
            told = await post(server, "filter", GOOD["filter"], headers={"Content-Type": content_type})
            assert told["NodeNames"] == ["edge-a-1", "cloud-1"]


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({}, ["/scheduler/filter", "/scheduler/filter/", "/scheduler//filter"]),
        ({"prefix": "", "verbs": {"filter": "predicates/always_true"}}, ["/predicates/always_true"]),
        ({"prefix": "/api/v2/", "verbs": {"filter": "f"}}, ["/api/v2/f"]),
    ],
)
async def test_paths_are_those_of_the_configuration(settings: Any, paths: list[str]) -> None:
    async with serving(FakeDesk(), **settings) as server, aiohttp.ClientSession() as client:
        for path in paths:
            async with client.post(server.root + path, data=GOOD["filter"]) as answer:
                assert (await answer.json())["NodeNames"] == ["edge-a-1", "cloud-1"]


async def test_wrong_path_is_404_and_wrong_method_405() -> None:
    async with serving(FakeDesk()) as server, aiohttp.ClientSession() as client:
        async with client.post(f"{server.address}/filtre", data=b"{}") as answer:
            assert (answer.status, answer.content_type) == (404, "text/plain")
        async with client.get(f"{server.address}/filter") as answer:
            assert (answer.status, answer.content_type) == (405, "text/plain")


async def test_readiness_is_the_desks() -> None:
    desk = FakeDesk()
    async with serving(desk) as server:
        assert await get(server, "/healthz") == (200, "ok\n")
        assert await get(server, "/readyz") == (200, "ok\n")
        desk.why_unready = "nodes are not listed yet"
        assert await get(server, "/readyz") == (503, "nodes are not listed yet\n")
        assert await get(server, "/healthz") == (200, "ok\n")


async def test_explanation_is_found_below_the_root_and_the_prefix() -> None:
    desk = FakeDesk()
    async with serving(desk) as server:
        for prefix in ("", "/scheduler"):
            assert await get(server, f"{prefix}/explain/shop/web-0") == (200, '{"pod":"shop/web-0"}')
        assert (await get(server, "/explain/shop/nobody"))[0] == 404
        desk.bug = ValueError("oh")
        assert await get(server, "/explain/shop/web-0") == (200, '{"Error":"edgeward failed: ValueError: oh"}')


async def test_metrics_and_version_are_shown() -> None:
    async with serving(FakeDesk()) as server:
        await post(server, "filter", GOOD["filter"])
        status, text = await get(server, "/metrics")
        assert status == 200
        assert 'edgeward_request_duration_seconds_bucket{le="5.0",verb="filter"} 1.0' in text
        status, text = await get(server, "/version")
        assert status == 200
        assert json.loads(text)["version"]


@pytest.mark.skipif(not RECORDED, reason="sends recorded requests: ../shared/conformance/extender is missing")
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_recorded_request_is_answered_right(path: Any) -> None:
    body, verb = path.read_bytes(), path.stem.rsplit("_", 1)[1]
    asked = json.loads(body)
    async with serving(FakeDesk()) as server:
        told = await post(server, verb, body, headers={"User-Agent": "Go-http-client/1.1"})
    if verb == "filter":
        assert (told["Nodes"] and told["Nodes"]["items"]) == (asked["Nodes"] and asked["Nodes"]["items"])
        assert (told["NodeNames"], told["Error"]) == (asked["NodeNames"], "")
    elif verb == "prioritize":
        names = asked["NodeNames"] or [item["metadata"]["name"] for item in asked["Nodes"]["items"]]
        assert told == [{"Host": name, "Score": len(name) % 11} for name in names]
    elif verb == "bind":
        assert told == {"Error": ""}
    else:
        victims = {"edge-a-1": {"Pods": [{"UID": "uid-victim"}], "NumPDBViolations": 1}}
        assert told == {"NodeNameToMetaVictims": victims}
