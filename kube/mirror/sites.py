"""The sites that the nodes tell of, looked at again only where a node told something else of its site.

`policies.model.kubernetes.sites` says what a site is; here it is asked about the nodes of one site at a time, since a
cluster of 5,000 nodes has hundreds of sites and a rollout of labels changes one after the other.

A place may be known without having nodes: users are there, and somebody measured how far they are. Such a place is a
site, too, so that pods can name it as their origin.
"""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import kubernetes
from policies.model.node import Node
from policies.model.site import Site, Sites, Tier


class SiteTable:
    """Nodes by site, and what they make of it together."""

    def __init__(self, default_tier: Tier = Tier.EDGE) -> None:
        self._default_tier = default_tier
        self._without_nodes: frozenset[str] = frozenset()
        self._is_news = False
        self._nodes: dict[str, dict[str, Node]] = {}
        self._sites: dict[str, Site] = {}
        self._stale: set[str] = set()

    def put(self, node: Node, before: Node | None) -> None:
        """A node is there, or tells something else than *before*."""
        site = _site(node)
        if before is not None and _site(before) != site:
            self.drop(before)
        if before is None or _facts(before) != _facts(node):
            self._stale.add(site)
        self._nodes.setdefault(site, {})[node.name] = node

    def drop(self, node: Node) -> None:
        """A node is gone; a site goes with its last one."""
        site = _site(node)
        del self._nodes[site][node.name]
        self._stale.add(site)

    def also(self, names: Iterable[str]) -> None:
        """These places are known, whether or not they have nodes."""
        known = frozenset(names)
        self._is_news = self._is_news or known != self._without_nodes
        self._without_nodes = known

    def changed(self) -> Sites | None:
        """All sites, None when they are what they were the last time."""
        before = len(self._sites)
        same = True
        for name in self._stale:
            if not self._nodes[name]:
                del self._nodes[name]
                self._sites.pop(name, None)
                continue
            (site,) = kubernetes.sites(self._nodes[name].values(), default_tier=self._default_tier)
            same = same and self._sites.get(name) == site
            self._sites[name] = site
        self._stale.clear()
        if same and len(self._sites) == before and not self._is_news:
            return None
        self._is_news = False
        bare = (Site(name=name, tier=self._default_tier) for name in self._without_nodes - self._sites.keys())
        return Sites((*self._sites.values(), *bare))


def _site(node: Node) -> str:
    return node.site or node.name


def _facts(node: Node) -> tuple[object, ...]:
    labels = node.labels
    return _site(node), node.tier, labels.get(kubernetes.REGION_LABEL), labels.get(kubernetes.ZONE_LABEL)
