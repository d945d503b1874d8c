"""Taints and tolerations, as far as they decide where a new pod may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

KEEPS_NEW_PODS_OFF = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """core/v1 Taint."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"

    def __str__(self) -> str:
        return f"{self.key}{'=' + self.value if self.value else ''}:{self.effect}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toleration:
    """core/v1 Toleration. An empty key with `Exists` tolerates all; an empty effect matches every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Does it match, as core/v1's ToleratesTaint has it."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        if self.operator == "Exists":
            return True
        return bool(self.key) and self.value == taint.value


def untolerated(taints: Iterable[Taint], tolerations: Iterable[Toleration]) -> Taint | None:
    """The first taint that keeps a pod with these tolerations off, or None."""
    tolerations = tuple(tolerations)
    for taint in taints:
        if taint.effect in KEEPS_NEW_PODS_OFF and not any(t.tolerates(taint) for t in tolerations):
            return taint
    return None
