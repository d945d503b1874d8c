"""A recorded load played against a decider: what would it have done, and what would its pods not have carried?

One loop for the simulator and for `edgeward decide --trace`: every `loop_s` the metric is read (the load's mean over
the last `window_s`), the decider answers, its answer is done, and the load of the next interval flows over the pods.
The load is what was offered, so a metric never saturates at what the pods can do: a decider that is late is not also
blind, which flatters all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Protocol

import numpy as np
import numpy.typing as npt

from autoscaler.planner.decision import Rung, Step, Wanted
from autoscaler.planner.errors import PlannerError
from autoscaler.planner.fluid import Change, Fluid, Replica
from autoscaler.planner.observation import HOME, Observation, PodValues, Reading, Sample, Total
from autoscaler.planner.spec import Metric

Floats = npt.NDArray[np.float64]

LOOP_S = 15.0  # --horizontal-pod-autoscaler-sync-period
WINDOW_S = 60.0


class Answer(Protocol):
    """What of a `Decision` a replay looks at; a baseline's answer has no more."""

    @property
    def wanted(self) -> Wanted: ...
    @property
    def step(self) -> Step | None: ...
    @property
    def rung(self) -> Rung: ...
    @property
    def held(self) -> str: ...


Decider = Callable[[Observation], Answer]


class Load:
    """An amount over time: `values[i]` holds from `start_s[i]` until the next start, the last for `last_s`."""

    def __init__(self, start_s: Floats, values: Floats, *, last_s: float) -> None:
        if len(start_s) != len(values) or not len(values):
            raise PlannerError(f"load: wants a value for each start, got {len(start_s)} and {len(values)}")
        self.start_s, self.values = start_s, values
        self.ends_s = float(start_s[-1]) + last_s
        self._edges = np.append(start_s, self.ends_s)
        self._sums = np.concatenate([[0.0], np.cumsum(values * np.diff(self._edges))])

    @property
    def begins_s(self) -> float:
        """Its first moment."""
        return float(self.start_s[0])

    @property
    def total(self) -> float:
        """Amount × seconds."""
        return float(self._sums[-1])

    def mean(self, from_s: float, until_s: float) -> float:
        """The mean between two moments; before the load begins there is none of it."""
        from_s = max(from_s, self.begins_s)
        if until_s <= from_s:
            return float(self.values[0])
        before, after = np.interp((from_s, until_s), self._edges, self._sums)
        return float(after - before) / (until_s - from_s)

    def changes(self, after_s: float, until_s: float) -> list[float]:
        """The moments between the two at which it changes."""
        first, last = np.searchsorted(self.start_s, (after_s, until_s), side="right")
        return [moment for moment in self.start_s[first:last].tolist() if after_s < moment < until_s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One turn of the loop: what was seen and done at `at_s`, and what became of the load until the next turn."""

    at_s: float
    for_s: float
    load: float  # mean of the interval
    seen: float  # the metric's number that was decided on
    home: int
    beyond: Mapping[str, int]
    growth: float
    carried: float  # what the ready pods can take, mean of the interval
    late: float  # load × seconds above that
    short_s: float  # seconds in which there was any
    step: Step | None
    rung: Rung
    held: str
    change: Change

    @property
    def count(self) -> int:
        """Replicas asked for at all places."""
        return self.home + sum(self.beyond.values())


def replay(
    decide: Decider,
    load: Load,
    pods: Fluid,
    metrics: Sequence[Metric],
    *,
    loop_s: float = LOOP_S,
    window_s: float = WINDOW_S,
) -> Iterator[Moment]:
    """Turn by turn to the load's end; *pods* are changed on the way."""
    now_s = load.begins_s
    turn = 0
    while now_s < load.ends_s:
        amount = load.mean(now_s - window_s, now_s)
        answer = decide(observation(pods, metrics, amount, now_s))
        change = pods.apply(answer.wanted, now_s)
        turn += 1
        until_s = min(load.begins_s + turn * loop_s, load.ends_s)
        carried, late, short_s = _flow(load, pods, now_s, until_s)
        yield Moment(
            at_s=now_s,
            for_s=until_s - now_s,
            load=load.mean(now_s, until_s),
            seen=amount,
            home=pods.home,
            beyond=pods.beyond,
            growth=pods.growth,
            carried=carried,
            late=late,
            short_s=short_s,
            step=answer.step,
            rung=answer.rung,
            held=answer.held,
            change=change,
        )
        now_s = until_s


def observation(pods: Fluid, metrics: Sequence[Metric], amount: float, now_s: float) -> Observation:
    """What would be seen of the pods while *amount* flows over them."""
    ready = [pod for pod in pods.pods if pod.ready_s <= now_s] if any(map(_is_shared, metrics)) else []
    return Observation(
        now_s=now_s,
        home=pods.home,
        status_replicas=pods.count,
        pods=pods.seen(now_s),
        readings=tuple(_reading(metric, amount, pods, ready, now_s) for metric in metrics),
        beyond=pods.beyond,
        template=pods.assumed.template,
    )


def _is_shared(metric: Metric) -> bool:
    return metric.kind in ("Resource", "ContainerResource", "Pods")


def _reading(metric: Metric, amount: float, pods: Fluid, ready: Sequence[Replica], now_s: float) -> Reading:
    """The amount as that metric tells it: in all, or each ready pod's part of it."""
    if not _is_shared(metric):
        return Total(milli=_milli(amount), timestamp_s=now_s)
    parts = [pods.growth if pod.place == HOME else 1.0 for pod in ready]
    whole = sum(parts)
    names = [""] if metric.kind == "Pods" else list(pods.assumed.template)
    return PodValues(
        samples={
            pod.name: Sample(
                by_container={name: _milli(amount * part / whole / len(names)) for name in names}, timestamp_s=now_s
            )
            for pod, part in zip(ready, parts, strict=True)
        }
    )


def _milli(amount: float) -> int:
    return ceil(round(amount * 1000, 6))  # what a float adds is not a thousandth more


def _flow(load: Load, pods: Fluid, from_s: float, until_s: float) -> tuple[float, float, float]:
    """Mean carried, load × seconds above it, and seconds with any, between two turns."""
    edges = sorted({from_s, until_s, *load.changes(from_s, until_s), *pods.becomes_ready(from_s, until_s)})
    carried = late = short_s = 0.0
    for start_s, end_s in pairwise(edges):
        could, for_s = pods.carries(start_s), end_s - start_s
        over = load.mean(start_s, end_s) - could
        carried += could * for_s
        if over > 1e-9 * max(1.0, could):
            late += over * for_s
            short_s += for_s
    return carried / (until_s - from_s), late, short_s
