"""Who decides on the number of pods in a scenario of the kind `autoscaling`, by name.

* `hpa@70`: the horizontal pod autoscaler's own rules (`autoscaler.planner.hpa`) at that target, in percent of what a
  pod carries;
* `predictor@70`: the usual remedy: the higher of the present load, its straight trend and yesterday's rise from here,
  at that target;
* `oracle`: knows the load until a pod asked for now is ready, and asks for exactly that;
* `edgeward@70`: our planner, as a controller runs it, with its forecast acting; `edgeward` alone takes the settings'
  target.

All of them keep to the same scale-in window, and at most double in one step, as the HPA does.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil

import numpy as np

from autoscaler.planner.decision import Rung, Step, Wanted
from autoscaler.planner.history import History
from autoscaler.planner.hpa import events
from autoscaler.planner.hpa.reconcile import reconcile
from autoscaler.planner.observation import Observation, Total
from autoscaler.planner.replay import Decider, Load
from autoscaler.planner.spec import Forecast, Horizontal, Metric, Spec, Target
from simulations.errors import InputError
from simulations.unknown import unknown

POLICIES = ("hpa@40", "hpa@50", "hpa@60", "hpa@70", "predictor@70", "oracle", "edgeward")
_NAME = re.compile(r"(?P<who>hpa|predictor|edgeward)@(?P<percent>[1-9]\d?|100)")
_MOST_REPLICAS = 10_000  # no limit that any load here reaches
_DAY_S = 86_400.0
_TREND_S = 120.0
_YESTERDAY_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all scalers of a run are told."""

    pod_rps: float
    start_s: float
    loop_s: float
    window_s: float  # of the metric
    scale_in_window_s: float
    own_target_pct: int  # of `edgeward`
    horizon_s: float
    out_period_s: float
    in_period_s: float
    deviations: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A baseline's answer."""

    wanted: Wanted
    step: Step | None = None
    rung: Rung = "Out"
    held: str = ""


def check(name: str) -> None:
    """InputError unless it is a scaler's name."""
    if name not in ("oracle", "edgeward") and not _NAME.fullmatch(name):
        raise InputError(unknown("scaler", name, POLICIES))


def scaler(name: str, terms: Terms, load: Load) -> tuple[Decider, Metric]:
    """The decider of that name, and the metric that it looks at."""
    check(name)
    match = _NAME.fullmatch(name)
    percent = int(match["percent"]) if match else terms.own_target_pct
    who = match["who"] if match else name
    metric = Metric(
        kind="External",
        name="requests-per-second",
        target=Target(kind="AverageValue", amount=max(1, round(10 * percent * terms.pod_rps))),
    )
    asked = Horizontal(max_replicas=_MOST_REPLICAS, metrics=(metric,), down_window_s=terms.scale_in_window_s)
    match who:
        case "hpa":
            return Hpa(asked), metric
        case "predictor":
            return Chasing(_predicted(load, terms), terms, percent), metric
        case "oracle":
            return Chasing(_known(load, terms), terms, 100), metric
        case _:
            from autoscaler.planner.planned import Planned, anywhere  # noqa: PLC0415 - baselines need no forecast

            asked = replace(asked, out_period_s=terms.out_period_s, in_period_s=terms.in_period_s)
            forecast = Forecast(mode="Act", horizon_s=terms.horizon_s, deviations=terms.deviations)
            return Planned(Spec(horizontal=asked, forecast=forecast), anywhere), metric


@dataclass(slots=True)
class Hpa:
    """The horizontal rules alone."""

    asked: Horizontal
    history: History = field(default_factory=History)

    def __call__(self, seen: Observation) -> Plain:
        outcome = reconcile(self.asked, seen, self.history, current=seen.home)
        self.history = outcome.history
        if outcome.desired != seen.home:
            self.history = events.changed(self.history, self.asked, seen.home, outcome.desired, seen.now_s)
        return Plain(wanted=Wanted(home=outcome.desired))


class Chasing:
    """Pods for a guess of the load, by *percent* of what each carries, with the HPA's window and doubling."""

    def __init__(self, guess: Callable[[float, float], float], terms: Terms, percent: int) -> None:
        self._guess = guess
        self._each = terms.pod_rps * percent / 100
        self._window_s = terms.scale_in_window_s
        self._wishes: deque[tuple[float, int]] = deque()  # falling: an older one counts only while it is higher

    def __call__(self, seen: Observation) -> Plain:
        reading = seen.readings[0]
        now = reading.milli / 1000 if isinstance(reading, Total) else 0.0
        wish = max(1, ceil(self._guess(seen.now_s, now) / self._each - 1e-9))
        while self._wishes and self._wishes[-1][1] <= wish:
            self._wishes.pop()
        self._wishes.append((seen.now_s, wish))
        while self._wishes[0][0] <= seen.now_s - self._window_s:
            self._wishes.popleft()
        return Plain(wanted=Wanted(home=min(self._wishes[0][1], max(2 * seen.home, 4))))  # rule 38


def _known(load: Load, terms: Terms) -> Callable[[float, float], float]:
    """The highest load until the next turn's pods are ready, and a turn further: doubling once may not be enough."""
    return lambda now_s, _now: _most(load, now_s, now_s + terms.start_s + 2 * terms.loop_s)


def _predicted(load: Load, terms: Terms) -> Callable[[float, float], float]:
    """Now, the straight trend of the last two minutes, or the most of yesterday from here to ten minutes on."""

    def guess(now_s: float, now: float) -> float:
        ahead_s = terms.start_s + terms.loop_s
        before_s = now_s - _TREND_S
        before = load.mean(before_s - terms.window_s, before_s) if before_s > load.begins_s else now
        trend = now + (now - before) / _TREND_S * ahead_s
        return max(now, trend, _most(load, now_s - _DAY_S, now_s - _DAY_S + ahead_s + _YESTERDAY_S))

    return guess


def _most(load: Load, from_s: float, until_s: float) -> float:
    """The highest load between the two; 0 before it began."""
    if from_s < load.begins_s:
        return 0.0
    first = int(np.searchsorted(load.start_s, from_s, side="right")) - 1
    last = int(np.searchsorted(load.start_s, until_s, side="left"))
    return float(load.values[first : max(last, first + 1)].max())
