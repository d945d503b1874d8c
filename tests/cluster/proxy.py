"""A TCP proxy between an extender and the API server, so that a test can cut the line and keep it cut.

It knows nothing of what passes. It has a thread of its own, because tests wait for processes in ways that would stop
an event loop.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.cluster.ports import HOST

_PIECE = 1 << 16
_CONNECT_S = 5.0


class Proxy:
    """`with Proxy(listen=…, to=…) as line:` – connections to the one port go to the other, unless `cut`."""

    def __init__(self, *, listen: int, to: int) -> None:
        self.port = listen
        self._to = to
        self._turn = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._door = socket.create_server((HOST, listen), backlog=64)
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # what wakes the thread that accepts
        self._door.close()
        self._thread.join(_CONNECT_S)
        self.cut()

    def cut(self) -> None:
        """End all connections, and every new one at once."""
        with self._turn:
            self._is_cut = True
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)  # the threads that read from it close it

    def mend(self) -> None:
        """New connections pass again."""
        with self._turn:
            self._is_cut = False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        with client:
            try:
                server = socket.create_connection((HOST, self._to), timeout=_CONNECT_S)
            except OSError:
                return
            server.settimeout(None)
            with server:
                with self._turn:
                    if self._is_cut:
                        return
                    self._open |= {client, server}
                back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
                back.start()
                _pass_on(client, server)
                back.join()
                with self._turn:
                    self._open -= {client, server}


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Until one of the two ends it; then both have ended."""
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
