"""The three rungs: out, then up, then over edge; and the exact reverse on the way back: home, down, in.

Each rung says in words why it has nothing more to give before the next is taken:

* out: `maxReplicas`, or the next replica fits on no allowed node, or one that is there finds none;
* up: off, no API for it, `maxAllowed`, no headroom on the replicas' nodes, a resize that the kubelet calls infeasible;
* over edge: no place allowed, `overEdge.maxReplicas`, no room at any place.

Where the workload stands follows from what is there (replicas beyond, a size that is not the template's), so a
restart cannot forget it. On the way back a rung is left only when the rungs before it can carry the load alone:
replicas do not fall first, which would leave few, fat, idle pods for ever (GEP-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from autoscaler.planner import sizes, vertical
from autoscaler.planner.decision import Rung, StepKind, Wanted
from autoscaler.planner.observation import HOME, Fit, Observation, Rooms, Size
from autoscaler.planner.spec import TOLERANCE, Spec

UNSCHEDULABLE_S = 30.0  # Cluster autoscalers and kube-scheduler's own retries need a moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a workload is: its sizes, what drives it, and what is wished for in pods of the present size."""

    seen: Observation
    size: Size  # present
    base: Size  # before the first step up
    resource: str  # that the vertical rung moves
    wish: int  # stabilized
    load: float | None = None  # what the metrics are worth now, not rounded; None: one of them says nothing
    computed: bool = True  # False: no metric said anything, and the wish is what is there

    @property
    def beyond(self) -> int:
        """Replicas over edge."""
        return sum(self.seen.beyond.values())

    @property
    def current(self) -> int:
        """Replicas at all places."""
        return self.seen.home + self.beyond

    @property
    def idle(self) -> int:
        """Replicas at home that do not serve, whatever the reason."""
        serving = sum(pod.place == HOME and not pod.deleting and pod.ready == "True" for pod in self.seen.pods)
        return max(0, self.seen.home - serving)

    @property
    def need(self) -> int:
        """How many should serve. Where the wish is only what is there, the load says how many that is."""
        if self.wish != self.current or self.load is None:
            return self.wish
        return min(self.wish, ceil(self.load / (1 + TOLERANCE)))

    @property
    def is_up(self) -> bool:
        """Whether pods are bigger than they were."""
        return not sizes.is_same(self.size, self.base)

    @property
    def rung(self) -> Rung:
        """The highest that is taken."""
        return "OverEdge" if self.beyond else "Up" if self.is_up else "Out"

    @property
    def unschedulable(self) -> int:
        """Replicas at home for which kube-scheduler has found no node for a while."""
        return sum(
            pod.place == HOME
            and not pod.deleting
            and pod.unschedulable_since_s is not None
            and self.seen.now_s - pod.unschedulable_since_s >= UNSCHEDULABLE_S
            for pod in self.seen.pods
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a rung would do; `kind` None: nothing, and `why` says so."""

    kind: StepKind | None
    wanted: Wanted
    why: str
    exhausted: Mapping[str, str] = field(default_factory=dict)


def has_rungs(spec: Spec) -> bool:
    """Whether there is anything beyond the horizontal one."""
    return spec.vertical.acts or bool(spec.over_edge.places and spec.over_edge.max_replicas)


def ceiling(spec: Spec, stand: Stand) -> int:
    """How many pods of the present size all rungs together could ever be worth."""
    most = spec.horizontal.max_replicas
    if spec.vertical.acts:
        growth = vertical.top(spec.vertical, stand.base, stand.resource)
        most = -(-most * growth.numerator // growth.denominator)
    return most + (spec.over_edge.max_replicas if spec.over_edge.places else 0)


def climb(spec: Spec, stand: Stand, rooms: Rooms) -> Move:
    """The first rung that has something to give for a wish above what is there."""
    move = _out(spec, stand, rooms)
    if move.kind or not has_rungs(spec):
        return move
    exhausted = dict(move.exhausted)
    stuck = stand.unschedulable
    if not stand.computed:  # nobody knows the load: what finds no node at home may go elsewhere, and nothing more
        return _over(spec, stand, rooms, exhausted, stuck - stand.beyond, stuck)
    working = max(1, stand.current - stuck)
    growth = vertical.up(spec.vertical, stand.seen, stand.size, stand.resource, _ratio(stand, working))
    waits = vertical.is_moving(stand.seen) if spec.vertical.acts and not (stand.beyond or growth.stuck) else ""
    if waits:
        return _nothing(stand, exhausted, why=waits)
    if growth.size is not None:
        return Move(kind="ScaleUp", wanted=_wanted(stand, size=growth.size), why=exhausted["Out"], exhausted=exhausted)
    exhausted["Up"] = growth.why
    return _over(spec, stand, rooms, exhausted, stand.need - stand.current + stuck, stuck)


def _out(spec: Spec, stand: Stand, rooms: Rooms) -> Move:
    """As many as fit at home; without further rungs as many as there may be, as the horizontal autoscaler has it."""
    most, home, stuck = spec.horizontal.max_replicas, stand.seen.home, stand.unschedulable
    short = stand.wish - stand.current
    if home >= most and not (stuck and has_rungs(spec)):
        return _nothing(stand, {"Out": f"at maxReplicas {most}"})
    if not has_rungs(spec):
        return Move(kind="ScaleOut", wanted=_wanted(stand, home=min(most, home + short)), why="")
    if stuck:
        return _nothing(stand, {"Out": f"{_pods(stuck)} at home {'is' if stuck == 1 else 'are'} unschedulable"})
    fit = rooms(HOME, min(short, most - home))
    if fit.count:
        return Move(kind="ScaleOut", wanted=_wanted(stand, home=home + fit.count), why=_partly(fit, short))
    return _nothing(stand, {"Out": f"home has no room: {fit.why}" if fit.why else "home has no room"})


def _ratio(stand: Stand, working: int) -> Fraction:
    """How many times as much the replicas should do: by the load, since a rounded wish would make them too big."""
    if stand.load is not None and working < stand.load <= stand.wish:
        return Fraction(stand.load / working).limit_denominator(10_000)
    return Fraction(stand.wish, working)


def descend(spec: Spec, stand: Stand) -> Move:
    """The last rung that was taken gives back, if those before it can carry what is wished for."""
    seen = stand.seen
    surplus = stand.current - stand.idle - stand.wish
    if stand.beyond:
        if surplus <= 0:  # those that came home do not serve yet: the others must
            return _nothing(stand, {}, why=f"{_pods(stand.idle)} at home do not serve yet")
        left = dict(seen.beyond)
        for place in reversed(spec.over_edge.places):  # the farthest first
            back = min(left.get(place, 0), surplus)
            if back:
                left[place] -= back
                surplus -= back
        for place in left.keys() - set(spec.over_edge.places):  # no longer allowed
            back = min(left[place], surplus)
            left[place] -= back
            surplus -= back
        if left == dict(seen.beyond):
            return _nothing(stand, {})
        return Move(kind="ComeHome", wanted=_wanted(stand, beyond=left), why="")
    if stand.is_up:
        return shrink(spec, stand)
    home = max(spec.horizontal.min_replicas, min(stand.wish, seen.home))
    if home < seen.home:
        return Move(kind="ScaleIn", wanted=_wanted(stand, home=home), why="")
    return _nothing(stand, {})


def shrink(spec: Spec, stand: Stand) -> Move:
    """Smaller pods, where as many as there are would still do.

    Judged by the load itself: the rounded wish of one replica is one replica, however idle it is.
    """
    if stand.load is None:
        return _nothing(stand, {}, why="a metric says nothing")
    wish = Fraction(stand.load / max(1, stand.seen.home)).limit_denominator(10_000)
    resources = sorted({resource for _, resource, _, _ in sizes.changed(stand.base, stand.size)})
    if not any(vertical.moves(spec.vertical, stand.size, resource) for resource in resources):
        return Move(kind="ScaleDown", wanted=_wanted(stand, size={}), why="no container may be bigger any more")
    size = None
    for resource in resources if wish < 1 else ():
        size = size or vertical.down(spec.vertical, stand.seen, stand.size, stand.base, resource, wish)
    if size is None:
        return _nothing(stand, {}, why="pods are as small as the load lets them be")
    return Move(kind="ScaleDown", wanted=_wanted(stand, size={} if sizes.is_same(size, stand.base) else size), why="")


def home_again(spec: Spec, stand: Stand, rooms: Rooms) -> Fit:
    """How many of those over edge home would take now."""
    free = spec.horizontal.max_replicas - stand.seen.home
    if not stand.beyond or free <= 0 or stand.unschedulable:
        return Fit(count=0)
    return rooms(HOME, min(free, stand.beyond))


def come_home(stand: Stand, fit: Fit) -> Move:
    """Replicas at home first; those over edge go when these make them superfluous, so that none is missed."""
    why = f"home has had room for {fit.count} of the {stand.beyond} over edge"
    return Move(kind="ComeHome", wanted=_wanted(stand, home=stand.seen.home + fit.count), why=why)


def _over(spec: Spec, stand: Stand, rooms: Rooms, exhausted: dict[str, str], short: int, stuck: int) -> Move:
    """As many as are short at the nearest place that has room; what is stuck at home goes along."""
    asked = spec.over_edge
    free = asked.max_replicas - stand.beyond
    if not asked.places or not asked.max_replicas:
        exhausted["OverEdge"] = "no place over edge is allowed"
        return _nothing(stand, exhausted)
    if free <= 0:
        exhausted["OverEdge"] = f"at overEdge.maxReplicas {asked.max_replicas}"
        return _nothing(stand, exhausted)
    full: list[str] = []
    for place in asked.places:
        if place in stand.seen.refused:
            full.append(f"{place}: {stand.seen.refused[place]}")
            continue
        fit = rooms(place, min(short, free))
        if fit.count:
            beyond = {**stand.seen.beyond, place: stand.seen.beyond.get(place, 0) + fit.count}
            # never to 0, which is a pause, nor below the minimum, which would be filled up again
            home = max(min(stand.seen.home, spec.horizontal.min_replicas or 1), stand.seen.home - min(stuck, fit.count))
            why = "; ".join([*exhausted.values(), *full])
            return Move(kind="OverEdge", wanted=_wanted(stand, home=home, beyond=beyond), why=why, exhausted=exhausted)
        full.append(f"{place} has no room: {fit.why}" if fit.why else f"{place} has no room")
    exhausted["OverEdge"] = "; ".join(full)
    return _nothing(stand, exhausted)


def _wanted(
    stand: Stand, *, home: int | None = None, beyond: Mapping[str, int] | None = None, size: Size | None = None
) -> Wanted:
    """What is there now, but for what is given."""
    there = stand.size if stand.is_up else {}
    return Wanted(
        home=stand.seen.home if home is None else home,
        beyond=dict(stand.seen.beyond if beyond is None else beyond),
        size=there if size is None else size,
    )


def as_is(stand: Stand) -> Wanted:
    """What is there now."""
    return _wanted(stand)


def _nothing(stand: Stand, exhausted: Mapping[str, str], *, why: str = "") -> Move:
    return Move(kind=None, wanted=_wanted(stand), why=why or "; ".join(exhausted.values()), exhausted=exhausted)


def _partly(fit: Fit, short: int) -> str:
    return f"room for {fit.count} of {short}: {fit.why}" if fit.count < short and fit.why else ""


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"
