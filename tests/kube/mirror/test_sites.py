"""Sites: of nodes, of nodes that do not tell, and of places without nodes."""

from __future__ import annotations

from kube.mirror.mirror import Mirror
from kube.mirror.sites import SiteTable
from policies.model.cluster import Cluster
from policies.model.site import Tier
from tests.builders import make_node
from tests.kube.mirror.contents import a_node


def test_place_without_nodes_is_a_site_and_stays_one_when_nodes_come_and_go() -> None:
    table = SiteTable()
    table.also(["jeju"])
    sites = table.changed()
    assert sites is not None
    assert sites.names == ("jeju",)
    node = make_node("n1", site="jeju", tier=Tier.CLOUD)
    table.put(node, None)
    sites = table.changed()
    assert sites is not None
    assert sites[0].tier is Tier.CLOUD
    table.drop(node)
    sites = table.changed()
    assert sites is not None
    assert (sites.names, sites[0].tier) == (("jeju",), Tier.EDGE)
    table.also(["jeju"])
    assert table.changed() is None


def test_site_whose_nodes_do_not_tell_is_of_the_default_tier() -> None:
    table = SiteTable(Tier.CLOUD)
    table.put(make_node("n1", site="a"), None)
    table.put(make_node("n2", site="b", tier=Tier.EDGE), None)
    sites = table.changed()
    assert sites is not None
    assert [(site.name, site.tier) for site in sites] == [("a", Tier.CLOUD), ("b", Tier.EDGE)]


def test_nodes_without_a_sites_label_share_the_default_site() -> None:
    mirror = Mirror(Cluster(), clock=lambda: 0.0, default_site="unlabelled")
    for name in ("n1", "n2"):
        mirror.nodes.put(a_node(name))
    mirror.nodes.put(a_node("n3", labels={"edgeward.dev/site": "seoul"}))
    assert mirror.snapshot().sites.names == ("seoul", "unlabelled")
