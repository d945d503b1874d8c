"""One decision: what the metrics wish for, what windows and periods let through, and which rung of the ladder gives it.

`plan` is the one function of (specification, observation, history, rooms) that the controller, the simulator, the
what-if run and the replay of a record call. The same values give the same decision. A workload without further rungs
and with periods of 0 is scaled exactly as the horizontal pod autoscaler would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from autoscaler.planner import ladder, periods, rebase, sizes
from autoscaler.planner.choice import Choice, chosen
from autoscaler.planner.conditions import backing_off, limited, paused
from autoscaler.planner.decision import OUTWARDS, Condition, Decision, Step
from autoscaler.planner.forecast import ahead, remembered
from autoscaler.planner.granted import granted, grown
from autoscaler.planner.history import History
from autoscaler.planner.hpa import events
from autoscaler.planner.hpa.reconcile import Outcome, reconcile, rescaled
from autoscaler.planner.ladder import Move, Stand
from autoscaler.planner.observation import HOME, Observation, PodValues, Rooms, Size
from autoscaler.planner.plausibility import plausible
from autoscaler.planner.recommend import recommended
from autoscaler.planner.spec import Horizontal, Metric, Spec
from autoscaler.planner.words import numbers, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sizes:
    """Present size, size before the first step up, and the resource that steps move."""

    size: Size
    base: Size
    resource: str


def plan(spec: Spec, seen: Observation, history: History, rooms: Rooms) -> Decision:
    """The next step, at most one, with its reasons; and the history that goes with it."""
    asked = spec.horizontal
    readings, said = plausible(spec.plausibility, asked.metrics, seen.readings, history.seen, seen.now_s)
    if readings != seen.readings:
        seen = replace(seen, readings=readings)
    seen, history = granted(seen), replace(history, seen=said)
    state = _sizes_of(spec, seen, history)
    if (history.size or history.base) and (not history.size or state.size is seen.template):
        history = replace(history, size={}, base={})

    direct = not asked.min_replicas <= seen.home <= asked.max_replicas  # rule 5b, 5c; 0 may mean a pause (5a)
    current = seen.home if direct or not seen.home else seen.home + sum(seen.beyond.values())
    growth = grown(seen, state.base, state.resource)
    metrics = rebase.metrics(asked.metrics, lambda resource: grown(seen, state.base, resource), seen)
    first = Stand(seen=seen, size=state.size, base=state.base, resource=state.resource, wish=current)
    horizontal = periods.watchful(asked)
    if metrics is not asked.metrics:
        horizontal = replace(horizontal, metrics=metrics)
    if ladder.has_rungs(spec) and not direct:
        horizontal = replace(horizontal, max_replicas=max(asked.max_replicas, ladder.ceiling(spec, first)))
    outcome = reconcile(horizontal, seen, history, current=current)
    load = _load(outcome)
    series, predicted, floor = _looked_ahead(spec, history, load, growth, seen.now_s)
    if floor > outcome.proposal:
        outcome = reconcile(horizontal, seen, history, current=current, floor=floor)
    if series is not history.series:
        outcome = replace(outcome, history=replace(outcome.history, series=series))

    stand = replace(
        first,
        resource=_driver(metrics, outcome),
        wish=_wish(spec, outcome, current),
        load=load,
        computed=outcome.computed or direct or outcome.desired != current,
    )
    known, recommendation = _recommendation(spec, seen, outcome.history)
    choice = chosen(spec, stand, known, rooms, direct=direct)
    move, known, held = choice.move, choice.known, choice.held
    if spec.paused and move.kind:
        move, held = replace(move, kind=None, wanted=ladder.as_is(stand)), "paused"
    done = known if move.kind is None else _after(asked, stand, state, move, known)
    return Decision(
        wanted=move.wanted,
        rung=stand.rung,
        step=_step(stand, move, outcome, metrics) if move.kind else None,
        held=held,
        wish=outcome.proposal,
        desired=outcome.desired,
        metrics=outcome.metrics,
        conditions=_conditions(spec, stand, outcome, replace(choice, move=move, held=held)),
        exhausted=move.exhausted,
        recommendation=recommendation,
        forecast=None if predicted is None else ceil(predicted / growth),
        history=done,
        unmoved=known,
    )


def _conditions(spec: Spec, stand: Stand, outcome: Outcome, choice: Choice) -> tuple[Condition, ...]:
    """The horizontal rules' own, and what the ladder and the periods add."""
    conditions = outcome.conditions
    if ladder.has_rungs(spec) and outcome.computed:
        conditions = limited(conditions, stand.wish, stand.current, choice.move)
    conditions = (*conditions, *_zero(spec.horizontal, stand, choice.move))
    if choice.backoff:
        conditions = backing_off(conditions, choice.backoff, choice.held)
    return paused(conditions) if spec.paused else conditions


def _looked_ahead(
    spec: Spec, history: History, load: float | None, growth: Fraction, now_s: float
) -> tuple[tuple[tuple[float, float], ...], float | None, int]:
    """What to remember of the load, the forecast, and the replicas of the present size that it insists on.

    The present load is part of it: a burst cannot wait for the next turn.
    """
    if spec.forecast.mode == "Off":
        return history.series, None, 0
    series = history.series if load is None else remembered(history.series, now_s, float(load * growth))
    predicted = ahead(spec.forecast, series, now_s)
    if predicted is None or spec.forecast.mode != "Act":
        return series, predicted, 0
    return series, predicted, ceil(predicted / growth)


def _after(asked: Horizontal, stand: Stand, state: _Sizes, move: Move, known: History) -> History:
    """What is to be remembered when the move was made."""
    now_s, wanted = stand.seen.now_s, move.wanted
    after = wanted.home + sum(wanted.beyond.values())
    known = replace(
        events.changed(known, asked, stand.current, after, now_s),
        last_change_s=now_s,
        last_out_s=now_s if move.kind in OUTWARDS else known.last_out_s,
        room_since_s=None,
        surplus_since_s=None,
    )
    if move.kind not in ("ScaleUp", "ScaleDown"):
        return known
    size = wanted.size or state.base
    moved = next((resource for _, resource, _, _ in sizes.changed(stand.size, size)), stand.resource)
    known = rebase.history(known, sizes.factor(size, stand.size, moved))
    return replace(known, size=dict(wanted.size), base=dict(state.base) if wanted.size else {})


def _step(stand: Stand, move: Move, outcome: Outcome, metrics: tuple[Metric, ...]) -> Step:
    assert move.kind is not None
    before, after = sentence(ladder.as_is(stand), stand.base), sentence(move.wanted, stand.base)
    said = numbers(outcome.metrics, metrics)
    why = ". ".join(part for part in (outcome.reason, said, move.why) if part)
    return Step(kind=move.kind, before=before, after=after, why=why)


def _zero(asked: Horizontal, stand: Stand, move: Move) -> tuple[Condition, ...]:
    """Whether it was this autoscaler that left the workload without replicas: only then may it fill it again."""
    if move.kind is None and not (asked.scale_to_zero and stand.seen.scaled_to_zero and stand.current == 0):
        return ()
    after = move.wanted.home + sum(move.wanted.beyond.values())
    before = stand.current if move.kind else 1  # told again as it was told then
    made = rescaled((), asked, current=before, desired=after)
    return tuple(each for each in made if each.type == "ScaledToZero")


def _sizes_of(spec: Spec, seen: Observation, history: History) -> _Sizes:
    """The sizes in force. A template that somebody changed begins anew with the size that it names."""
    template = seen.template
    if not history.size:
        return _Sizes(size=template, base=template, resource=_first_resource(spec))
    ours = history.base if spec.vertical.mode == "InPlace" else history.size
    if not spec.vertical.acts or not sizes.is_same(template, ours):
        return _Sizes(size=template, base=template, resource=_first_resource(spec))
    base = sizes.over(template, history.base)
    size = sizes.over(template, history.size)
    moved = {resource for _, resource, _, _ in sizes.changed(base, size)}
    return _Sizes(size=size, base=base, resource="cpu" if "cpu" in moved or not moved else min(moved))


def _first_resource(spec: Spec) -> str:
    return next((each.name for each in spec.horizontal.metrics if _is_resource(each)), "cpu")


def _driver(metrics: tuple[Metric, ...], outcome: Outcome) -> str:
    """The resource of the metric that wishes for most; CPU where that is none of a resource."""
    best, resource = -1, "cpu"
    for metric, status in zip(metrics, outcome.metrics, strict=False):
        if status.replicas is not None and status.replicas > best:
            best, resource = status.replicas, metric.name if _is_resource(metric) else "cpu"
    return resource


def _is_resource(metric: Metric) -> bool:
    return metric.kind in ("Resource", "ContainerResource")


def _wish(spec: Spec, outcome: Outcome, current: int) -> int:
    """What the ladder is asked for. A window holds a change back; with further rungs it never makes one.

    Without them it may, as the horizontal pod autoscaler's does (rule 37): a wish of four minutes ago that was cut
    then scales out now. On a ladder that would be a step up, or over edge, that no metric asks for.
    """
    if not outcome.computed or not ladder.has_rungs(spec):
        return outcome.desired
    return min(outcome.desired, max(outcome.proposal, current))


def _load(outcome: Outcome) -> float | None:
    if not outcome.metrics or any(status.exact is None for status in outcome.metrics):
        return None
    return max(status.exact for status in outcome.metrics if status.exact is not None)


def _recommendation(spec: Spec, seen: Observation, history: History) -> tuple[History, Mapping[str, Mapping[str, int]]]:
    if spec.vertical.mode == "Off":
        return history, {}
    samples: list[tuple[str, str, int, float]] = []  # container, resource, thousandths, when
    home = {pod.name for pod in seen.pods if pod.place == HOME}
    for metric, reading in zip(spec.horizontal.metrics, seen.readings, strict=True):
        if isinstance(reading, PodValues) and metric.kind == "Resource":
            samples += [
                (container, metric.name, amount, sample.timestamp_s)
                for name, sample in reading.samples.items()
                if name in home
                for container, amount in sample.by_container.items()
                if amount is not None
            ]
    killed = [
        (container.name, container.requests.get("memory", 0), at_s)
        for pod in seen.pods
        if pod.oom_killed and pod.place == HOME
        for container in pod.containers
        for name, at_s in pod.oom_killed
        if name == container.name
    ]
    size, usage = recommended(spec.vertical, history.usage, samples, seen.now_s, oom=killed)
    return replace(history, usage=usage), size
