"""A client that costs next to nothing: one connection, kept alive, and bytes as kube-scheduler sends them."""

from __future__ import annotations

import socket
from time import perf_counter
from types import TracebackType
from typing import Self

from tests.cluster.ports import HOST

_ANSWER_S = 30.0
_PIECE = 1 << 20
_END = b"\r\n\r\n"


class Conversation:
    """Questions and answers over one connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=_ANSWER_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"{HOST}:{port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, path: str, body: bytes) -> tuple[bytes, float]:
        """The body of the answer, and the milliseconds until its last byte was here."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nUser-Agent: Go-http-client/1.1\r\n"
            f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n"
        )
        began = perf_counter()
        self._socket.sendall(head.encode() + body)
        answer = self._answer(path)
        return answer, 1000 * (perf_counter() - began)

    def _answer(self, path: str) -> bytes:
        came = b""
        while _END not in came:
            came += self._piece(path)
        head, _, rest = came.partition(_END)
        status, *lines = head.decode().split("\r\n")
        if status != "HTTP/1.1 200 OK":
            raise AssertionError(f"{path}: {status} {rest[:200]!r}")
        size = next(int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length:"))
        pieces, left = [rest], size - len(rest)
        while left > 0:
            pieces.append(self._piece(path))
            left -= len(pieces[-1])
        return b"".join(pieces)

    def _piece(self, path: str) -> bytes:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise AssertionError(f"{path}: the connection was closed before the answer was complete")
        return piece
