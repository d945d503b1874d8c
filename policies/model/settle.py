"""What is worked out over all nodes at once, and only when somebody looks.

A change of one row is written and noted where it happens. But the rank of a node in name order, the numbers of sites
and the codes of labels depend on all nodes, so `Cluster` notes what has become stale and settles it before it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Flag, auto

import numpy as np

from policies.model.columns import Columns
from policies.model.node import Node
from policies.model.site import Site, Sites, Tier


class Stale(Flag):
    """What must be settled; each alone means another epoch."""

    NOTHING = 0
    LABELS = auto()
    LATENCY = auto()  # every few seconds, so it must not cost what the others do
    PLACES = auto()  # which nodes there are, and in what sites


def place(columns: Columns, nodes: Mapping[str, Node], slots: Mapping[str, int]) -> None:
    """Number the sites, give each node its site and its rank; a site that is not listed is what its nodes say."""
    tiers = {site.name: site.tier for site in columns.sites}
    told: dict[str, Site] = {}
    for node in nodes.values():
        name = node.site or node.name
        if name not in tiers and (name not in told or (node.tier and told[name].tier is not node.tier)):
            told[name] = Site(name=name, tier=node.tier or Tier.EDGE)
    if told:
        columns.sites = Sites((*columns.sites, *told.values()))
    numbers = {site.name: number for number, site in enumerate(columns.sites)}
    ordered = sorted(slots)
    rows = np.array([slots[name] for name in ordered], dtype=np.intp)
    columns.arrays["tie"][rows] = np.arange(len(ordered))
    columns.arrays["site"][rows] = [numbers[nodes[name].site or name] for name in ordered]
    columns.slots = dict(slots)
    columns.refresh_views()
