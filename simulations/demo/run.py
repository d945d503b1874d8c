"""Two runs over one load: our ladder, and the plain HPA with the same minimum and maximum, pinned to the home site.

Both read the same metric every 15 s and start pods in the same time. The HPA's pods that find no room at home stay
Pending, as kube-scheduler leaves them; people pin services of the edge that way, because anywhere may be far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from autoscaler.planner.decision import Rung, Step
from autoscaler.planner.fluid import Assumed, Fluid
from autoscaler.planner.history import History
from autoscaler.planner.observation import HOME
from autoscaler.planner.planned import Planned
from autoscaler.planner.replay import Decider, Load, replay
from autoscaler.planner.spec import (
    SCALE_IN_PERIOD_S,
    SCALE_OUT_PERIOD_S,
    Bounds,
    Horizontal,
    Metric,
    OverEdge,
    Spec,
    Target,
    Vertical,
)
from simulations.autoscaling.scalers import Hpa
from simulations.demo.latency import Queue
from simulations.demo.world import CONTAINER, LIMIT_MS, TEMPLATE, House

CORES: Final = 0.5  # what a pod of the template's size does at most
START_S: Final = 30.0
FIRST: Final = 3
MOST: Final = 12  # replicas at all places
HOME_MOST: Final = 6
_STEP_S = 15.0
_USUAL, _TRIPLED = 1.0, 3.0  # cores of load
_STORY_MIN = (8.0, 28.0, 50.0, 78.0, 120.0)  # usual until, tripled at, until, usual again at, end


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a run."""

    at_s: float
    for_s: float
    load: float  # cores
    replicas: Mapping[str, int]  # asked for, by place
    waiting: int  # of those, without a node
    growth: float  # of those at home
    rung: Rung
    step: Step | None
    response_ms: float
    late: float  # cores × seconds that no replica could do in time
    nodes: tuple[str, ...] = ()  # where those that came are

    @property
    def cores(self) -> float:
        """What those that have a node ask for."""
        home = self.replicas[HOME] - self.waiting
        return CORES * (self.growth * home + sum(self.replicas.values()) - self.replicas[HOME])


def story() -> Load:
    """The load: usual, tripled within minutes, usual again; a little restless all the time."""
    start_s = np.arange(0.0, _STORY_MIN[-1] * 60, _STEP_S)
    shape = np.interp(start_s / 60, (0.0, *_STORY_MIN), (_USUAL, _USUAL, _TRIPLED, _TRIPLED, _USUAL, _USUAL))
    restless = 1 + 0.03 * np.random.default_rng(1).standard_normal(len(start_s))
    return Load(start_s, shape * restless, last_s=_STEP_S)


def spec() -> Spec:
    """What the demo's EdgeAutoscaler asks for."""
    return Spec(
        horizontal=replace(_horizontal(HOME_MOST), out_period_s=SCALE_OUT_PERIOD_S, in_period_s=SCALE_IN_PERIOD_S),
        vertical=Vertical(
            mode="InPlace",
            containers=(Bounds(container=CONTAINER, least={"cpu": 500}, most={"cpu": 800}, step={"cpu": 100}),),
        ),
        over_edge=OverEdge(places=("neighbor", "cloud"), max_replicas=MOST - HOME_MOST),
    )


def ours() -> Iterator[Turn]:
    """The ladder, turn by turn."""
    house = House()
    planned = Planned(spec(), house.rooms)
    return _turns(lambda seen: planned(replace(seen, headroom=house.headroom())), house)


def plain_hpa() -> Iterator[Turn]:
    """The HPA, turn by turn."""
    return _turns(Hpa(_horizontal(MOST), History()), House())


def _horizontal(most: int) -> Horizontal:
    cpu = Metric(kind="Resource", name="cpu", target=Target(kind="Utilization", amount=70))
    return Horizontal(min_replicas=2, max_replicas=most, metrics=(cpu,))


def _turns(decide: Decider, house: House) -> Iterator[Turn]:
    load = story()
    metrics = _horizontal(MOST).metrics
    pods = Fluid(Assumed(carries=CORES, start_s=START_S, template=TEMPLATE), FIRST, lodging=house)
    queue = Queue()
    for moment in replay(decide, load, pods, metrics):
        ready = pods.ready(moment.at_s)
        yield Turn(
            at_s=moment.at_s,
            for_s=moment.for_s,
            load=moment.load,
            replicas={HOME: moment.home, **moment.beyond},
            waiting=sum(not house.node_of(pod.name) for pod in pods.pods),
            growth=moment.growth,
            rung=moment.rung,
            step=moment.step,
            response_ms=queue.response_ms(moment.load, ready, moment.growth, moment.carried, moment.for_s),
            late=moment.late,
            nodes=tuple(house.node_of(pod.name) for pod in moment.change.came if house.node_of(pod.name)),
        )


def over_limit_s(turns: Sequence[Turn]) -> float:
    """For how long users waited longer than the limit."""
    return sum(turn.for_s for turn in turns if turn.response_ms > LIMIT_MS)
