"""How long users of the demo wait: the way to a replica, its work, and the queue before it.

A replica under load ρ answers in service / (1 - ρ), as a processor that is shared fairly does. Where more comes than
all can do, a queue grows, and whoever is in it waits for what is before him; after `GIVE_UP_S` he goes away. Replicas
beyond home are as far as their site; load spreads evenly by what each can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from autoscaler.planner.observation import HOME
from simulations.demo.world import RTT_MS

ACCESS_MS: Final = 7.0  # to the site next to the user and back: 5G
SERVICE_MS: Final = 10.0
GIVE_UP_S: Final = 1.0
BUSIEST: Final = 0.95  # from here on the queue says how long it takes


class Queue:
    """What waits at the moment."""

    def __init__(self) -> None:
        self._waiting = 0.0  # load × seconds

    def response_ms(self, load: float, ready: Mapping[str, int], growth: float, carried: float, for_s: float) -> float:
        """The mean response time of an interval with that load and so many ready replicas at each place."""
        if carried <= 0:
            self._waiting = 0.0
            return 1000 * GIVE_UP_S
        before = self._waiting
        self._waiting = min(max(0.0, before + (load - carried) * for_s), carried * GIVE_UP_S)
        waits_ms = 1000 * (before + self._waiting) / 2 / carried
        work_ms = SERVICE_MS / (1 - min(load / carried, BUSIEST))
        parts = {place: count * (growth if place == HOME else 1.0) for place, count in ready.items()}
        way_ms = sum(RTT_MS[place] * part for place, part in parts.items()) / sum(parts.values())
        return ACCESS_MS + way_ms + work_ms + waits_ms
