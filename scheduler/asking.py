"""Asking a running extender something over HTTP, for the commands of people."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import aiohttp
import msgspec

from kube.causes import cause
from scheduler.errors import SchedulerError
from scheduler.explained import Told

_TIMEOUT_S = 30.0
_SHOWN_BYTES = 500  # of an answer that is none; a proxy may send a whole page


class NotAnswered(SchedulerError):  # noqa: N818 - says what happened
    """The extender was not reached, or knows nothing of what was asked."""


class _Failed(msgspec.Struct):
    Error: str = ""


async def explanation(server: str, namespace: str, pod: str) -> tuple[bytes, Told]:
    """The answer as it came, and as values; *server* is the extender's URL with its prefix."""
    url = f"{server.rstrip('/')}/explain/{quote(namespace, safe='')}/{quote(pod, safe='')}"
    try:
        async with (
            asyncio.timeout(_TIMEOUT_S),
            aiohttp.ClientSession() as session,
            session.get(url) as answer,
        ):
            body = await answer.read()
            if answer.status != 200:
                said = " ".join(body[:_SHOWN_BYTES].decode(errors="replace").split())
                raise NotAnswered(f"{url}: {answer.status} {answer.reason}{': ' + said if said else ''}")
            failed = msgspec.json.decode(body, type=_Failed)
            if failed.Error:
                raise NotAnswered(f"{url}: {failed.Error}")
            return body, msgspec.json.decode(body, type=Told)
    except TimeoutError as error:
        raise NotAnswered(f"{server}: cannot be reached: no answer within {_TIMEOUT_S:.0f} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise NotAnswered(f"{server}: cannot be reached: {cause(error)}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # the latter for a text of other bytes
        raise NotAnswered(f"{url}: not an explanation: {error}") from error
