"""HTTPS with certificates that change while we run.

A mounted Secret is replaced under our feet (kubelet moves the symlink `..data`), and an extender that must be restarted
for that would fail on the day the old certificate ends. So the files are looked at every few seconds, and every new
handshake takes the certificates that were good last. Old and new are never mixed: each reading makes a context of its
own, since an `ssl.SSLContext` can be given another authority for clients but never loses one.

No ALPN is offered, and so Go's client, which would like HTTP/2, talks HTTP/1.1.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Any, Self

from kube.program.errors import ListenError
from scheduler.config import Tls
from scheduler.metrics import Metrics

LOOK_EVERY_S = 10.0  # kubelet itself takes up to a minute

LOG = logging.getLogger(__name__)


class Certificates(ssl.SSLContext):
    """A server's context that hands each handshake to what `reload` read last."""

    def __new__(cls, *_: object) -> Self:  # SSLContext makes itself from a protocol
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._seen = self._stamps()
        self._current = _read(tls)

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:  # what asyncio calls for each connection
        return self._current.wrap_bio(*args, **options)

    def reload(self) -> bool:
        """Whether the files changed and were read. ListenError, once for each change, when they cannot be."""
        stamps = self._stamps()
        if stamps == self._seen:
            return False
        self._seen = stamps
        self._current = _read(self._tls)
        return True

    def _stamps(self) -> list[tuple[int, int, int] | None]:
        return [_stamp(path) for path in (self._tls.cert, self._tls.key, self._tls.client_ca) if path is not None]


async def keep_fresh(
    certificates: Certificates, metrics: Metrics, stop: asyncio.Event, *, every_s: float = LOOK_EVERY_S
) -> None:
    """Read the certificates again whenever they change, until *stop*. The last good ones stay in use."""
    while not stop.is_set():
        try:
            if certificates.reload():
                LOG.info("read changed certificates")
                metrics.tls_reloaded(good=True)
        except ListenError as error:
            LOG.error("changed certificates cannot be read; the last good ones stay", extra={"problem": str(error)})  # noqa: TRY400 - the file is wrong, not we
            metrics.tls_reloaded(good=False)
        try:
            async with asyncio.timeout(every_s):
                await stop.wait()
        except TimeoutError:
            continue


def _read(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.cert, tls.key)
    except (OSError, ValueError) as error:
        raise ListenError(f"listen.tls: cannot read certificate {tls.cert} with key {tls.key}: {error}") from error
    if tls.client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(tls.client_ca)
        except (OSError, ValueError) as error:
            raise ListenError(f"listen.tls: cannot read client_ca {tls.client_ca}: {error}") from error
    return context


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns, told.st_size
