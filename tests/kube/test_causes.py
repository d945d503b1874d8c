"""What a person reads when there was no answer."""

from __future__ import annotations

import errno
import socket

import aiohttp
import pytest

from kube.causes import cause


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 6443)"), "connection refused"),
        (aiohttp.ClientOSError(errno.ECONNRESET, "Connection reset by peer"), "connection reset by peer"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name or service not known"),
        (aiohttp.ServerDisconnectedError(), "the connection was closed before an answer"),
        (aiohttp.ClientPayloadError("400, message: ..."), "the connection was cut within the answer"),
        (ValueError("two\nlines"), "two lines"),
        (ValueError(), "ValueError"),
    ],
)
def test_cause_is_said_in_one_plain_line(error: Exception, text: str) -> None:
    assert cause(error) == text
