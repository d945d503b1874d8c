"""`edgeward record` against a Prometheus on loopback: the file, the exit codes, and what is said."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner, Result

from edgeward import command_line

Answer = Callable[[dict[str, str], dict[str, str]], tuple[int, str]]


def ramp(params: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
    """The value is the time, as a range query answers it."""
    start, end, step = (int(params[name]) for name in ("start", "end", "step"))
    values = [[at_s, str(at_s)] for at_s in range(start, end + 1, step)]
    return 200, json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [{"values": values}]}})


@contextmanager
def prometheus(answer: Answer) -> Iterator[str]:
    """Its address, with a path prefix."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            params = {name: values[0] for name, values in parse_qs(url.query).items()}
            status, body = answer(params, dict(self.headers)) if url.path == "/prefix/api/v1/query_range" else (404, "")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *words: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/prefix/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def record(*words: str) -> Result:
    return CliRunner().invoke(command_line(), ["record", *words], prog_name="edgeward", env={"COLUMNS": "200"})


INTERVAL = ("--query", "up", "--start", "1700000000", "--end", "1700000030")


def test_the_trace_is_written_and_its_size_said(tmp_path: Path) -> None:
    out = tmp_path / "load.csv"
    with prometheus(ramp) as url:
        result = record("--url", url, *INTERVAL, "--step", "15", "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_text() == (
        "time_s,value\n1700000000,1700000000.0\n1700000015,1700000015.0\n1700000030,1700000030.0\n"
    )
    assert result.stderr.startswith("3 of 3 steps: ")


def test_without_a_file_it_is_printed() -> None:
    with prometheus(ramp) as url:
        result = record("--url", url, *INTERVAL, "--step", "30")
    assert (result.exit_code, result.stdout) == (
        0,
        "time_s,value\n1700000000,1700000000.0\n1700000030,1700000030.0\n",
    )


def test_the_token_is_sent(tmp_path: Path) -> None:
    seen: list[str] = []

    def answer(params: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
        seen.append(headers["Authorization"])
        return ramp(params, headers)

    (tmp_path / "token").write_text("secret\n")
    with prometheus(answer) as url:
        assert record("--url", url, *INTERVAL, "--token-file", str(tmp_path / "token")).exit_code == 0
    assert seen == ["Bearer secret"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, '{"status":"error","error":"parse error: unexpected end"}', "parse error: unexpected end"),
        (503, "query timed out", "HTTP Status Code 503 (b'query timed out')"),
        (200, "<html>", "no answer of Prometheus to a range query: JSONDecodeError('Expecting value"),
        (200, "{}", "no answer of Prometheus to a range query: KeyError('data')"),
        (200, '{"data": {"result": [7]}}', "no series of Prometheus"),
        (200, '{"data": {"result": []}}', "up: has no number from 1700000000 to 1700000030"),
    ],
    ids=["a wrong query", "a slow query", "a page", "not Prometheus", "no series", "nothing"],
)
def test_an_answer_that_is_no_trace_is_one_line_and_exit_1(status: int, body: str, said: str) -> None:
    with prometheus(lambda params, headers: (status, body)) as url:
        result = record("--url", url, *INTERVAL)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_gateway_that_is_away_for_a_moment_is_asked_again() -> None:
    answers = iter([(502, ""), (504, "")])

    def answer(params: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
        return next(answers, None) or ramp(params, headers)

    with prometheus(answer) as url:
        assert record("--url", url, *INTERVAL).exit_code == 0


def test_a_prometheus_that_hangs_is_given_up_in_time() -> None:
    hung = threading.Event()

    def answer(params: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
        hung.wait(60)
        return 200, ""

    began_s = time.monotonic()
    with prometheus(answer) as url:
        result = record("--url", url, *INTERVAL, "--timeout", "1")
        hung.set()
    assert result.exit_code == 1
    assert "Read timed out" in result.stderr
    assert time.monotonic() - began_s < 30


def test_nobody_there_is_told_without_the_librarys_layers() -> None:
    result = record("--url", "http://127.0.0.1:1", *INTERVAL)
    assert result.exit_code == 1
    assert re.fullmatch(r"edgeward: http://127\.0\.0\.1:1: \[Errno \d+\] Connection refused\n", result.stderr)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--query", "up", "--start", "soon"), "start: must be a time such as"),
        (("--query", "up", "--start", "now", "--end", "1d"), "end: must be after the start"),
        (("--query", "up", "--url", "prometheus:9090"), "url: must begin with http:// or https://"),
        (("--query", "up", "--token-file", "/no/such/file"), "/no/such/file: cannot be read"),
    ],
)
def test_wrong_input_is_exit_2(words: tuple[str, ...], said: str) -> None:
    result = record(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with prometheus(ramp) as url:
        result = record("--url", url, *INTERVAL, "--out", str(tmp_path / "no" / "load.csv"))
    assert result.exit_code == 1
    assert "load.csv: cannot be written" in result.stderr
