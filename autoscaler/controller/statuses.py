"""Writing statuses: only what changed, and what changes all the time not all the time.

A metric moves with each pass. `kubectl get` may see it a little late; a step, a condition that turns or another number
of replicas is written at once.

What is written is the whole status, and only to the autoscaler that was read: one made anew under its name has nothing
of its checkpoint. A merge patch cannot ask for a uid, since the API server ignores all metadata of a custom resource's
status; a JSON patch tests it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from autoscaler.applying.guarded import CALL_S
from autoscaler.controller.memory import Memory
from autoscaler.planner.history import History
from autoscaler.watching.autoscalers import API_VERSION, Known
from kube.client import KubeClient
from kube.errors import KubeError, NotFound

CHECKPOINT_S = 60.0  # how old the history in the status may be when nothing else is written
_MOVING = frozenset({"targets", "currentMetrics", "recommendation", "forecast", "checkpoint"})


class Statuses:
    """Writes them. What moves is written every *every_s* seconds, and of *most* autoscalers at most in a pass."""

    def __init__(
        self,
        client: KubeClient,
        encode: Callable[[History], str],
        *,
        clock: Callable[[], float],
        every_s: float,
        most: int,
    ) -> None:
        self._client = client
        self._encode = encode
        self._clock = clock
        self._every_s = every_s
        self._most = self._left = most
        self.writes = 0

    def begin(self) -> None:
        """A pass begins."""
        self._left = self._most

    def is_due(self, memory: Memory, after: Mapping[str, Any]) -> bool:
        """Is there anything to write by now?"""
        changed = {name for name in memory.status.keys() | after.keys() if memory.status.get(name) != after.get(name)}
        if changed - _MOVING and not _only_words(changed - _MOVING, memory.status, after):
            return True
        age_s = self._clock() - memory.written_s
        if self._left <= 0 or not ((changed and age_s >= self._every_s) or age_s >= CHECKPOINT_S):
            return False
        self._left -= 1
        return True

    async def write(self, known: Known, memory: Memory, after: Mapping[str, Any], history: History) -> str:
        """Write it with the history as its checkpoint; why it could not be, else empty."""
        after = {**after, "checkpoint": self._encode(history)}
        if after == memory.status:
            memory.written_s = self._clock()
            return ""
        namespace, name = quote(known.namespace, safe=""), quote(known.name, safe="")
        path = f"/apis/{API_VERSION}/namespaces/{namespace}/edgeautoscalers/{name}/status"
        try:
            self.writes += 1
            await self._client.patch(path, _body(known.uid, after), kind="json", timeout_s=CALL_S)
        except NotFound:
            return "it is deleted"
        except KubeError as error:
            return str(error)
        memory.status, memory.written_s = after, self._clock()
        return ""


def _body(uid: str, status: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": "/metadata/uid", "value": uid},
        {"op": "add", "path": "/status", "value": status},  # or replaces the one that is there
    ]


def _only_words(changed: set[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Do only messages of conditions differ, which may have numbers in them?"""
    return changed == {"conditions"} and _turns(before) == _turns(after)


def _turns(status: Mapping[str, Any]) -> list[tuple[object, ...]]:
    conditions = status.get("conditions") or ()
    return [(each.get("type"), each.get("status"), each.get("reason")) for each in conditions]
