"""The law of the mirror: whatever history led there, it says what a cluster made from the present objects says.

A world of a few nodes and pods changes at random. Each kind of object has a watch of its own, so events arrive in order
within a kind and in any order between kinds; events come twice, watches break and lose everything until a list, lists
break off and begin again, and in the middle of it pods are assumed somewhere and forgotten.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kube.mirror.mirror import Mirror
from kube.mirror.numa import zones
from policies.errors import ModelError
from policies.model import kubernetes
from policies.model.assignment import devices
from policies.model.cluster import Cluster
from policies.model.snapshot import Snapshot
from tests.kube.mirror.contents import OURS, TIER, Content, a_node, a_pod

NODE_NAMES, POD_NAMES, KINDS = ("n1", "n2", "n3"), ("p1", "p2", "p3", "p4"), ("nodes", "pods", "topologies")
GPUS = 4

node_facts = st.fixed_dictionaries(
    {
        "cpu": st.sampled_from(["4", "8"]),
        "gpus": st.sampled_from([0, GPUS]),
        "ready": st.sampled_from(["True", "False"]),
        "site": st.sampled_from(["", "seoul", "busan"]),
        "labels": st.sampled_from(
            [{}, {}, {TIER: "edge"}, {TIER: "cloud"}, {TIER: "cluod"}, {"topology.kubernetes.io/region": "kr"}]
        ),
        "taints": st.sampled_from([[], [{"key": "k", "effect": "NoSchedule"}]]),
        "unschedulable": st.booleans(),
    }
)
pod_facts = st.fixed_dictionaries(
    {
        "cpu": st.sampled_from(["500m", "1"]),
        "gpus": st.sampled_from([0, 1]),
        "device": st.integers(0, GPUS - 1),
        "node": st.sampled_from(["", *NODE_NAMES]),
        "phase": st.sampled_from(["", "", "", "Succeeded"]),
        "app": st.sampled_from(["web", "db"]),
        "wish": st.sampled_from(["", "", "soon"]),  # the last cannot be read
    }
)
often, sometimes, seldom = 6, 3, 1
changes: list[tuple[int, st.SearchStrategy[tuple[Any, ...]]]] = [
    (sometimes, st.tuples(st.just("nodes"), st.sampled_from(NODE_NAMES), node_facts)),
    (seldom, st.tuples(st.just("nodes"), st.sampled_from(NODE_NAMES), st.none())),
    (often, st.tuples(st.just("pods"), st.sampled_from(POD_NAMES), pod_facts)),
    (sometimes, st.tuples(st.just("pods"), st.sampled_from(POD_NAMES), st.none())),
    (seldom, st.tuples(st.just("topologies"), st.sampled_from(NODE_NAMES), st.sampled_from([None, "2", "3"]))),
]
deliveries: list[tuple[int, st.SearchStrategy[tuple[Any, ...]]]] = [
    (often, st.tuples(st.just("hear"), st.sampled_from(KINDS), st.integers(1, 4), st.booleans())),  # perhaps twice
    (seldom, st.tuples(st.just("cut"), st.sampled_from(KINDS))),
    (seldom, st.tuples(st.just("list"), st.sampled_from(KINDS), st.booleans())),  # perhaps broken off before
    (sometimes, st.tuples(st.just("assume"), st.sampled_from(POD_NAMES), st.sampled_from(NODE_NAMES))),
    (sometimes, st.tuples(st.just("place"), st.sampled_from(POD_NAMES), *[st.sampled_from(NODE_NAMES)] * 2)),
    (seldom, st.tuples(st.just("forget"), st.sampled_from(POD_NAMES))),
    (seldom, st.just(("look",))),
]
steps = st.one_of([step for weight, step in changes + deliveries for _ in range(weight)])


class World:
    """What is true, what is on its way to the mirror, and the mirror."""

    def __init__(self) -> None:
        self.mirror = Mirror(Cluster(), clock=lambda: 0.0, schedulers=(OURS,))
        self.true: dict[str, dict[str, Content]] = {kind: {} for kind in KINDS}
        self.on_its_way: dict[str, deque[tuple[str, Content]]] = {kind: deque() for kind in KINDS}
        self.lost: set[str] = set()
        self.made = 0
        for name in NODE_NAMES:
            self.change("nodes", name, {"gpus": GPUS})

    def change(self, kind: str, name: str, facts: Any) -> None:
        before = self.true[kind].pop(name, None)
        if facts is None:
            content, what = before, "drop"
        else:
            content, what = self._content(kind, name, facts, before), "put"
            self.true[kind][name] = content
            if kind == "pods" and before is not None and before["metadata"]["uid"] != content["metadata"]["uid"]:
                self.on_its_way[kind].append(("drop", before))
        if content is not None:
            self.on_its_way[kind].append((what, content))

    def _content(self, kind: str, name: str, facts: Any, before: Content | None) -> Content:
        if kind == "nodes":
            return a_node(name, **facts)
        if kind == "topologies":
            resources = [{"name": "cpu", "allocatable": facts}]
            return {"metadata": {"name": name}, "zones": [{"name": "node-0", "type": "Node", "resources": resources}]}
        was = (before or {}).get("spec", {}).get("nodeName")
        if before is None or (was and was != facts["node"]):  # nobody moves: it was deleted and made again
            self.made += 1
            uid = f"uid-{self.made}"
        else:
            uid = before["metadata"]["uid"]
        annotations = {"edgeward.dev/gpu-devices": str(facts["device"])} if facts["gpus"] and facts["node"] else {}
        if facts["wish"]:
            annotations["edgeward.dev/max-rtt-ms"] = facts["wish"]
        told = {key: facts[key] for key in ("cpu", "gpus", "node", "phase")}
        return a_pod(name, uid=uid, labels={"app": facts["app"]}, annotations=annotations, **told)

    def tell(self, kind: str, what: str, content: Content) -> None:
        try:
            getattr(getattr(self.mirror, kind), what)(content)
        except ModelError:
            assert kind == "nodes", "a pod that runs is charged, whatever it wishes"

    def hear(self, kind: str, *, twice: bool) -> None:
        if kind in self.lost or not self.on_its_way[kind]:
            return
        what, content = self.on_its_way[kind].popleft()
        for _ in range(1 + twice):
            self.tell(kind, what, content)

    def list(self, kind: str, *, broken_off: bool) -> None:
        handler = getattr(self.mirror, kind)
        self.on_its_way[kind].clear()
        self.lost.discard(kind)
        present = list(self.true[kind].values())
        for items in [present[: len(present) // 2], present] if broken_off else [present]:
            handler.begin()
            for content in items:
                self.tell(kind, "put", content)
        handler.settle()

    def assume(self, name: str, node: str) -> None:
        content = self.true["pods"].get(name)
        if content is not None and not content["spec"].get("nodeName") and not content["metadata"]["annotations"]:
            self.mirror.assume(kubernetes.pod(content), node, None)

    def place(self, name: str, promised: str, node: str) -> None:
        """A pod is made, assumed on one node and bound to that or another."""
        facts = {"cpu": "500m", "gpus": 0, "device": 0, "phase": "", "app": "web", "wish": ""}
        self.change("pods", name, facts | {"node": ""})
        self.assume(name, promised)
        self.change("pods", name, facts | {"node": node})

    def forget(self, name: str) -> None:
        content = self.true["pods"].get(name)
        if content is not None:
            self.mirror.forget(content["metadata"]["uid"])

    def come_to_rest(self) -> None:
        for kind in KINDS:
            while self.on_its_way[kind] and kind not in self.lost:
                self.hear(kind, twice=False)
            if kind in self.lost:
                self.list(kind, broken_off=False)
        for uid in [uid for uid in self.mirror.cluster.placements if self.mirror.is_assumed(uid)]:
            self.mirror.forget(uid)


def made_from(true: dict[str, dict[str, Content]]) -> Cluster:
    """A cluster as plainly as it can be made."""
    cluster = Cluster()
    nodes = []
    for name, content in true["nodes"].items():
        try:
            node = kubernetes.node(content)
        except ModelError:
            continue
        topology = true["topologies"].get(name)
        node = replace(node, numa=zones(topology)) if topology else node
        nodes.append(node)
        cluster.set_node(node)
    cluster.set_sites(kubernetes.sites(nodes))
    for content in true["pods"].values():
        annotations = dict(content["metadata"]["annotations"])
        annotations.pop("edgeward.dev/max-rtt-ms", None)
        plain = {**content, "metadata": {**content["metadata"], "annotations": annotations}}
        if kubernetes.node_name(plain) and not kubernetes.is_finished(plain):
            cluster.bind(kubernetes.pod(plain), kubernetes.node_name(plain), devices(annotations))
    return cluster


def told(nodes: Snapshot, resources: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """All that the columns say, by node name."""
    found = {}
    for slot, name in enumerate(nodes.name.tolist()):
        if not name:
            continue
        site = nodes.sites[int(nodes.site[slot])]
        gpus = int(nodes.gpu_count[slot])
        found[name] = {
            "ready": bool(nodes.ready[slot]),
            "labels": nodes.labels[slot],
            "taints": nodes.taints_of(slot),
            "site": (site.name, site.tier, site.region),
            "free": {resource: int(nodes.free(resource)[slot]) for resource in resources},
            "gpu_free_milli": nodes.gpu_free_milli[slot, :gpus].tolist(),
            "numa_cpu_milli": nodes.numa_cpu_milli[slot, : int(nodes.numa_zones[slot])].tolist(),
            "groups": {key: int(nodes.count(key)[slot]) for key in nodes.groups() if nodes.count(key)[slot]},
            "rank": int(nodes.tie[slot]),
        }
    return found


@given(st.lists(steps, min_size=30, max_size=80))
def test_mirror_says_what_a_cluster_made_from_the_present_objects_says(history: list[tuple[Any, ...]]) -> None:
    world = World()
    for what, *rest in history:
        if what in KINDS:
            world.change(what, *rest)
        elif what == "hear":
            for _ in range(rest[1]):
                world.hear(rest[0], twice=rest[2])
        elif what == "cut":
            world.lost.add(rest[0])
        elif what == "list":
            world.list(rest[0], broken_off=rest[1])
        elif what == "look":
            world.mirror.snapshot()
        else:
            getattr(world, what)(*rest)
    world.come_to_rest()
    expected = made_from(world.true)
    resources = expected.live().resources
    assert world.mirror.snapshot().sites == expected.live().sites
    assert told(world.mirror.snapshot(), resources) == told(expected.freeze(), resources)
    waiting = {
        content["metadata"]["uid"]
        for content in world.true["pods"].values()
        if not kubernetes.node_name(content) and not kubernetes.is_finished(content)
    }
    assert set(world.mirror.pending) == waiting
