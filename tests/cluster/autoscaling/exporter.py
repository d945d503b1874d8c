"""Metrics that a test makes up, on a page that Prometheus scrapes.

It has a thread of its own, because Prometheus asks also while no event loop runs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.cluster.ports import HOST

Labels = Mapping[str, str]


class Exporter:
    """`with Exporter(port) as exporter:` – then `exporter.show("rps", ({"pod": "web-1"}, 3.5), of="web")`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._metrics: dict[tuple[str, str], str] = {}  # replaced, never changed, so no lock is needed
        self._server = ThreadingHTTPServer((HOST, port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="exporter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5.0)

    def show(self, metric: str, *series: tuple[Labels, float], of: str) -> None:
        """These series of a metric and no others *of* whoever shows them, from the next scrape on."""
        self._metrics = {**self._metrics, (metric, of): "".join(_lines(metric, series))}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        exporter = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = "".join(text for _, text in sorted(exporter._metrics.items())).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name for it
                """A line a second is of no use."""

        return Page


def _lines(metric: str, series: Iterable[tuple[Labels, float]]) -> Iterable[str]:
    for labels, value in series:
        marks = ",".join(f'{name}="{text}"' for name, text in labels.items())
        yield f"{metric}{{{marks}}} {value!r}\n"
