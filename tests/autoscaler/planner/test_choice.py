"""Which move is made now: outward after its period, inward after its own and with a reason that has lasted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autoscaler.planner.choice import Choice, chosen
from autoscaler.planner.decision import Wanted
from autoscaler.planner.history import History
from autoscaler.planner.ladder import Stand
from autoscaler.planner.observation import Fit, Observation, PodSeen, Size
from autoscaler.planner.spec import Bounds, Horizontal, OverEdge, Rules, Spec, Vertical

NOW_S = 10_000.0
BASE: Size = {"app": {"cpu": 500}}
BIG: Size = {"app": {"cpu": 1000}}


def make_spec(**horizontal: Any) -> Spec:
    """Out after 180 s, in after 300 s, home from the edge after 100 s, a window of 400 s."""
    plain: dict[str, Any] = {
        "max_replicas": 4,
        "metrics": (),
        "out_period_s": 180.0,
        "in_period_s": 300.0,
        "down_window_s": 400.0,
    }
    return Spec(
        horizontal=Horizontal(**(plain | horizontal)),
        vertical=Vertical(mode="InPlace", containers=(Bounds(container="app", most={"cpu": 1000}),)),
        over_edge=OverEdge(places=("cloud",), max_replicas=6, dwell_s=100.0),
    )


def stand(home: int, *, wish: int, size: Size = BASE, load: float | None = None, cloud: int = 0) -> Stand:
    seen = Observation(
        now_s=NOW_S,
        home=home,
        status_replicas=home + cloud,
        pods=tuple(PodSeen(name=f"p{n}") for n in range(home)),
        readings=(),
        beyond={"cloud": cloud} if cloud else {},
        template=BASE,
    )
    return Stand(seen=seen, size=size, base=BASE, resource="cpu", wish=wish, load=load)


def ago(
    *, out: float | None = None, change: float | None = None, room: float | None = None, surplus: float | None = None
) -> History:
    """`surplus=100` is a surplus since 100 s ago."""
    return History(
        last_out_s=None if out is None else NOW_S - out,
        last_change_s=None if change is None else NOW_S - change,
        room_since_s=None if room is None else NOW_S - room,
        surplus_since_s=None if surplus is None else NOW_S - surplus,
    )


def choose(there: Stand, known: History, *, room: int = 9, direct: bool = False, **horizontal: Any) -> Choice:
    def rooms(_place: str, up_to: int) -> Fit:
        return Fit(count=min(room, up_to))

    return chosen(make_spec(**horizontal), there, known, rooms, direct=direct)


def wait_s(choice: Choice) -> int:
    """From the sentence: the only thing that a reader sees of it."""
    return int(choice.held.rsplit(" ", 2)[1])


@pytest.mark.parametrize(("home", "wish", "kind"), [(9, 4, "ScaleIn"), (1, 2, "ScaleOut"), (3, 3, None)])
def test_what_is_out_of_bounds_goes_to_the_bound_at_once(home: int, wish: int, kind: str | None) -> None:
    known = ago(out=1, change=1)
    choice = choose(stand(home, wish=wish, cloud=1), known, direct=True)
    assert (choice.move.kind, choice.move.wanted) == (kind, Wanted(home=wish, beyond={"cloud": 1}))
    assert (choice.move.why, choice.known, choice.held, choice.backoff) == ("", known, "", "")


def test_outward_waits_for_its_period_only() -> None:
    known = ago(out=179, change=1, surplus=50, room=60)
    held = choose(stand(2, wish=3), known)
    assert (held.move.kind, held.move.wanted, held.move.why, held.backoff) == (
        None,
        Wanted(home=2),
        "",
        "BackoffUpscale",
    )
    assert held.held == "3 wished for, 2 there: the next step outward may come in 1 s"
    assert held.known == replace(known, surplus_since_s=None)  # more is wished for: that is no surplus
    made = choose(stand(2, wish=3), ago(out=180, change=1))
    assert (made.move.kind, made.move.wanted, made.held, made.backoff) == ("ScaleOut", Wanted(home=3), "", "")


def test_an_exhausted_ladder_holds_and_says_why() -> None:
    held = choose(stand(4, wish=5, size=BIG), History(), room=0)
    assert (held.move.kind, held.backoff) == (None, "")
    assert held.held == "at maxReplicas 4; app is at maxAllowed cpu 1; cloud has no room"


def test_inward_waits_for_its_period_only_where_a_window_remembers() -> None:
    held = choose(stand(3, wish=2), ago(change=299))
    assert (held.move.kind, held.move.wanted, held.backoff) == (None, Wanted(home=3), "BackoffDownscale")
    assert held.held == "2 wished for, 3 there: the next step inward may come in 1 s"
    assert held.known.surplus_since_s == NOW_S
    made = choose(stand(3, wish=2), ago(change=300))
    assert (made.move.kind, made.move.wanted, made.held, made.backoff) == ("ScaleIn", Wanted(home=2), "", "")


@pytest.mark.parametrize(
    ("there", "known", "kind", "waits_s"),
    [
        pytest.param(stand(4, wish=5, cloud=2), ago(surplus=99), "ComeHome", 1, id="home, when fewer would do"),
        pytest.param(stand(4, wish=5, cloud=2), ago(surplus=99, change=290), "ComeHome", 10, id="the longer of two"),
        pytest.param(stand(3, wish=5, cloud=2), ago(room=99), "ComeHome", 1, id="home, when home has room"),
        pytest.param(stand(4, wish=3, size=BIG, load=1.0), ago(surplus=399), "ScaleDown", 1, id="down, on a wish"),
        pytest.param(stand(2, wish=2, size=BIG, load=0.5), ago(surplus=399), "ScaleDown", 1, id="down, at rest"),
    ],
)
def test_a_reason_must_last(there: Stand, known: History, kind: str, waits_s: int) -> None:
    held = choose(there, known)
    assert (held.move.kind, wait_s(held), held.backoff) == (None, waits_s, "BackoffDownscale")
    later = replace(
        known,
        room_since_s=known.room_since_s and known.room_since_s - waits_s,
        surplus_since_s=known.surplus_since_s and known.surplus_since_s - waits_s,
        last_change_s=known.last_change_s and known.last_change_s - waits_s,
    )
    assert choose(there, later).move.kind == kind
    assert later == choose(there, later).known  # the reason goes on


@pytest.mark.parametrize(
    ("there", "waits_s"),
    [(stand(4, wish=5, cloud=2), 100), (stand(3, wish=5, cloud=2), 100), (stand(2, wish=2, size=BIG, load=0.5), 400)],
    ids=["surplus", "room", "idle pods"],
)
def test_a_new_reason_lasts_from_now_on(there: Stand, waits_s: int) -> None:
    assert wait_s(choose(there, History())) == waits_s


@pytest.mark.parametrize(
    ("horizontal", "waits_s"),
    [
        ({"down": Rules(window_s=500.0)}, 500),
        ({"down": Rules()}, 400),
        ({"down": Rules(window_s=0.0)}, 300),  # the period
        ({"in_period_s": 600.0}, 600),
    ],
)
def test_pods_become_smaller_after_the_window_or_the_period(horizontal: dict[str, Any], waits_s: int) -> None:
    assert wait_s(choose(stand(2, wish=2, size=BIG, load=0.5), History(), **horizontal)) == waits_s


def test_a_reason_that_is_gone_is_forgotten() -> None:
    known = ago(surplus=50, room=60)
    busy = choose(stand(2, wish=2), known)
    assert (busy.move.kind, busy.held, busy.backoff, busy.known) == (None, "", "", History())
    full = choose(stand(3, wish=5, cloud=2), known, room=0)  # home has no room any more
    assert (full.move.kind, full.held, full.known) == (None, "", History())


def test_room_at_home_is_no_surplus() -> None:
    assert choose(stand(3, wish=5, cloud=2), History()).known == ago(room=0)


def test_fewer_wished_for_is_a_surplus_and_room_at_home_stays_known() -> None:
    assert choose(stand(3, wish=4, cloud=2), ago(room=60)).known == ago(room=60, surplus=0)


def test_big_pods_stay_big_while_there_are_some_over_edge() -> None:
    choice = choose(stand(4, wish=5, size=BIG, load=0.5, cloud=1), ago(surplus=9999))
    assert (choice.move.kind, choice.move.wanted) == (None, Wanted(home=4, beyond={"cloud": 1}, size=BIG))
    assert (choice.move.why, choice.held) == ("", "")


def test_what_cannot_go_in_says_why() -> None:
    choice = choose(stand(4, wish=3, size=BIG), History())
    assert (choice.move.kind, choice.held) == (None, "a metric says nothing")
    rest = choose(stand(4, wish=4, size=BIG), History())
    assert (rest.move.kind, rest.held) == (None, "")  # nobody asked


def test_without_metrics_nothing_is_known_of_reasons() -> None:
    known = ago(surplus=9999, room=9999)
    choice = choose(replace(stand(3, wish=5, cloud=2), computed=False), known)
    assert (choice.move.kind, choice.move.wanted.home, choice.known, choice.held) == (None, 3, known, "")


@pytest.mark.parametrize(
    ("stuck", "wish", "load", "computed", "cloud", "moves"),
    [
        pytest.param(1, 3, None, True, 0, True, id="one of three finds no node"),
        pytest.param(1, 3, 2.1, True, 0, False, id="two of three carry it"),
        pytest.param(1, 3, 2.3, True, 0, True, id="two of three do not"),
        pytest.param(1, 2, None, True, 0, False, id="two of three are wished for"),
        pytest.param(1, 5, None, True, 0, True, id="more are wished for anyway"),
        pytest.param(2, 4, 2.0, True, 1, False, id="the one beyond stands for one of two"),
        pytest.param(1, 3, None, False, 0, True, id="no metrics, one stuck"),
        pytest.param(1, 4, None, False, 1, False, id="no metrics, and one beyond stands for it"),
        pytest.param(2, 4, None, False, 1, True, id="no metrics, and one beyond stands for one of two"),
    ],
)
def test_replicas_without_a_node_count_as_missing(
    stuck: int, wish: int, load: float | None, computed: bool, cloud: int, moves: bool
) -> None:
    there = stand(3, wish=wish, load=load, cloud=cloud)
    pods = tuple(PodSeen(name=f"s{n}", phase="Pending", ready="False", unschedulable_since_s=0.0) for n in range(stuck))
    there = replace(there, computed=computed, seen=replace(there.seen, pods=pods + there.seen.pods[stuck:]))
    choice = choose(there, ago(change=0, surplus=50))
    assert (choice.move.kind in ("OverEdge", "ScaleUp")) == moves
