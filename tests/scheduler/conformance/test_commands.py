"""`edgeward conformance`: exit codes, JSON, verbs, TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from typer.testing import CliRunner, Result

from edgeward import command_line
from tests.scheduler.conformance.extender import Twist, application, served, untouched


def conformance(*words: str) -> Result:
    return CliRunner().invoke(command_line(), ["conformance", *words], prog_name="edgeward", env={"COLUMNS": "110"})


@contextmanager
def elsewhere(app: web.Application, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The URL of the application, which runs in a thread, because the command has a loop of its own."""
    urls: list[str] = []
    started = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        urls.append(f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}")
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert started.wait(10), "the extender did not start within 10 s"
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def test_good_extender_is_exit_0() -> None:
    with elsewhere(application()) as url:
        result = conformance(url, "--bind")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.rstrip().endswith("conformant")
    assert "p50 / p95: filter " in result.stdout


@pytest.mark.parametrize(
    ("twist", "code", "verdict"),
    [
        (lambda verb, asked, answer: answer[1:] if verb == "prioritize" else answer, 0, "conformant; 1 of what should"),
        (lambda verb, asked, answer: {} if verb == "filter" else answer, 1, "not conformant: 1 of what must hold"),
    ],
    ids=["a should", "a must"],
)
def test_broken_must_is_exit_1(twist: Twist, code: int, verdict: str) -> None:
    with elsewhere(application(twist)) as url:
        result = conformance(url)
    assert result.exit_code == code
    assert verdict in result.stdout
    assert "then: " in result.stdout


def test_json_has_all_rules() -> None:
    with elsewhere(application(lambda verb, asked, answer: {} if verb == "filter" else answer)) as url:
        told = json.loads(conformance(url, "--json", "--mode", "names").stdout)
    assert told["conformant"] is False
    rules = {each["name"]: each for each in told["rules"]}
    assert rules["filter-says-something"]["broken"][0] == {
        "case": "filter, nodeCacheCapable: true: a plain pod", "seen": "neither nodes nor refusals",
    }  # fmt: skip
    assert not any("false" in each["case"] for rule in told["rules"] for each in rule["broken"])
    assert told["took_ms"]["filter"]["p50"] > 0


def test_only_verbs_that_are_named_are_asked_and_bind_only_when_said() -> None:
    seen = set()

    def note(verb: str, asked: object, answer: object) -> object:
        seen.add(verb)
        return answer

    with elsewhere(application(note)) as url:
        assert conformance(url, "--verbs", "filter,bind").exit_code == 0
        assert seen == {"filter"}
        assert conformance(url, "--verbs", "preempt=preempt", "--bind").exit_code == 0
    assert seen == {"filter", "preempt", "bind"}


def test_certificate_is_checked_unless_told_otherwise(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    with elsewhere(application(untouched), context) as url:
        assert conformance(url, "--ca", str(ca)).exit_code == 0
        assert conformance(url, "--insecure").exit_code == 0
        refused = conformance(url)
    assert refused.exit_code == 1
    assert "certificate" in refused.stderr


def test_client_certificate_is_shown(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    ca, both = tmp_path / "ca.pem", tmp_path / "client.pem"
    authority.cert_pem.write_to_path(ca)
    authority.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(both)
    with elsewhere(application(untouched), context) as url:
        assert conformance(url, "--ca", str(ca)).exit_code == 1
        assert conformance(url, "--ca", str(ca), "--cert", str(both)).exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("127.0.0.1:8888",), "URL must be http://HOST:PORT"),
        (("http://127.0.0.1:1", "--verbs", "fliter"), "unknown verb 'fliter' (did you mean 'filter'?)"),
        (("http://127.0.0.1:1", "--verbs", ""), "must name at least one verb"),
        (("https://127.0.0.1:1", "--ca", "no.pem"), "--ca no.pem: "),
        (("https://127.0.0.1:1", "--cert", "no.pem"), "--cert no.pem: "),
        (("https://127.0.0.1:1", "--key", "no.pem"), "--key needs --cert"),
    ],
)
def test_wrong_option_is_exit_2_and_one_line(words: tuple[str, ...], says: str) -> None:
    result = conformance(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


async def test_nothing_there_is_exit_1_and_one_line() -> None:
    async with served(application()) as url:
        pass
    result = await asyncio.to_thread(conformance, url)
    assert result.exit_code == 1
    assert "Cannot connect" in result.stderr
    assert result.stderr.count("\n") == 1
