"""Nodes that come with the request and that the mirror does not know.

A request with whole nodes may be about nodes that do not exist: templates of a cluster autoscaler that asks "would a
pod fit, if I added one of these?", or a node that is a second old. They are decided on as they are told, empty, with
the sites and latencies that we know, and without a shortlist: whoever asks wants to know of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from policies.engine.answers import Filtered, Refused, filtered
from policies.engine.decide import Engine
from policies.errors import PolicyError
from policies.model import kubernetes
from policies.model.cluster import Cluster
from policies.model.latency import LatencyMatrix
from policies.model.pod import PodClass
from policies.model.site import Sites

UNREADABLE = "unreadable"  # in the place of a policy's name


def judged(
    engine: Engine,
    pod: PodClass,
    items: Mapping[str, msgspec.Raw],
    *,
    sites: Sites,
    latency: LatencyMatrix | None,
    now_s: float,
    site_labels: Sequence[str],
) -> Filtered:
    """The answer for the nodes in *items* (name → its JSON); one that cannot be read is refused and says why."""
    cluster = Cluster(sites)
    unreadable: dict[str, str] = {}
    for name, content in items.items():
        try:
            cluster.set_node(kubernetes.node(msgspec.json.decode(content), site_labels=site_labels))
        except (PolicyError, msgspec.DecodeError) as error:
            unreadable[name] = str(error)
    if latency is not None:
        cluster.set_latency(latency, now_s=now_s)
    readable = [name for name in items if name not in unreadable]
    answer = filtered(Engine(engine.profile), cluster.live(), pod, readable, shortlist=False, offered=False)
    bad = Refused(UNREADABLE, False, list(unreadable), list(unreadable.values()))
    return Filtered(
        passed=answer.passed,
        integers=answer.integers,
        refused=[*answer.refused, *([bad] if unreadable else [])],
        shortened=False,
    )
