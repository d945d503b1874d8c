"""The event kernel: what happens next, and nothing else.

Time is an attribute, `now_s`, that jumps from one event to the next. Events wait in a heap of (time, priority,
sequence): at the same time the lower priority number goes first, then whoever was scheduled first. So a run depends
on nothing but the order of calls, never on hashes or addresses, and the same calls give the same run.

An event is a callback, not a generator as in simpy: a pod's departure is one call, needs no stack of its own, and
costs a few microseconds. A cancelled event stays in the heap, marked, and is dropped when its time comes: taking it out
would cost a search each time, and most worlds cancel little.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from simulations.errors import SimulationError

Action = Callable[[], None]

URGENT = -1  # before the ordinary events of the same moment: a site fails, then the requests of that moment meet it
NORMAL = 0
LATE = 1  # after them: an observer sees the moment complete


class ScheduleError(SimulationError):
    """An event cannot be scheduled then."""


class Event:
    """An action with its time. Made by `Kernel.at` and `Kernel.after`; keep it to cancel it."""

    __slots__ = ("_action", "time_s")

    def __init__(self, time_s: float, action: Action) -> None:
        self.time_s = time_s
        self._action: Action | None = action

    @property
    def pending(self) -> bool:
        """Whether it is still to come: neither cancelled nor done."""
        return self._action is not None

    def cancel(self) -> bool:
        """Whether it was still to come; now it never happens. Cancelling twice, or what is done, changes nothing."""
        was_pending = self._action is not None
        self._action = None
        return was_pending

    def _take(self) -> Action | None:
        action, self._action = self._action, None
        return action


class Kernel:
    """A clock and the events to come."""

    def __init__(self, start_s: float = 0.0) -> None:
        if not math.isfinite(start_s):
            raise ScheduleError(f"kernel: start must be a finite time, got {start_s} s")
        self._now_s = start_s
        self._heap: list[tuple[float, int, int, Event]] = []
        self._sequence = count()
        self._stopped = False
        self._running = False

    @property
    def now_s(self) -> float:
        """The simulated time."""
        return self._now_s

    def at(self, time_s: float, action: Action, priority: int = NORMAL) -> Event:
        """Have *action* called at *time_s*, which is now or later."""
        if not self._now_s <= time_s < math.inf:  # NaN fails every comparison
            raise ScheduleError(f"event: time must be finite and not before {self._now_s} s, got {time_s} s")
        event = Event(time_s, action)
        heappush(self._heap, (time_s, priority, next(self._sequence), event))
        return event

    def after(self, delay_s: float, action: Action, priority: int = NORMAL) -> Event:
        """Have *action* called *delay_s* from now."""
        if not 0 <= delay_s < math.inf:
            raise ScheduleError(f"event: delay must be finite and >= 0, got {delay_s} s")
        return self.at(self._now_s + delay_s, action, priority)

    def peek_s(self) -> float:
        """The time of the next event; infinite when none is left."""
        heap = self._heap
        while heap and not heap[0][3].pending:
            heappop(heap)
        return heap[0][0] if heap else math.inf

    def run(self, until_s: float = math.inf) -> int:
        """Call what is due up to and including *until_s*, and answer how many events that were.

        Ends with the clock at *until_s*, or, when it is infinite or somebody called `stop`, at the last event.
        """
        if not until_s >= self._now_s:
            raise ScheduleError(f"run: end must not be before {self._now_s} s, got {until_s} s")
        if self._running:
            raise ScheduleError("run: called from an event; only the outermost run moves the clock")
        heap, done = self._heap, 0
        self._stopped, self._running = False, True
        try:
            while heap and heap[0][0] <= until_s and not self._stopped:
                time_s, _, _, event = heappop(heap)
                action = event._take()  # noqa: SLF001 - the two are one module's secret
                if action is not None:
                    self._now_s = time_s
                    action()
                    done += 1
        finally:
            self._running = False
        if not self._stopped and until_s < math.inf:
            self._now_s = until_s
        return done

    def stop(self) -> None:
        """Let `run` return after the event that called this; what is left stays scheduled."""
        self._stopped = True
