"""Is the watch behind our own writes? Then what it shows is the past, and deciding on it would make the step twice.

client-go's controllers have had the same guard since 1.36 (StaleControllerConsistency). Versions of one object are
compared as numbers, which the API promises since 1.35; should a watch never tell, a while is enough.
"""

from __future__ import annotations

from collections.abc import Mapping

from autoscaler.controller.memory import Memory

PATIENCE_S = 30.0


def note(memory: Memory, versions: Mapping[str, str], now_s: float) -> None:
    """These were written; an empty version says that the object is gone."""
    memory.behind.update(versions)
    memory.behind_until_s = now_s + PATIENCE_S


def is_behind(memory: Memory, shown: Mapping[str, str], now_s: float) -> bool:
    """Does the watch show older versions than ours? *shown*: by path, without those that it shows none of."""
    if not memory.behind:
        return False
    if now_s < memory.behind_until_s and any(
        _is_older(shown.get(path), version) for path, version in memory.behind.items()
    ):
        return True
    memory.behind.clear()
    return False


def _is_older(shown: str | None, ours: str) -> bool:
    if not ours:
        return shown is not None
    if shown is None:
        return True
    return shown.isdecimal() and ours.isdecimal() and int(shown) < int(ours)
