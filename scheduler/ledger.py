"""Places that were promised and that the watch does not tell of yet.

Between our answer and the watch's event lies a moment in which the API server knows of a pod what our mirror does not.
A second pod decided in that moment would get the same GPU. So a promise is charged to the mirror at once, and kept here
until the watch tells of the pod or the promise runs out. By UID: a pod deleted and made again is another pod.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from policies.model.pod import Pod


class Books(Protocol):
    """What the ledger needs of the mirror."""

    def assume(self, pod: Pod, node: str, devices: tuple[int, ...] | None) -> None:
        """Charge a pod to a node before the watch tells of it."""

    def forget(self, uid: str) -> None:
        """Take an assumption back; nothing happens when the watch has told of the pod."""

    def is_assumed(self, uid: str) -> bool:
        """Is the pod charged on our word alone?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A place promised to a pod."""

    pod: Pod
    node: str
    devices: tuple[int, ...]
    until_s: float


class Ledger:
    """Reservations by pod UID. To be used from the event loop only."""

    def __init__(self, books: Books, *, hold_s: float, clock: Callable[[], float]) -> None:
        self._books = books
        self._hold_s = hold_s
        self._clock = clock
        self._held: dict[str, Reservation] = {}

    def __len__(self) -> int:
        return len(self._held)

    def held(self, uid: str) -> Reservation | None:
        """The promise to a pod, None without one."""
        return self._held.get(uid)

    def reserve(self, pod: Pod, node: str, devices: tuple[int, ...]) -> Reservation:
        """Promise a place; one promised to the pod before is given back first."""
        self.release(pod.uid)
        self._books.assume(pod, node, devices or None)
        reservation = Reservation(pod=pod, node=node, devices=devices, until_s=self._clock() + self._hold_s)
        self._held[pod.uid] = reservation
        return reservation

    def release(self, uid: str) -> None:
        """Give a place back: it was refused, or it is known to be somewhere else."""
        if self._held.pop(uid, None) is not None:
            self._books.forget(uid)

    def sweep(self) -> list[Reservation]:
        """Strike what the watch has told of, and give back what ran out, which is returned."""
        now = self._clock()
        ran_out = []
        for uid, reservation in list(self._held.items()):
            if not self._books.is_assumed(uid):
                del self._held[uid]
            elif now >= reservation.until_s:
                self.release(uid)
                ran_out.append(reservation)
        return ran_out
