"""Why a call had no answer, in a few words that a person can act on.

aiohttp wraps what the socket and TLS said in its own layers, whose texts repeat the address and hide the reason:
`Cannot connect to host 127.0.0.1:6443 ssl:default [Connect call failed ('127.0.0.1', 6443)]`.
"""

from __future__ import annotations

import os
import ssl

import aiohttp


def cause(error: BaseException) -> str:
    """One line without the server's name, such as `connection refused`."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error = error.certificate_error
    elif isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    match error:
        case ssl.SSLCertVerificationError():
            text = f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            text = f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}"
        case aiohttp.ServerDisconnectedError():
            text = "the connection was closed before an answer"
        case aiohttp.ClientPayloadError():
            text = "the connection was cut within the answer"
        case OSError() if (error.errno or 0) > 0:
            text = os.strerror(error.errno or 0).lower()
        case OSError() if error.strerror:  # of name resolution, whose numbers are below zero
            text = error.strerror.lower()
        case _:
            text = str(error) or type(error).__name__
    return " ".join(text.split())
