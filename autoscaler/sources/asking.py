"""Reads of the API server, each bounded in time and counted with how it ended.

Three ends matter to whoever is called at night: the adapter is down (its APIService has nobody behind it; certainly
transient), the metric or the whole API is unknown (someone must act), and the answer is empty (there is no load, or
nobody measures it). The first two are told apart here, the third by the source that reads the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from kube.client import NO_PARAMS, KubeClient
from kube.errors import ApiError, Garbled, KubeError, Unreachable

CALL_S = 10.0
_DOWN = (429, 500, 502, 503, 504)


class Asking:
    """`reads` counts all reads since the start by API and by how they ended.

    The ends are answered, down, unknown, refused, garbled, and late: given up because the pass ended first.
    """

    def __init__(self, kube: KubeClient, *, call_s: float = CALL_S) -> None:
        self.reads: Counter[tuple[str, str]] = Counter()
        self._kube, self._call_s = kube, call_s

    async def get(self, api: str, path: str, params: Mapping[str, str] = NO_PARAMS) -> bytes:
        """The body of the answer; the errors of `kube` pass."""
        end = "late"
        try:
            content = await self._kube.get(path, params, timeout_s=self._call_s)
            end = "answered"
        except KubeError as error:
            end = _end(error)
            raise
        finally:
            self.reads[api, end] += 1
        return content


def told(error: KubeError) -> str:
    """What went wrong in one line, with what a person can conclude from it."""
    if not isinstance(error, ApiError):
        return str(error)
    match _end(error):
        case "down":
            hint = "what serves it is down"
        case "unknown":
            hint = "no such metric, or nothing serves it"
        case _:
            hint = error.reason
    return f"{' '.join(error.message.split())} ({error.status}: {hint})"


def _end(error: KubeError) -> str:
    match error:
        case Unreachable():
            return "down"
        case Garbled():
            return "garbled"
        case ApiError(status=404):
            return "unknown"
        case ApiError() if error.status in _DOWN:
            return "down"
        case _:
            return "refused"
