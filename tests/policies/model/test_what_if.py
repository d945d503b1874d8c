"""A node without some of its pods is what it would be had they never been there."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine import sample
from policies.model.cluster import Cluster
from policies.model.columns import LAYOUT
from policies.model.placement import CHARGED
from policies.model.pod import Pod
from policies.model.snapshot import Snapshot
from policies.model.what_if import WhatIf, without
from tests.builders import make_class, make_cluster, make_node, make_pod


def image(nodes: Snapshot, name: str) -> dict[str, object]:
    """All that a snapshot says of one node."""
    row = nodes.whole.take([nodes.slot(name)])
    columns = {name: repr(row._column(name).tolist()) for name in LAYOUT if not LAYOUT[name][1]}
    planes = {name: repr(row._views[name][:, row.slots].tolist()) for name in LAYOUT if LAYOUT[name][1]}
    groups = {key: row.count(key).tolist() for key in row.groups() if row.count(key).any()}
    return {**columns, **planes, "groups": groups}


def crowded(rng: random.Random) -> Cluster:
    """The sample's world with more pods."""
    cluster = sample.world()
    kinds = sample.pods()
    for number in range(30):
        kind = rng.choice(sorted(kinds))
        cluster.bind(Pod(name=f"more-{number}", of=kinds[kind]), rng.choice([node.name for node in sample.nodes()]))
    return cluster


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_it_is_as_if_the_pods_had_been_unbound(seed: int) -> None:
    rng = random.Random(seed)
    cluster = crowded(rng)
    for node in sample.nodes():
        there = cluster.pods_on(node.name)
        gone = rng.sample(there, rng.randint(0, len(there)))
        nodes = cluster.freeze()
        before = {other.name: image(nodes, other.name) for other in sample.nodes()}
        row = without(nodes, nodes.slot(node.name), gone)
        assert row.name.tolist() == [node.name]
        told = image(row, node.name)
        for other in sample.nodes():
            assert image(nodes, other.name) == before[other.name]  # asking changes nothing
            if other.name != node.name:
                assert image(row.whole, other.name) == before[other.name]
        for placement in gone:
            cluster.unbind(placement.pod.uid)
        assert told == image(cluster.live(), node.name)


def test_a_pod_can_be_put_back() -> None:
    cluster = make_cluster(make_node("n", gpus=1, zones_milli=[4000]))
    cluster.bind(make_pod(cpu="1", gpu_milli=400, service="web", topology_aware=True), "n")
    nodes = cluster.live()
    there = WhatIf(nodes, 0)
    before = image(there.row, "n")
    (placement,) = cluster.pods_on("n")
    there.take_off(placement)
    assert there.row.gpu_free_milli.tolist() == [[1000]]
    assert there.row.whole.count("service:default/web").tolist() == [0]
    there.put_back(placement)
    assert image(there.row, "n") == before


def test_nobody_takes_what_is_tried_for_a_state_of_the_cluster() -> None:
    nodes = make_cluster(make_node("n")).freeze()
    assert without(nodes, 0, ()).epoch != nodes.epoch


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_pods_are_charged_to_the_columns_that_are_said_to_be(seed: int) -> None:
    rng = random.Random(seed)
    cluster = crowded(rng)
    before = {name: array.tobytes() for name, array in cluster._columns.arrays.items() if LAYOUT[name][0] is not object}
    for kind, of in sample.pods().items():
        cluster.bind(make_pod(f"last-{kind}", of), rng.choice([node.name for node in sample.nodes()]))
    cluster.bind(make_pod("last", make_class(cpu="1", gpus=1)), "seoul-gpu")
    changed = {name for name in before if cluster._columns.arrays[name].tobytes() != before[name]}
    assert changed <= set(CHARGED)
