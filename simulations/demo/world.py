"""The edge of the demo: a home site with two small nodes, a neighbour that is nearly full, and a cloud across the sea.

Numbers are chosen so that every rung is needed once when the load triples: the two nodes at home take four replicas and
have a little left that no fifth fits into but that these four can grow into; the neighbour has room for two; what is
missing then is cloud. Who goes where is decided by the placement engine under `edge-default`, as the extender would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from autoscaler.planner.fluid import Replica
from autoscaler.planner.observation import HOME, Fit, Rooms, Size
from autoscaler.planner.rooms import at, rooms
from policies.engine.catalogue import catalogue
from policies.engine.decide import NO_NODE, Engine
from policies.model.cluster import Cluster
from policies.model.demand import Demand
from policies.model.hint import Hint
from policies.model.latency import LatencyMatrix
from policies.model.node import Node
from policies.model.pod import Pod, PodClass
from policies.model.site import Site, Sites, Tier

CONTAINER: Final = "app"
TEMPLATE: Final[Size] = {CONTAINER: {"cpu": 500}}
LIMIT_MS: Final = 80.0
_GIB = 2**30
_MEMORY = _GIB // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A site of the demo: its name for the autoscaler, its round trip to the users at home, and its nodes."""

    site: str
    relation: str
    p50_ms: float
    p95_ms: float
    nodes: int
    cpu_milli: int
    others_milli: int  # what other pods ask for on each node


PLACES: Final = (
    _Place(site="busan", relation=HOME, p50_ms=0.5, p95_ms=0.8, nodes=2, cpu_milli=1600, others_milli=200),
    _Place(site="ulsan", relation="neighbor", p50_ms=4.0, p95_ms=6.5, nodes=1, cpu_milli=4000, others_milli=2900),
    _Place(site="tokyo", relation="cloud", p50_ms=28.0, p95_ms=36.0, nodes=3, cpu_milli=16_000, others_milli=4000),
)
RTT_MS: Final = {place.relation: place.p50_ms for place in PLACES}
SITE: Final = {place.relation: place.site for place in PLACES}


class House:
    """The nodes that replicas of one service run on: where the next would go, and the books of those that are there."""

    def __init__(self) -> None:
        self._engine = Engine(catalogue().named("edge-default"))
        home, *beyond = PLACES
        sites = Sites(
            tuple(
                Site(name=place.site, tier=Tier.CLOUD if place.relation == "cloud" else Tier.EDGE) for place in PLACES
            )
        )
        self.cluster = Cluster(sites)
        for place in PLACES:
            for number in range(1, place.nodes + 1):
                self._furnish(place, f"{place.site}-{number}")
        rows = [[home.p50_ms, *(place.p50_ms for place in beyond)]]
        rows += [[place.p50_ms, *(0.5 if other is place else place.p50_ms + 5 for other in beyond)] for place in beyond]
        tails = [[1.3 * rtt_ms for rtt_ms in row] for row in rows]
        names = [place.site for place in PLACES]
        self.cluster.set_latency(LatencyMatrix.of(names, rows, tails, measured_at_s=0.0, source="probe"), now_s=0.0)
        self._size: Size = TEMPLATE
        self._nodes: dict[str, str] = {}  # replica → node

    @property
    def rooms(self) -> Rooms:
        """How many more would fit at a place, in the size that those at home have now."""

        def ask(place: str, up_to: int) -> Fit:
            pod = self._class(self._size if place == HOME else TEMPLATE)
            return rooms(self._engine, self.cluster.live(), pod, over_edge=True)(place, up_to)

        return ask

    def headroom(self) -> dict[str, int]:
        """By how much every replica at home could grow where it is, in thousandths of a core."""
        nodes = self.cluster.live()
        ours = [node for node in self._nodes.values() if self.cluster.node(node).site == SITE[HOME]]
        left = [int(nodes.free("cpu")[nodes.slot(node)]) // ours.count(node) for node in set(ours)]
        return {"cpu": max(0, min(left))} if left else {}

    def node_of(self, replica: str) -> str:
        """Where a replica runs; '' when it waits."""
        return self._nodes.get(replica, "")

    def arrive(self, pod: Replica) -> bool:
        """Bound where the engine says, at the place that the autoscaler chose and nowhere else."""
        asked = at(self._class(self._size if pod.place == HOME else TEMPLATE), pod.place, only=True)
        nodes = self.cluster.live()
        slot = self._engine.choose(nodes, asked)
        if slot == NO_NODE:
            return False
        node = str(nodes.name[slot])
        self.cluster.bind(Pod(name=pod.name, of=asked), node)
        self._nodes[pod.name] = node
        return True

    def leave(self, pod: Replica) -> None:
        """Its room is free again."""
        self.cluster.unbind(Pod(name=pod.name, of=self._class(TEMPLATE)).uid)
        del self._nodes[pod.name]

    def resize(self, size: Size) -> None:
        """In place: each stays on its node and is charged anew."""
        self._size = size
        for name, node in self._nodes.items():
            if self.cluster.node(node).site == SITE[HOME]:
                self.cluster.bind(Pod(name=name, of=at(self._class(size), HOME, only=True)), node)

    def _furnish(self, place: _Place, name: str) -> None:
        tier = Tier.CLOUD if place.relation == "cloud" else Tier.EDGE
        room = {"cpu": place.cpu_milli, "memory": 32 * _GIB, "pods": 110}
        self.cluster.set_node(Node(name=name, allocatable=room, site=place.site, tier=tier))
        others = PodClass.of({"cpu": place.others_milli, "memory": _GIB})
        self.cluster.bind(Pod(name=f"others-{name}", of=others), name)

    @staticmethod
    def _class(size: Size) -> PodClass:
        return replace(_SERVICE, requests=(("cpu", size[CONTAINER]["cpu"]), ("memory", _MEMORY)))


_SERVICE = PodClass.of(
    {},
    service="shop",
    hint=Hint(groups=(("local",), ("neighbor",), ("cloud",))),
    demand=Demand.parse(SITE[HOME]),
    max_rtt_ms=LIMIT_MS,
)
