"""Which move, if any, is made now: the ladder's, when the periods and the time that things must last allow it.

Outward steps wait for the outward period alone. Inward ones must also have had their reason for a while: replicas over
edge are given back after `dwellSeconds` of surplus or of room at home, pods become smaller after the scale-in window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from autoscaler.planner import ladder, periods
from autoscaler.planner.decision import StepKind
from autoscaler.planner.history import History
from autoscaler.planner.ladder import Move, Stand
from autoscaler.planner.observation import Fit, Rooms
from autoscaler.planner.spec import Horizontal, Spec
from autoscaler.planner.words import waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A move (its kind None: hold), what is to be remembered of dwelling, and why it is held back."""

    move: Move
    known: History
    held: str = ""
    backoff: Literal["", "BackoffUpscale", "BackoffDownscale"] = ""  # a period or a dwell time holds it (rule 46)


def chosen(spec: Spec, stand: Stand, known: History, rooms: Rooms, *, direct: bool) -> Choice:
    """The move for a stand; *direct* when home is outside its bounds, which waits for nothing (rule 5b, 5c)."""
    if direct:
        return Choice(move=_to_the_bound(stand), known=known)
    if _is_short(spec, stand):
        return _outward(spec, stand, replace(known, surplus_since_s=None), rooms)
    if not stand.computed:
        return Choice(move=_nothing(stand), known=known)
    return _inward(spec, stand, known, ladder.home_again(spec, stand, rooms))


def _is_short(spec: Spec, stand: Stand) -> bool:
    """Are more wished for than serve, or could?"""
    stuck = stand.unschedulable if ladder.has_rungs(spec) else 0
    if not stuck:
        return stand.wish > stand.current
    if not stand.computed:  # what has gone beyond already stands for what is stuck
        return stuck > stand.beyond
    return stand.wish > stand.current or stand.need > stand.current - stuck


def _to_the_bound(stand: Stand) -> Move:
    wanted = ladder.as_is(stand)
    kind: StepKind | None = "ScaleOut" if stand.wish > wanted.home else "ScaleIn" if stand.wish < wanted.home else None
    return Move(kind=kind, wanted=replace(wanted, home=stand.wish), why="")


def _outward(spec: Spec, stand: Stand, known: History, rooms: Rooms) -> Choice:
    if wait_s := periods.outward_wait_s(spec.horizontal, known, stand.seen.now_s):
        return Choice(
            move=_nothing(stand), known=known, held=waiting(stand, "outward", wait_s), backoff="BackoffUpscale"
        )
    move = ladder.climb(spec, stand, rooms)
    return Choice(move=move, known=known, held="" if move.kind else move.why)


def _inward(spec: Spec, stand: Stand, known: History, fit: Fit) -> Choice:
    now_s = stand.seen.now_s
    is_less = stand.wish < stand.current
    move = ladder.descend(spec, stand) if is_less else _at_rest(spec, stand, fit)
    is_surplus = move.kind is not None and (is_less or not fit.count)
    room_since = _since(known.room_since_s, now_s) if fit.count else None
    surplus_since = _since(known.surplus_since_s, now_s) if is_surplus else None
    if (room_since, surplus_since) != (known.room_since_s, known.surplus_since_s):
        known = replace(known, room_since_s=room_since, surplus_since_s=surplus_since)
    if move.kind is None:
        return Choice(move=move, known=known, held=move.why if is_less else "")
    since = surplus_since if is_surplus else room_since
    lasted_s = now_s if since is None else since
    wait_s = max(
        periods.inward_wait_s(spec.horizontal, known, now_s), lasted_s + _dwell_s(spec, move, is_less=is_less) - now_s
    )
    if wait_s > 0:
        return Choice(
            move=_nothing(stand), known=known, held=waiting(stand, "inward", wait_s), backoff="BackoffDownscale"
        )
    return Choice(move=move, known=known)


def _at_rest(spec: Spec, stand: Stand, fit: Fit) -> Move:
    """Neither more nor fewer are wished for: those over edge may come home, big pods may be smaller."""
    if fit.count:
        return ladder.come_home(stand, fit)
    if stand.is_up and not stand.beyond:
        return ladder.shrink(spec, stand)
    return _nothing(stand)


def _dwell_s(spec: Spec, move: Move, *, is_less: bool) -> float:
    """For how long the reason must have lasted."""
    if move.kind == "ComeHome":
        return spec.over_edge.dwell_s
    if move.kind == "ScaleDown" or not is_less:  # judged by the load itself, which no recommendation remembers
        return max(spec.horizontal.in_period_s, _window_s(spec.horizontal))
    return 0.0


def _window_s(asked: Horizontal) -> float:
    down = asked.down
    return asked.down_window_s if down is None or down.window_s is None else down.window_s


def _since(since_s: float | None, now_s: float) -> float:
    return now_s if since_s is None else since_s


def _nothing(stand: Stand) -> Move:
    return Move(kind=None, wanted=ladder.as_is(stand), why="")
