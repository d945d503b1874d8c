"""The cluster beside an oracle that keeps nothing but what was told, and works everything out from that."""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import ModelError, UnknownName
from policies.model.cluster import Cluster
from policies.model.node import USAGE_KINDS, Node
from policies.model.pod import Pod
from policies.model.site import Site, Sites, Tier
from policies.model.snapshot import Snapshot
from policies.model.taint import Taint
from tests.builders import make_class, make_cluster, make_latency, make_node, make_pod, make_sites

CLASSES = (
    make_class(cpu="250m", service="web"),
    make_class(cpu="1", memory="1Gi", service="db", network_mbps=10),
    make_class(cpu="100m", gpu_milli=300),
    make_class(cpu="100m", gpu_milli=700, models=("A100",)),
    make_class(cpu="2", gpus=2),
    make_class(cpu="2", topology_aware=True),
    make_class(cpu="0", requests={"vf": 1}),
)
GROUPS = sorted({group for of in CLASSES for group in of.groups})
NAMES = ("n1", "n2", "n3")


@dataclass
class Oracle:
    """What was told: nodes by name, pods by uid with their node and seats."""

    nodes: dict[str, Node] = field(default_factory=dict)
    ready: dict[str, bool] = field(default_factory=dict)
    usage: dict[tuple[str, str], float] = field(default_factory=dict)
    pods: dict[str, tuple[Pod, str]] = field(default_factory=dict)

    def on(self, node: str) -> list[str]:
        return sorted(uid for uid, (_, where) in self.pods.items() if where == node)

    def requested(self, node: str, resource: str) -> int:
        here = [self.pods[uid][0].of for uid in self.on(node)]
        return sum(1 if resource == "pods" else dict(of.requests).get(resource, 0) for of in here)

    def count(self, node: str, group: str) -> int:
        return sum(group in self.pods[uid][0].of.groups for uid in self.on(node))


def random_node(rng: random.Random, name: str) -> Node:
    return make_node(
        name,
        cpu=rng.choice(["4", "8"]),
        gpus=rng.choice([(), ("T4",), ("A100", "A100"), ("T4", "A100", "A100", "A100")]),
        zones_milli=rng.choice([(), (4000,), (4000, 4000)]),
        site=rng.choice(["", "seoul", "busan"]),
        labels={"disk": rng.choice(["ssd", "hdd"])} if rng.random() < 0.5 else {},
        taints=(Taint(key="gpu"),) if rng.random() < 0.2 else (),
        tier=rng.choice([None, Tier.CLOUD]),
        resources={"vf": 4} if rng.random() < 0.3 else {},
    )


def step(rng: random.Random, cluster: Cluster, oracle: Oracle, number: int) -> str | None:  # noqa: C901, PLR0911 - a list
    """One random thing happens to both; the name of the node that it happened to, None when it touched no row."""
    name = rng.choice(NAMES)
    what = rng.choice(
        [
            "node",
            "node",
            "remove",
            "ready",
            "usage",
            "bind",
            "bind",
            "bind",
            "bind",
            "unbind",
            "unbind",
            "latency",
            "sites",
        ]
    )
    if what == "node":
        node = random_node(rng, name)
        cluster.set_node(node)
        oracle.nodes[name], oracle.ready[name] = node, node.ready  # what was measured of it stays
    elif what == "bind":
        pod = make_pod(f"p{number}", rng.choice(CLASSES))
        cluster.bind(pod, name)
        oracle.pods[pod.uid] = (pod, name)
        return name if name in oracle.nodes else None
    elif what == "unbind":
        if not oracle.pods:
            return None
        uid = rng.choice(sorted(oracle.pods))
        cluster.unbind(uid)
        _, name = oracle.pods.pop(uid)
        return name if name in oracle.nodes else None
    elif what == "latency":
        cluster.set_latency(make_latency(("seoul", "busan"), {("seoul", "busan"): float(number)}))
        return None
    elif what == "sites":
        cluster.set_sites(Sites((Site(name="seoul"), Site(name=f"s{number % 3}", tier=Tier.CLOUD))))
        return None
    elif name not in oracle.nodes:
        return None
    elif what == "remove":
        cluster.remove_node(name)
        del oracle.nodes[name], oracle.ready[name]
        for kind in USAGE_KINDS:
            oracle.usage.pop((name, kind), None)
        return None  # its slot is nobody's
    elif what == "ready":
        oracle.ready[name] = rng.random() < 0.5
        cluster.set_ready(name, ready=oracle.ready[name])
    elif what == "usage":
        kind, share = rng.choice(USAGE_KINDS), rng.choice([0.0, 0.5, 1.5, math.nan])
        cluster.set_usage(name, kind, share)
        oracle.usage[name, kind] = share
    return name


def check(cluster: Cluster, nodes: Snapshot, oracle: Oracle) -> None:
    names = nodes.name.tolist()
    assert sorted(filter(None, names)) == sorted(oracle.nodes)
    assert not any(ready for name, ready in zip(names, nodes.ready.tolist(), strict=True) if not name)
    order = sorted(oracle.nodes)
    for name, node in oracle.nodes.items():
        row = nodes.slot(name)
        assert nodes.ready[row] == oracle.ready[name]
        site = nodes.sites[int(nodes.site[row])]
        assert site.name == (node.site or name)
        assert dict(nodes.labels[row]) == node.labels
        assert nodes.taints_of(row) == node.taints
        codes, table = nodes.label("disk")
        assert (table[codes[row]] if codes[row] >= 0 else None) == node.labels.get("disk")
        for resource in nodes.resources:
            assert nodes.allocatable(resource)[row] == node.allocatable.get(resource, 0)
            assert nodes.requested(resource)[row] == oracle.requested(name, resource), resource
            free = node.allocatable.get(resource, 0) - oracle.requested(name, resource)
            assert nodes.free(resource)[row] == nodes.free_all[nodes.resources.index(resource)][row] == free
        for kind in USAGE_KINDS:
            assert nodes.usage(kind)[row] == pytest.approx(oracle.usage.get((name, kind), math.nan), nan_ok=True)
        for group in GROUPS:
            assert nodes.count(group)[row] == oracle.count(name, group), group
        check_seats(cluster, nodes, oracle, name, row)
    ties = {name: int(nodes.tie[nodes.slot(name)]) for name in order}
    assert sorted(order, key=lambda name: ties[name]) == order
    totals = Counter(group for name in order for uid in oracle.on(name) for group in oracle.pods[uid][0].of.groups)
    assert nodes.groups() == totals
    assert len(cluster) == len(oracle.pods)


def check_seats(cluster: Cluster, nodes: Snapshot, oracle: Oracle, name: str, row: int) -> None:
    node = oracle.nodes[name]
    width = nodes.gpu_free_milli.shape[1]
    free = [1000] * len(node.gpus) + [0] * (width - len(node.gpus))
    zones = [zone.cpu_milli for zone in node.numa] + [0] * (nodes.numa_cpu_milli.shape[1] - len(node.numa))
    assert tuple(placement.pod.uid for placement in cluster.pods_on(name)) == tuple(oracle.on(name))
    for placement in cluster.pods_on(name):
        of = placement.pod.of
        for device in placement.devices:
            if device < len(node.gpus):  # a node may have lost the GPU that a pod held
                assert of.gpu is not None
                free[device] -= of.gpu.milli
        if 0 <= placement.zone < len(node.numa):
            zones[placement.zone] -= of.request("cpu")
    assert nodes.gpu_free_milli[row].tolist() == free
    assert nodes.gpu_count[row] == len(node.gpus)
    models = [nodes.gpu_models[code] if code >= 0 else None for code in nodes.gpu_model[row].tolist()]
    assert models == [gpu.model for gpu in node.gpus] + [None] * (width - len(node.gpus))
    assert nodes.numa_zones[row] == len(node.numa)
    assert nodes.numa_cpu_milli[row].tolist() == zones


@given(st.integers(0, 2**32))
@settings(max_examples=60)
def test_whatever_happens_the_columns_say_what_was_told(seed: int) -> None:
    rng = random.Random(seed)
    cluster, oracle = Cluster(), Oracle()
    for number in range(30):
        before = cluster.live()
        epoch, version = before.epoch, before.version
        touched = step(rng, cluster, oracle, number)
        nodes = cluster.live()
        check(cluster, nodes, oracle)
        frozen = cluster.freeze()
        check(cluster, frozen, oracle)
        if touched is not None:
            assert nodes.version > version
            changed = nodes.changed_since(version)
            if nodes.epoch == epoch:
                assert changed == frozen.changed_since(version) == [nodes.slot(touched)]


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_rows_that_did_not_change_are_not_among_the_changed(seed: int) -> None:
    rng = random.Random(seed)
    cluster, oracle = Cluster(), Oracle()
    for name in NAMES:
        cluster.set_node(random_node(rng, name))
        oracle.nodes[name], oracle.ready[name] = cluster.node(name), True
    base = cluster.freeze()
    for number in range(8):
        step(rng, cluster, oracle, number)
    now = cluster.live()
    rows = now.changed_since(base.version)
    assert rows is not None
    assert rows == sorted(set(rows))
    if now.epoch == base.epoch:
        for row in set(range(len(base))) - set(rows):
            for column in ("cpu", "pods"):
                assert now.free(column)[row] == base.free(column)[row]
            assert now.gpu_free_milli[row].tolist() == base.gpu_free_milli[row].tolist()
            assert now.ready[row] == base.ready[row]


# bind and unbind


def test_binding_twice_changes_nothing() -> None:
    cluster = make_cluster(make_node(gpus=2))
    first = cluster.bind(make_pod(gpu_milli=500), "n1")
    version = cluster.live().version
    assert cluster.bind(make_pod(gpu_milli=500), "n1") is first
    assert cluster.live().version == version
    assert cluster.live().gpu_free_milli.tolist() == [[500, 1000]]


def test_binding_elsewhere_is_refused_and_changes_nothing() -> None:
    cluster = make_cluster(make_node("n1"), make_node("n2"))
    cluster.bind(make_pod("p"), "n1")
    with pytest.raises(ModelError, match="pod default/p: is on n1 already, cannot be bound to n2"):
        cluster.bind(make_pod("p"), "n2")
    assert cluster.live().free("cpu").tolist() == [3500, 4000]


def test_a_pod_bound_before_its_node_is_known_is_charged_and_seated_when_it_appears() -> None:
    cluster = Cluster()
    cluster.bind(make_pod("p", cpu="1", gpu_milli=400), "n1")
    assert len(cluster.live()) == 0
    cluster.set_node(make_node("n1", gpus=2))
    assert cluster.live().free("cpu").tolist() == [3000]
    assert cluster.live().gpu_free_milli.tolist() == [[600, 1000]]
    assert cluster.placement("default/p").devices == (0,)
    cluster.unbind("default/p")
    assert cluster.live().gpu_free_milli.tolist() == [[1000, 1000]]


def test_pods_bound_before_their_node_are_seated_in_order_of_their_names() -> None:
    # not in the order of a set, which differs from one process to the next
    cluster = Cluster()
    for number in (7, 3, 9, 1, 5, 8, 2, 6, 0, 4):
        cluster.bind(make_pod(f"p{number}", cpu="0", gpus=1), "n1")
    cluster.set_node(make_node("n1", gpus=10))
    assert [cluster.placement(f"default/p{n}").devices for n in range(10)] == [(n,) for n in range(10)]


def test_pods_are_seated_when_the_gpus_of_their_node_are_told_later() -> None:
    cluster = make_cluster(make_node("n1"))
    cluster.bind(make_pod("a", gpus=1), "n1")
    cluster.bind(make_pod("b", gpus=1), "n1", devices=(0,))
    cluster.set_node(make_node("n1", gpus=2))
    assert cluster.placement("default/a").devices == (1,)  # b holds the other one
    assert cluster.live().gpu_free_milli.tolist() == [[0, 0]]


def test_what_no_node_offered_when_a_pod_took_it_is_not_given_back_as_free() -> None:
    cluster = make_cluster(make_node("n1"), make_node("n2"))
    cluster.bind(make_pod("p", requests={"vf": 1}), "n1")
    cluster.set_node(make_node("n2", resources={"vf": 4}))
    assert cluster.live().free("vf").tolist() == [-1, 4]
    cluster.unbind("default/p")
    assert cluster.live().free("vf").tolist() == [0, 4]


def test_a_pod_whose_gpus_were_known_before_its_node_is_still_aligned_to_a_zone() -> None:
    cluster = Cluster()
    cluster.bind(make_pod("p", cpu="2", gpus=1, topology_aware=True), "n1", devices=(1,))
    cluster.set_node(make_node("n1", gpus=2, zones_milli=(4000,)))
    assert cluster.placement("default/p").devices == (1,)
    assert cluster.live().numa_cpu_milli.tolist() == [[2000]]


def test_a_node_that_returns_is_charged_again_for_the_pods_that_stayed() -> None:
    cluster = make_cluster(make_node("n1", gpus=2))
    cluster.bind(make_pod("stays", cpu="1", gpu_milli=400, service="web"), "n1", devices=(1,))
    cluster.bind(make_pod("goes", cpu="1", service="web"), "n1")
    cluster.remove_node("n1")
    assert not cluster.live().ready.any()
    assert cluster.live().count("service:default/web").tolist() == [0]
    cluster.unbind("default/goes")
    cluster.set_node(make_node("n1", gpus=2))
    live = cluster.live()
    assert live.free("cpu").tolist() == [3000]
    assert live.gpu_free_milli.tolist() == [[1000, 600]]
    assert live.count("service:default/web").tolist() == [1]


def test_a_slot_that_is_free_again_is_used_for_the_next_node() -> None:
    cluster = make_cluster(make_node("n1", gpus=2), make_node("n2"))
    cluster.bind(make_pod("p", cpu="1"), "n1")
    cluster.remove_node("n1")
    cluster.set_node(make_node("n0", cpu="8"))
    live = cluster.live()
    assert live.name.tolist() == ["n0", "n2"]
    assert live.free("cpu").tolist() == [8000, 4000]
    assert live.gpu_free_milli[0].tolist() == [0, 0]
    assert live.tie.tolist() == [0, 1]


def test_explicit_devices_are_taken_as_they_are() -> None:
    cluster = make_cluster(make_node(gpus=4))
    cluster.bind(make_pod("p", gpus=2), "n1", devices=(1, 3))
    assert cluster.live().gpu_free_milli.tolist() == [[1000, 0, 1000, 0]]


def test_an_aligned_pod_takes_the_fullest_zone_that_holds_it() -> None:
    cluster = make_cluster(make_node(cpu="16", zones_milli=(8000, 6000)))
    cluster.bind(make_pod("a", cpu="5", topology_aware=True), "n1")
    assert cluster.live().numa_cpu_milli.tolist() == [[8000, 1000]]
    cluster.bind(make_pod("b", cpu="5", topology_aware=True), "n1")
    assert cluster.live().numa_cpu_milli.tolist() == [[3000, 1000]]
    cluster.unbind("default/a")
    assert cluster.live().numa_cpu_milli.tolist() == [[3000, 6000]]


def test_names_that_do_not_exist_are_refused() -> None:
    cluster = make_cluster(make_node("n1"))
    for call in (
        lambda: cluster.remove_node("n2"),
        lambda: cluster.set_ready("n2", ready=True),
        lambda: cluster.set_usage("n2", "cpu", 0.5),
        lambda: cluster.node("n2"),
        lambda: cluster.unbind("default/p"),
        lambda: cluster.live().slot("n2"),
    ):
        with pytest.raises(UnknownName, match=r"n2|default/p"):
            call()
    assert "default/p" not in cluster


@pytest.mark.parametrize("share", [-0.1, math.inf])
def test_usage_is_a_share_or_nan(share: float) -> None:
    cluster = make_cluster(make_node("n1"))
    with pytest.raises(ModelError, match=f"usage of 'cpu' must be >= 0 and finite.*{share}"):
        cluster.set_usage("n1", "cpu", share)
    with pytest.raises(ModelError, match="'disk'"):
        cluster.set_usage("n1", "disk", 0.5)


# what grows


def test_more_nodes_resources_and_wider_gpus_leave_the_rest_as_it_was() -> None:
    cluster = make_cluster(make_node("n00", gpus=1))
    cluster.bind(make_pod("p", cpu="1", gpu_milli=300), "n00")
    for number in range(1, 40):
        cluster.set_node(make_node(f"n{number:02d}"))
    cluster.set_node(make_node("n40", gpus=8, zones_milli=(1000, 1000, 1000), resources={"vf": 2}))
    live = cluster.live()
    assert len(live) == 41
    assert live.free("cpu")[0] == 3000
    assert live.gpu_free_milli[0].tolist() == [700, 0, 0, 0, 0, 0, 0, 0]
    assert live.free("vf").tolist() == [0] * 40 + [2]
    assert live.allocatable("unheard-of").tolist() == [0] * 41
    cluster.bind(make_pod("q", cpu="0", requests={"vf": 2}), "n40")
    assert cluster.live().free("vf")[40] == 0


def test_a_node_brings_its_site_and_tier_and_latency_follows() -> None:
    cluster = make_cluster(make_node("a", site="seoul"), rtt_ms={})
    cluster.set_node(make_node("b", site="aws", tier=Tier.CLOUD))
    cluster.set_node(make_node("c", site=""))
    live = cluster.live()
    assert live.sites.names == ("aws", "c", "seoul")
    assert live.sites.is_cloud.tolist() == [True, False, False]
    assert [live.sites[int(site)].name for site in live.site] == ["seoul", "aws", "c"]
    assert live.latency.p50_ms.shape == (3, 3)


def test_the_epoch_changes_for_what_concerns_many_rows_and_only_then() -> None:
    cluster = make_cluster(make_node("n1"), sites=make_sites("seoul"))
    epoch = cluster.live().epoch
    cluster.bind(make_pod(), "n1")
    cluster.set_ready("n1", ready=False)
    cluster.set_usage("n1", "cpu", 0.5)
    cluster.set_node(make_node("n1", cpu="8"))
    assert cluster.live().epoch is epoch
    changes: tuple[Callable[[], None], ...] = (
        lambda: cluster.set_node(make_node("n1", labels={"a": "b"})),
        lambda: cluster.set_node(make_node("n1", taints=(Taint(key="x"),))),
        lambda: cluster.set_node(make_node("n1", site="busan")),
        lambda: cluster.set_node(make_node("n2")),
        lambda: cluster.remove_node("n2"),
        lambda: cluster.set_latency(make_latency(("seoul",), {})),
        lambda: cluster.set_sites(make_sites("seoul", "busan")),
    )
    for change in changes:
        change()
        assert cluster.live().epoch is not epoch
        epoch = cluster.live().epoch


def test_a_reader_far_behind_is_told_to_look_at_everything() -> None:
    cluster = make_cluster(make_node("n1"), make_node("n2"))
    version = cluster.live().version
    for number in range(70_000):
        cluster.set_ready("n2", ready=bool(number % 2))
    live = cluster.live()
    assert live.changed_since(version) is None
    assert live.changed_since(live.version - 10) == [1]
    assert live.changed_since(live.version) == []
    assert live.changed_since(live.version + 1) is None


def test_a_frozen_one_far_behind_is_brought_up_to_date_all_the_same() -> None:
    cluster = make_cluster(make_node("n1"), make_node("n2"))
    cluster.freeze()
    for number in range(70_000):
        cluster.set_ready("n2", ready=bool(number % 2))
    cluster.bind(make_pod(service="web"), "n1")
    frozen = cluster.freeze()
    assert frozen.free("cpu").tolist() == [3500, 4000]
    assert frozen.count("service:default/web").tolist() == [1, 0]


# snapshots


def test_columns_cannot_be_written() -> None:
    cluster = make_cluster(make_node("n1", gpus=1, zones_milli=(1000,)), rtt_ms={})
    for nodes in (cluster.live(), cluster.freeze()):
        for column in (
            nodes.ready, nodes.free("cpu"), nodes.free_all, nodes.allocatable("cpu"), nodes.usage("cpu"), nodes.site,
            nodes.tie, nodes.gpu_free_milli, nodes.gpu_model, nodes.numa_cpu_milli, nodes.name, nodes.labels,
            nodes.label("disk")[0], nodes.latency.p50_ms,
        ):  # fmt: skip
            with pytest.raises(ValueError, match="read-only"):
                column[...] = column


def test_some_rows_are_the_same_thing_in_the_order_asked_for() -> None:
    cluster = make_cluster(*(make_node(f"n{n}", cpu=str(n + 1), gpus=n, labels={"n": str(n)}) for n in range(4)))
    cluster.bind(make_pod(cpu="1", service="web"), "n3")
    some = cluster.live().take([3, 1])
    assert len(some) == 2
    assert some.name.tolist() == ["n3", "n1"]
    assert some.free("cpu").tolist() == [3000, 2000]
    assert some.free_all[0].tolist() == [3000, 2000]
    assert some.requested("cpu").tolist() == [1000, 0]
    assert some.gpu_free_milli.tolist() == [[1000] * 3, [1000, 0, 0]]
    assert some.count("service:default/web").tolist() == [1, 0]
    codes, table = some.label("n")
    assert [table[code] for code in codes] == ["3", "1"]
    assert some.slots.tolist() == [3, 1]
    assert some.take([1]).slots.tolist() == [1]
    assert len(some.whole) == 4
    assert len(some.take([])) == 0


def image(nodes: Snapshot) -> bytes:
    """All that a snapshot says, as bytes."""
    columns = [
        nodes.ready, nodes.tie, nodes.site, nodes.free_all, nodes.gpu_count, nodes.gpu_free_milli, nodes.gpu_model,
        nodes.numa_zones, nodes.numa_cpu_milli, *(nodes.usage(kind) for kind in USAGE_KINDS),
        *(nodes.allocatable(resource) for resource in nodes.resources), *(nodes.count(group) for group in GROUPS),
        nodes.latency.p50_ms, nodes.label("disk")[0],
    ]  # fmt: skip
    words = (
        nodes.name.tolist(),
        nodes.labels.tolist(),
        nodes.taints.tolist(),
        nodes.sites.names,
        sorted(nodes.groups().items()),
    )
    told = (nodes.version, nodes.epoch, nodes.label("disk")[1], nodes.resources, nodes.gpu_models, words)
    return b"".join(column.tobytes() for column in columns) + repr(told).encode()


@given(st.integers(0, 2**32), st.lists(st.booleans(), min_size=30, max_size=30))
@settings(max_examples=40)
def test_snapshots_that_are_held_never_change(seed: int, kept: list[bool]) -> None:
    rng = random.Random(seed)
    cluster, oracle = Cluster(), Oracle()
    held: list[tuple[Snapshot, bytes]] = []
    for number, keep in enumerate(kept):
        step(rng, cluster, oracle, number)
        frozen = cluster.freeze()
        assert image(frozen) == image(cluster.live())
        if keep:
            held.append((frozen, image(frozen)))
        elif held and number % 3 == 0:
            held.pop(0)
        del frozen
        for snapshot, before in held:
            assert image(snapshot) == before


@pytest.mark.parametrize("column", ["ready", "name", "free_all", "free", "gpu_free_milli", "labels"])
def test_a_column_outlives_its_snapshot_unchanged(column: str) -> None:
    cluster = make_cluster(make_node("n1", gpus=2), make_node("n2"))
    cluster.freeze()
    kept = getattr(cluster.freeze(), column)
    kept = kept("cpu") if callable(kept) else kept
    before = kept.tolist()
    for number in range(8):
        cluster.bind(make_pod(f"p{number}", cpu="100m", gpu_milli=100), "n1")
        cluster.set_ready("n2", ready=bool(number % 2))
        cluster.freeze()
        assert kept.tolist() == before


def test_buffers_are_used_again_when_nobody_reads_them() -> None:
    cluster = make_cluster(make_node("n1"), make_node("n2"))
    published = cluster.freeze()
    seen = set()
    for number in range(200):
        cluster.bind(make_pod(f"p{number}", cpu="1m"), "n1")
        published = cluster.freeze()
        seen.add(published.free("cpu").__array_interface__["data"][0])
        assert published.free("cpu")[0] == 4000 - number - 1
    assert len(seen) <= 3


def test_readers_who_keep_every_snapshot_get_one_each() -> None:
    cluster = make_cluster(make_node("n1"))
    held = []
    for number in range(10):
        cluster.bind(make_pod(f"p{number}", cpu="1m"), "n1")
        held.append(cluster.freeze())
    assert [int(snapshot.free("cpu")[0]) for snapshot in held] == [4000 - n - 1 for n in range(10)]


def test_another_thread_reads_whole_states_while_this_one_writes() -> None:
    # every state has n pods of one core and n web pods in all: a torn one would not
    cluster = make_cluster(*(make_node(f"n{n}", cpu="1000", pods=10_000) for n in range(8)))
    published = [cluster.freeze()]
    torn: list[tuple[int, int]] = []
    reads = 0
    done = threading.Event()

    def read() -> None:
        nonlocal reads
        while not done.is_set() or not reads:
            nodes = published[0]
            requested, pods = int(nodes.requested("cpu").sum()), int(nodes.requested("pods").sum())
            counted = int(nodes.count("service:default/web").sum())
            if not requested == 1000 * pods == 1000 * counted:
                torn.append((requested, pods))
            reads += 1

    reader = threading.Thread(target=read)
    reader.start()
    rng = random.Random(1)
    of = make_class(cpu="1", service="web")
    try:
        for number in range(800):
            cluster.bind(make_pod(f"p{number}", of), f"n{rng.randrange(8)}")
            if number > 50:
                cluster.unbind(f"default/p{number - 50}")
            published[0] = cluster.freeze()
    finally:
        done.set()
        reader.join(timeout=30)
    assert not reader.is_alive()
    assert torn == []
    assert reads > 0


def test_an_empty_cluster_has_columns_of_no_length() -> None:
    nodes = Cluster().live()
    assert len(nodes) == len(nodes.free("cpu")) == len(nodes.ready) == 0
    assert nodes.free_all.shape == (4, 0)
    assert nodes.gpu_free_milli.shape == (0, 0)
    assert nodes.groups() == {}
    assert isinstance(Cluster().freeze(), Snapshot)


def test_no_two_clusters_share_an_epoch() -> None:
    assert make_cluster(make_node("a")).live().epoch is not make_cluster(make_node("a")).live().epoch


def test_a_mask_takes_the_rows_where_it_is_true() -> None:
    nodes = make_cluster(make_node("a"), make_node("b"), make_node("c")).live()
    assert nodes.take(np.array([True, False, True])).name.tolist() == ["a", "c"]


def gpu_free(cluster: Cluster, name: str) -> list[int]:
    nodes = cluster.live()
    row = nodes.slot(name)
    free: list[int] = nodes.gpu_free_milli[row, : nodes.gpu_count[row]].tolist()
    return free


def test_a_gpu_pod_that_runs_where_no_gpu_is_free_is_charged_all_the_same() -> None:
    cluster = make_cluster(make_node("n", gpus=1))
    cluster.bind(make_pod("first", gpus=1), "n")
    cluster.bind(make_pod("second", gpus=1), "n")  # somebody else bound it: it is there
    assert gpu_free(cluster, "n") == [-1000]
    cluster.unbind("default/first")
    assert gpu_free(cluster, "n") == [0]


def test_pods_of_a_gpu_that_is_gone_hold_another_one() -> None:
    cluster = make_cluster(make_node("n", gpus=2))
    cluster.bind(make_pod("a", gpus=1), "n", (1,))
    cluster.set_node(make_node("n", gpus=1))
    assert gpu_free(cluster, "n") == [0]


@pytest.mark.parametrize(
    ("pod", "devices"),
    [
        pytest.param(make_pod("p", gpus=1), (7,), id="no such device"),
        pytest.param(make_pod("p", gpus=2), (0,), id="too few"),
        pytest.param(make_pod("p", gpus=2), (0, 0), id="one twice"),
        pytest.param(make_pod("p"), (0,), id="asks for none"),
    ],
)
def test_devices_that_a_pod_cannot_have_are_refused(pod: Pod, devices: tuple[int, ...]) -> None:
    cluster = make_cluster(make_node("n", gpus=2))
    with pytest.raises(ModelError, match="pod default/p: devices must be"):
        cluster.bind(pod, "n", devices)
    assert pod.uid not in cluster


def test_a_pod_that_is_told_again_with_other_devices_or_requests_is_charged_anew() -> None:
    cluster = make_cluster(make_node("n", cpu="8", gpus=2))
    cluster.bind(make_pod("p", cpu="1", gpus=1), "n")
    cluster.bind(make_pod("p", cpu="1", gpus=1), "n", (1,))
    assert gpu_free(cluster, "n") == [1000, 0]
    cluster.bind(make_pod("p", cpu="5", gpus=1), "n", (1,))  # resized in place
    assert cluster.live().free("cpu").tolist() == [3000]
    assert len(cluster) == 1


def test_names_become_a_mask_at_once() -> None:
    nodes = make_cluster(make_node("a"), make_node("b"), make_node("c")).live()
    mask, unknown = nodes.mask(["c", "new", "a"])
    assert nodes.name[mask].tolist() == ["a", "c"]
    assert unknown == ("new",)


def test_services_that_are_gone_are_forgotten_and_nobody_who_is_behind_is_misled() -> None:
    cluster = make_cluster(make_node("n"))
    held = cluster.freeze()
    version = held.version
    for number in range(3000):
        cluster.bind(make_pod("p", service=f"s{number}"), "n")
        cluster.unbind("default/p")
        if number % 500 == 0:
            assert not cluster.freeze().groups()
    assert not cluster.live().groups()
    assert cluster.live().changed_since(version) is None  # it has to look at everything
    cluster.bind(make_pod("q", service="last"), "n")
    assert dict(cluster.freeze().groups()) == {"service:default/last": 1}


def test_slots_are_told_in_the_order_of_the_names() -> None:
    cluster = make_cluster(make_node("a"), make_node("b"), make_node("c"))
    cluster.remove_node("b")
    for nodes in (cluster.live(), cluster.freeze()):
        assert nodes.slots_of(["c", "new", "a", "c", "b", ""]).tolist() == [2, -1, 0, 2, -1, -1]
        assert nodes.slots_of([]).tolist() == []


def test_latency_that_is_told_anew_leaves_what_was_worked_out_of_labels() -> None:
    cluster = make_cluster(make_node("a", labels={"disk": "ssd"}), make_node("b"), rtt_ms={})
    before, epoch = cluster.live().label("disk"), cluster.live().epoch
    cluster.set_latency(make_latency(("seoul",), {}, same_ms=2.0))
    assert cluster.live().label("disk")[0] is before[0]
    assert cluster.live().latency.p50_ms.tolist() == [[2.0]]
    assert cluster.live().epoch != epoch


def test_while_nothing_changes_one_frozen_snapshot_is_given_out_again() -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    first = cluster.freeze()
    assert cluster.freeze() is first
    cluster.bind(make_pod(cpu="1"), "a")
    second = cluster.freeze()
    assert second is not first
    assert cluster.freeze() is second
    assert (first.free("cpu").tolist(), second.free("cpu").tolist()) == ([4000, 4000], [3000, 4000])
    cluster.set_latency(make_latency(("seoul",), {}))
    assert cluster.freeze() is not second
