"""Nodes that come with the request and that the mirror does not know.

A request with whole nodes may be about nodes that do not exist: templates of a cluster autoscaler that asks "would a
pod fit, if I added one of these?", or a node that is a second old. They are decided on as they are told, empty, with
the sites and latencies that we know, and without a shortlist: whoever asks wants to know of each.

Each new site is a row and a column of the table of sites, each new resource a column of all nodes. Of a crowd that no
cluster has, the first are judged and the others refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from policies.engine.answers import Filtered, Refused, filtered
from policies.engine.decide import Engine
from policies.errors import PolicyError
from policies.model import kubernetes
from policies.model.cluster import Cluster
from policies.model.latency import LatencyMatrix
from policies.model.node import Node
from policies.model.pod import PodClass
from policies.model.site import Sites, Tier

UNREADABLE = "unreadable"  # in the place of a policy's name
MOST_NODES = 5_000  # what Kubernetes is made for
MOST_SITES = 500
MOST_RESOURCES = 256


class TooMany(PolicyError):  # noqa: N818 - says what happened
    """Nodes that are not known are more, or differ in more, than those of a cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known besides such a node, and how its labels are read: as those of all other nodes."""

    sites: Sites
    latency: tuple[LatencyMatrix, float, float, float] | None  # see Cluster.latency_told
    site_labels: Sequence[str]
    default_site: str
    default_tier: Tier


def judged(
    engine: Engine,
    pod: PodClass,
    items: Mapping[str, msgspec.Raw],
    *,
    around: Surroundings,
) -> Filtered:
    """The answer for the nodes in *items* (name → its JSON); one that cannot be read is refused and says why."""
    found: list[Node] = []
    unreadable: dict[str, str] = {}
    crowd = _Crowd(around.sites)
    for name, content in items.items():
        try:
            node = kubernetes.node(
                msgspec.json.decode(content), site_labels=around.site_labels, default_site=around.default_site
            )
            crowd.admit(node)
            found.append(node)
        except (PolicyError, msgspec.DecodeError) as error:
            unreadable[name] = str(error)
    new = [site for site in kubernetes.sites(found, default_tier=around.default_tier) if site.name not in around.sites]
    cluster = Cluster(Sites((*around.sites, *new)))
    for node in found:
        cluster.set_node(node)
    if around.latency is not None:
        matrix, now_s, fresh_s, half_life_s = around.latency
        cluster.set_latency(matrix, now_s=now_s, fresh_s=fresh_s, half_life_s=half_life_s)
    readable = [name for name in items if name not in unreadable]
    answer = filtered(Engine(engine.profile), cluster.live(), pod, readable, shortlist=False, offered=False)
    bad = Refused(UNREADABLE, False, list(unreadable), list(unreadable.values()))
    return Filtered(
        passed=answer.passed,
        integers=answer.integers,
        refused=[*answer.refused, *([bad] if unreadable else [])],
        shortened=False,
    )


class _Crowd:
    """What the nodes admitted so far have together."""

    def __init__(self, sites: Sites) -> None:
        self._known = sites
        self._nodes = 0
        self._sites: set[str] = set()
        self._resources: set[str] = set()

    def admit(self, node: Node) -> None:
        """TooMany when it would be one too many of anything."""
        sites = {node.site or node.name} - self._sites
        sites = {site for site in sites if site not in self._known}
        resources = node.allocatable.keys() - self._resources
        for what, number, most in (
            ("nodes", self._nodes + 1, MOST_NODES),
            ("sites", len(self._sites) + len(sites), MOST_SITES),
            ("resources", len(self._resources) + len(resources), MOST_RESOURCES),
        ):
            if number > most:
                raise TooMany(f"more than {most} {what} come with the question that are not known")
        self._nodes += 1
        self._sites |= sites
        self._resources |= resources
