"""Vectors of windows, rates and limits: rules 37–45 one at a time."""

from __future__ import annotations

from typing import Any

from autoscaler.decide.calculators import NOW_S
from autoscaler.decide.fields import Fields
from autoscaler.planner.history import History, Recommendation, ScaleEvent
from autoscaler.planner.hpa import events, limits, windows
from autoscaler.planner.spec import DOWN_DEFAULT, UP_DEFAULT, Horizontal, Policy, Rules

Answer = dict[str, Any]
_LOOK_BACK_S = 60.0  # upstream's table asks for the changes of the last minute


def clamp_default(fields: Fields) -> Answer:
    """Kind `clamp_default`: rule 38."""
    found = limits.by_rule(
        fields.whole("desired"),
        current=fields.whole("current_replicas"),
        least=fields.whole("min"),
        most=fields.whole("max"),
    )
    return {"replicas": found.replicas, "reason": found.reason}


def stabilize_default(fields: Fields) -> Answer:
    """Kind `stabilize_default`: rule 37."""
    asked = Horizontal(max_replicas=1, metrics=(), down_window_s=fields.number("window_s"))
    found = windows.by_window(asked, _history(fields), fields.whole("desired"), NOW_S)
    return {"replicas": found.replicas, "log_length": len(found.history.recommendations)}


def stabilize_behavior(fields: Fields) -> Answer:
    """Kind `stabilize_behavior`: rule 40."""
    up, down = Rules(window_s=fields.number("up_window_s")), Rules(window_s=fields.number("down_window_s"))
    asked = Horizontal(max_replicas=1, metrics=(), up=up, down=down)
    current = fields.whole("current_replicas")
    found = windows.by_behavior(
        asked, up, down, _history(fields), fields.whole("desired"), current=current, now_s=NOW_S
    )
    return {"replicas": found.replicas, "log": [each.replicas for each in found.history.recommendations]}


def behavior_rate(fields: Fields) -> Answer:
    """Kind `behavior_rate`: rules 41–44."""
    history = History(out_events=_events(fields, "scale_up_events"), in_events=_events(fields, "scale_down_events"))
    found = limits.by_rate(
        rules(fields, "scale_up") or UP_DEFAULT,
        rules(fields, "scale_down") or DOWN_DEFAULT,
        history,
        fields.whole("desired"),
        current=fields.whole("current_replicas"),
        least=fields.whole("min"),
        most=fields.whole("max"),
        now_s=NOW_S,
    )
    return {"replicas": found.replicas, "reason": found.reason}


def scale_up_limit(fields: Fields) -> Answer:
    """Kind `scale_up_limit`: rules 42–43."""
    given, current = rules(fields, "rules") or UP_DEFAULT, fields.whole("current_replicas")
    return {"limit": limits.up_limit(given, History(), current=current, now_s=NOW_S)}


def scale_down_limit(fields: Fields) -> Answer:
    """Kind `scale_down_limit`: rules 42–43."""
    given, current = rules(fields, "rules") or DOWN_DEFAULT, fields.whole("current_replicas")
    return {"limit": limits.down_limit(given, History(), current=current, now_s=NOW_S)}


def store_scale_events(fields: Fields) -> Answer:
    """Kind `store_scale_events`: rule 45; without rules nothing is stored."""
    before, given, change = _events(fields, "prev_events"), rules(fields, "rules"), fields.whole("replica_change")
    after = events.stored(given, before, change, NOW_S) if given else before
    return {
        "change_in_last_60s_before": limits.changed_within(before, _LOOK_BACK_S, NOW_S),
        "events_after": [{"change": each.change, "outdated": each.outdated} for each in after],
    }


def rules(fields: Fields, name: str) -> Rules | None:
    """One direction of `behavior`, None where it is null."""
    if not fields.has(name):
        return None
    told = fields.part(name)
    match told.text("selectPolicy", "Max"):
        case "Max":
            given = Rules(select="Max")
        case "Min":
            given = Rules(select="Min")
        case "Disabled":
            given = Rules(select="Disabled")
        case _:
            raise told.wrong("selectPolicy", "Max, Min or Disabled")
    window_s = told.number("stabilizationWindowSeconds") if told.has("stabilizationWindowSeconds") else None
    return Rules(
        select=given.select, window_s=window_s, policies=tuple(_policy(each) for each in told.parts("policies"))
    )


def recommendations(fields: Fields) -> tuple[Recommendation, ...]:
    """What was wished for before, relative to now."""
    return tuple(
        Recommendation(each.whole("replicas"), NOW_S + each.number("rel_s")) for each in fields.parts("recommendations")
    )


def _policy(fields: Fields) -> Policy:
    match fields.text("type"):
        case "Pods":
            return Policy(kind="Pods", value=fields.whole("value"), period_s=fields.number("periodSeconds"))
        case "Percent":
            return Policy(kind="Percent", value=fields.whole("value"), period_s=fields.number("periodSeconds"))
        case _:
            raise fields.wrong("type", "Pods or Percent")


def _history(fields: Fields) -> History:
    return History(recommendations=recommendations(fields), started=True)


def _events(fields: Fields, name: str) -> tuple[ScaleEvent, ...]:
    return tuple(
        ScaleEvent(each.whole("change"), NOW_S + each.number("rel_s"), each.flag("outdated", False))
        for each in fields.parts(name)
    )
