"""What hostile bodies brought to light: each was an error, a wrong answer or seconds of work before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.scheduler.hostile import cluster
from tests.scheduler.hostile.bodies import pod
from tests.scheduler.hostile.cluster import NODES
from tests.scheduler.hostile.judging import judge
from tests.scheduler.hostile.world import world
from tests.scheduler.questions import encoded


def by_name(of: dict[str, Any], names: list[str] | tuple[str, ...] = NODES) -> bytes:
    return encoded({"Pod": of, "Nodes": None, "NodeNames": list(names)})


async def answered(verb: str, body: bytes) -> Any:
    """The answer, found to be one, and given without a failure of ours."""
    async with world() as extender:
        told = await extender.ask(verb, body)
        judge(verb, body, told.body)
        assert extender.count("errors") == 0
        assert extender.count("deadline_misses") == 0
        return json.loads(told.body)


async def test_selector_of_the_empty_label_does_not_make_the_next_pods_fail() -> None:
    """The empty key was where the taints of all nodes are kept; what the label told was taken for them from then on."""
    victims = {name: {"Pods": [{"UID": "nobody"}], "NumPDBViolations": 0} for name in NODES}
    good, keyless = (
        encoded({"Pod": of, "NodeNameToVictims": None, "NodeNameToMetaVictims": victims})
        for of in (cluster.pod("good"), pod(nodeSelector={"": "x"}))
    )
    async with world() as before, world() as after:
        told = (await before.ask("preempt", good)).body
        assert json.loads((await after.ask("preempt", keyless)).body) == {"NodeNameToMetaVictims": {}}
        assert (await after.ask("preempt", good)).body == told
        assert after.count("errors") == 0


async def test_labels_that_no_node_bears_are_not_remembered() -> None:
    """Each cost four bytes a node for as long as no node was relabelled, and a pod may name any number of them."""
    async with world() as extender:
        nodes = extender.parts.mirror.snapshot()
        known = {f"edgeward.dev/{number}": "x" for number in range(200)} | {"edgeward.dev/site": "seoul"}
        victims = {NODES[0]: {"Pods": [{"UID": "uid-resident-0"}], "NumPDBViolations": 0}}
        asked = {"Pod": pod(nodeSelector=known), "NodeNameToVictims": None, "NodeNameToMetaVictims": victims}
        told = await extender.ask("preempt", encoded(asked))
        assert json.loads(told.body) == {"NodeNameToMetaVictims": {}}
        assert nodes._columns.codes.keys() <= {None, "edgeward.dev/site", "edgeward.dev/tier"}


@pytest.mark.parametrize("verb", ["filter", "preempt"])
async def test_requests_that_fit_64_bits_only_one_by_one_are_no_failure(verb: str) -> None:
    most = {"requests": {"cpu": "9223372036854775807m"}}
    of = pod(containers=[{"name": name, "resources": most} for name in "ab"])
    victims = {NODES[0]: {"Pods": [{"UID": "uid-resident-0"}], "NumPDBViolations": 0}}
    bodies = {
        "filter": by_name(of),
        "preempt": encoded({"Pod": of, "NodeNameToVictims": None, "NodeNameToMetaVictims": victims}),
    }
    told = await answered(verb, bodies[verb])
    if verb == "filter":
        assert "requests of cpu must be at most" in told["FailedAndUnresolvableNodes"][NODES[0]]
    else:
        assert told == {"NodeNameToMetaVictims": {}}


@pytest.mark.parametrize("name", [NODES[0], "strange-0"])
async def test_whole_nodes_that_are_no_text_are_a_bad_body(name: str) -> None:
    """A node's bytes go back as they came; these would be no JSON."""
    node = cluster.node("seoul-0") | {"metadata": {"name": name, "annotations": {"a": "BYTES"}}}
    body = encoded({"Pod": cluster.pod("p"), "Nodes": {"items": [node]}, "NodeNames": None})
    told = await answered("filter", body.replace(b"BYTES", b"\xff\xfe"))
    assert "not UTF-8" in told["Error"]


async def test_many_sidecars_with_resources_of_their_own_take_no_quadratic_time() -> None:
    """Ten thousand of them, 700 kB, kept the event loop busy for a minute."""
    own = [
        {"name": "c", "restartPolicy": "Always", "resources": {"requests": {f"example.com/{number}": "1"}}}
        for number in range(10_000)
    ]
    assert await answered("filter", by_name(pod(initContainers=own)))


async def test_wish_that_cannot_be_read_is_not_quoted_for_each_node_in_full() -> None:
    """With 5,000 nodes the answer was 5,000 times the annotation: two gigabytes."""
    told = await answered("filter", by_name(pod(annotations={"edgeward.dev/origin": "=" * 200_000})))
    assert all(len(reason) < 1_100 for reason in told["FailedAndUnresolvableNodes"].values())
    assert len(told["FailedAndUnresolvableNodes"]) == len(NODES)


@pytest.mark.parametrize(
    "name", ["..", ".", "a/../../nodes/b", "a/b", "%2e%2e", "A", "a\x00", "a\n", "", "-a", "x" * 300]
)
@pytest.mark.parametrize("key", ["PodName", "PodNamespace", "Node"])
async def test_hostile_name_never_leads_to_another_path(key: str, name: str) -> None:
    """`…/pods/../binding` is made `…/binding` by whoever sends it."""
    asked = {"PodName": "pending-1", "PodNamespace": "shop", "PodUID": "uid-pending-1", "Node": NODES[0], key: name}
    async with world() as extender:
        before = len(extender.kube.calls)
        told = json.loads((await extender.ask("bind", encoded(asked))).body)
        assert key in told["Error"]
        assert extender.kube.calls[before:] == []


@pytest.mark.parametrize("key", ["name", "namespace", "uid"])
async def test_longer_identity_than_there_can_be_is_a_bad_body(key: str) -> None:
    """Answers are remembered by the pod's UID, four thousand of them."""
    of = pod()
    of["metadata"][key] = "x" * 1_000_000
    told = await answered("filter", by_name(of))
    assert told["Error"] == f"Pod.metadata.{key} has 1000000 characters, more than the 253 that a name may have"


@pytest.mark.parametrize(
    ("nodes", "judged", "said"),
    [
        pytest.param(
            [{"metadata": {"name": f"x{n}"}, "status": {"allocatable": {f"e.com/{n}": "1"}}} for n in range(300)],
            256, "more than 256 resources come with the question that are not known", id="resources of their own",
        ),
        pytest.param(
            [cluster.node(f"s{n}-0") for n in range(600)],
            500, "more than 500 sites come with the question that are not known", id="sites of their own",
        ),
        pytest.param(
            [{"metadata": {"name": f"x{n}"}} for n in range(5_100)],
            5_000, "more than 5000 nodes come with the question that are not known", id="nodes",
        ),
        pytest.param(
            [{"metadata": {"name": f"x{n}"}, "status": {"allocatable": {"nvidia.com/gpu": "4096"}}} for n in range(50)],
            0, "must be at most 128 GPUs, got 4096", id="more GPUs than any machine has",
        ),
    ],
)  # fmt: skip
async def test_crowd_of_strange_nodes_is_judged_as_far_as_there_can_be_so_many(
    nodes: list[dict[str, Any]], judged: int, said: str
) -> None:
    """700 kB of two thousand nodes with resources of their own took seven seconds, and gigabytes with more of them."""
    told = await answered("filter", encoded({"Pod": cluster.pod("p"), "Nodes": {"items": nodes}, "NodeNames": None}))
    crowd = [node for node, reason in told["FailedNodes"].items() if said in reason]
    assert len(crowd) == len(nodes) - judged
