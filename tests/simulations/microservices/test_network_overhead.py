"""The model of NetworkOverhead: its costs, its filter and its ties."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from policies.engine.decide import NO_NODE
from policies.model.cluster import Cluster
from policies.model.pod import Pod, PodClass
from policies.model.site import Sites
from simulations.microservices.landscape import POD, Landscape
from simulations.microservices.network_overhead import NetworkOverhead
from tests.simulations.microservices.worlds import tiny


def cluster_of(world: Landscape, placed: Mapping[str, int], filler: Mapping[int, int] | None = None) -> Cluster:
    """*placed*: service → number of its node; *filler*: node → strangers on it."""
    cluster = Cluster(Sites(world.zones.sites))
    for node in world.nodes:
        cluster.set_node(node)
    cluster.set_latency(world.zones.matrix)
    for service, at in placed.items():
        of = PodClass.of(POD, namespace="shop", service=service)
        cluster.bind(Pod(name=service, namespace="shop", of=of), world.nodes[at].name)
    for at, count in (filler or {}).items():
        for number in range(count):
            cluster.bind(Pod(name=f"stranger-{at}-{number}", of=PodClass.of(POD)), world.nodes[at].name)
    return cluster


def chosen(cluster: Cluster, *depends_on: str, seed: int = 1) -> int:
    pod = PodClass.of(POD, namespace="shop", service="new", depends_on=depends_on)
    return NetworkOverhead(np.random.default_rng(seed)).choose(cluster.live(), pod)


@pytest.mark.parametrize(
    ("placed", "filler", "node"),
    [
        pytest.param({"a": 5}, {}, 5, id="same node: 0 beats 1, 5 and 20"),
        pytest.param({"a": 5}, {5: 10}, 4, id="that one full: the zone's other, 1"),
        pytest.param(
            {"a": 5}, {5: 10, 4: 11, 6: 3}, 7, id="the zone full: the region's other zone, 5, its emptier node"
        ),
        pytest.param({"a": 0, "b": 2}, {2: 5}, 0, id="either node is 0 + 5; the emptier one"),
        pytest.param({"a": 0, "b": 2}, {0: 5}, 2, id="and that is the other one"),
        pytest.param({"a": 0, "b": 1, "c": 4}, {0: 2}, 1, id="0 + 1 + 20 at home, 20 + 20 + 0 abroad is refused"),
    ],
)
def test_the_cheapest_node_gets_the_pod(placed: Mapping[str, int], filler: Mapping[int, int], node: int) -> None:
    assert chosen(cluster_of(tiny(), placed, filler), *placed) == node


def test_nodes_with_more_dependencies_outside_the_region_than_inside_are_refused() -> None:
    full_at_home = {0: 10, 1: 10, 2: 11, 3: 11}
    cluster = cluster_of(tiny(), {"a": 0, "b": 1}, full_at_home)
    assert chosen(cluster, "a", "b") == NO_NODE
    pod = PodClass.of(POD, namespace="shop", service="new", depends_on=("a", "b"))
    decider = NetworkOverhead(np.random.default_rng(1))
    abroad = decider.refusal(cluster.live(), pod, 4)
    assert abroad is not None
    assert (abroad.policy, abroad.reason) == ("network-overhead", "2 of 2 dependencies are outside the region")
    at_home = decider.refusal(cluster.live(), pod, 0)
    assert at_home is not None
    assert at_home.policy == "fit"


def test_as_many_inside_as_outside_is_enough() -> None:
    cluster = cluster_of(tiny(), {"a": 0, "b": 4}, {0: 10, 1: 11, 2: 11, 3: 11})
    assert chosen(cluster, "a", "b") == 4  # 20 + 0


def test_without_placed_dependencies_the_emptiest_node_is_taken_at_random() -> None:
    cluster = cluster_of(tiny(), {}, {0: 1, 1: 1})
    found = {chosen(cluster, "a", seed=seed) for seed in range(40)}
    assert found == {2, 3, 4, 5, 6, 7}
    assert chosen(cluster, "a", seed=3) == chosen(cluster, "a", seed=3)


def test_other_applications_services_of_that_name_do_not_count() -> None:
    world = tiny()
    cluster = cluster_of(world, {})
    other = PodClass.of(POD, namespace="other", service="a")
    cluster.bind(Pod(name="a", namespace="other", of=other), world.nodes[0].name)
    assert chosen(cluster, "a") != 0  # the only node that is not empty
