"""A patch that goes through only if nobody changed what it is about since that was seen.

The guard is `metadata.resourceVersion` in the patch's body: the API server answers 409 when the object has another one.
But a workload's version moves with each of its pods' status, every few seconds during a roll-out, so a 409 alone does
not say that a person changed something. It is looked at again, and what decides is whether the part that the patch is
about is as it was seen.

An answer that was lost is looked after in the same way: if it is as wanted now, that was us.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused, Unanswered
from kube.breaker import CutOff
from kube.client import KubeClient, PatchKind
from kube.errors import ApiError, Conflict, Garbled, KubeError
from kube.throttle import Busy

Thing = dict[str, Any]

CALL_S = 5.0  # a call of ours takes milliseconds; a pass over many workloads must not hang on one
TRIES = 3
_UNGUARDED = ("", "0")  # what the API server takes for "whatever it is now"
_SERVER_FAILED = 500  # from here on a status says nothing about what was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A patch and how to tell, of the object that `path` answers, where it stands."""

    path: str
    write_path: str = ""  # a subresource, where that is what is patched; its answer is the object at `path`
    body: Callable[[str], object]  # made for a resourceVersion
    kind: PatchKind = "merge"
    is_seen: Callable[[Thing], bool]
    is_wanted: Callable[[Thing], bool]
    differs: Callable[[Thing], str]  # a sentence with the value that was seen, or wanted, and the one that is there


async def write(client: KubeClient, change: Change, version: str) -> Outcome:
    """Patch what had *version* when it was seen. At most three tries of two calls, each with its time-out."""
    lost = ""
    if version in _UNGUARDED:
        there = await _look(client, change, lost=lost)
        if not isinstance(there, str):
            return there
        version = there
    for _ in range(TRIES):
        try:
            where, body = change.write_path or change.path, change.body(version)
            answer = await client.patch(where, body, kind=change.kind, timeout_s=CALL_S)
            return Done(version=version_of(decode(answer)))
        except Conflict:
            pass
        except KubeError as error:
            if not may_be_done(error):
                return refused(error)
            lost = str(error)
        there = await _look(client, change, lost=lost)
        if not isinstance(there, str):
            return there
        version = there
    if lost:
        return Unanswered(lost)
    return Refused("Busy", f"{change.path}: changed {TRIES} times while we tried to change it")


async def _look(client: KubeClient, change: Change, *, lost: str) -> Outcome | str:
    """The version at which all is still as it was seen, else what came of it; *lost*: the answer that was, or none."""
    try:
        now = decode(await client.get(change.path, timeout_s=CALL_S))
    except KubeError as error:
        return Unanswered(lost) if lost else refused(error)  # a conflict before it: nothing was written
    if lost and change.is_wanted(now):
        return Done(version=version_of(now))
    return version_of(now) if change.is_seen(now) else ChangedByOthers(change.differs(now))


def may_be_done(error: KubeError) -> bool:
    """Could the call that ended so have been carried out all the same?"""
    if isinstance(error, ApiError):
        return error.status >= _SERVER_FAILED
    return not isinstance(error, Busy | CutOff)


def refused(error: KubeError) -> Refused:
    """The outcome for what the API server would not do, in its own words."""
    return Refused((isinstance(error, ApiError) and error.reason) or type(error).__name__, str(error))


def decode(content: bytes) -> Thing:
    """The object that an answer holds."""
    try:
        thing = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise Garbled(f"not an object of Kubernetes: {error}") from error
    if not isinstance(thing, dict):
        raise Garbled(f"not an object of Kubernetes: {content[:80].decode(errors='replace')}")
    return thing


def version_of(thing: Thing) -> str:
    """Its resourceVersion."""
    return str(thing.get("metadata", {}).get("resourceVersion", ""))
