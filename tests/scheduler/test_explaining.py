"""What operators are told of a pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from policies.model.pod import Pod
from policies.model.site import Tier
from scheduler.deciding import Decider, Engines
from scheduler.explaining import Explainer, Found, asks
from tests.builders import make_class, make_latency, make_node, make_pod
from tests.scheduler.desk_parts import AtOnce, Parts, asked_pod, nodes_asked


@pytest.fixture
def parts() -> Iterator[Parts]:
    made = Parts()
    for name in ("seoul-1", "seoul-2"):
        made.cluster.set_node(make_node(name, site="seoul"))
    made.cluster.set_node(make_node("cloud-1", site="cloud", tier=Tier.CLOUD))
    made.cluster.set_latency(make_latency(["cloud", "seoul"], {("seoul", "cloud"): 41.0}), now_s=0.0)
    yield made
    made.close()


async def test_pod_whose_own_node_would_be_refused_now_is_explained_with_all_nodes_each_time(parts: Parts) -> None:
    """It was placed when the link was quick."""
    pod = make_pod("camera", origin="seoul", latency_class="ar-vr")
    parts.cluster.bind(pod, "cloud-1")
    placement = parts.cluster.placements[pod.uid]
    thread = Decider()
    explainer = Explainer(
        parts.reader,
        parts.recent,
        thread,
        Engines(),
        find=lambda _, name: Found(pod=pod, placement=placement) if name == "camera" else None,
        snapshot=parts.cluster.freeze,
    )
    first, second = await explainer.explain("default", "camera"), await explainer.explain("default", "camera")
    thread.close()
    assert first == second
    assert first is not None
    nodes = first["nodes"]
    assert isinstance(nodes, list)
    refusals = {node["node"]: node["refusal"] for node in nodes}
    assert (refusals["seoul-1"], refusals["seoul-2"]) == (None, None)
    assert refusals["cloud-1"]["reason"] == "latency 41 ms > 20 ms (ar-vr) from seoul, probe 0 s ago"
    assert await explainer.explain("default", "nobody") is None


async def explained(parts: Parts, pod: Pod) -> Mapping[str, Any]:
    """What is told of a pod, wherever it is."""
    placement = parts.cluster.placements.get(pod.uid)
    found = Found(pod=pod, placement=placement)
    told = await Explainer(
        parts.reader, parts.recent, AtOnce(), Engines(), find=lambda *_: found, snapshot=parts.cluster.freeze
    ).explain("default", pod.name)
    assert told is not None
    return told


async def test_own_node_is_judged_without_the_pod_and_takes_the_place_that_it_then_has(parts: Parts) -> None:
    parts.cluster.bind(make_pod("other", cpu="1"), "seoul-1")
    pod = make_pod("big", cpu="3500m", origin="seoul", preferred="local")
    parts.cluster.bind(pod, "seoul-2")  # with it, 500m are left there, where 3500m are asked for
    told = await explained(parts, pod)
    assert (told["node"], told["chosen"]) == ("seoul-2", "seoul-2")
    # empty without the pod, so before the one that another is on; 3000m are left there
    assert [(node["node"], node["refusal"] is None) for node in told["nodes"]] == [
        ("seoul-2", True),
        ("cloud-1", True),
        ("seoul-1", False),
    ]


async def test_pod_on_a_node_that_is_gone_is_explained_by_the_others(parts: Parts) -> None:
    pod = make_pod("p")
    parts.cluster.bind(pod, "gone-1")
    told = await explained(parts, pod)
    assert told["node"] == "gone-1"
    assert len(told["nodes"]) == 3


async def test_last_answer_is_told_beside_what_would_be_answered_now(parts: Parts) -> None:
    asked = asked_pod("p", annotations={"edgeward.dev/origin": "seoul", "edgeward.dev/max-rtt-ms": "20"})
    await parts.placer.filter(nodes_asked(asked, ["seoul-1", "cloud-1"]))
    told = await explained(parts, Pod(name="p", uid="uid-p", of=make_class(origin="seoul", max_rtt_ms=20.0)))
    last = told["last_answer"]
    assert (last["at_s"], last["offered"], last["passed"]) == (1_000.0, 2, 1)
    (reason,) = last["reasons"]
    assert (reason["policy"], reason["nodes"], reason["unresolvable"]) == ("latency", 1, True)
    assert len(told["nodes"]) == 3  # all that there are, whoever was offered


def test_wishes_are_those_that_were_made_and_nothing_that_follows_from_them() -> None:
    assert asks(make_class(cpu="0")) == {"namespace": "default"}
    found = asks(make_class(cpu="250m", gpu_milli=300, origin="seoul", max_rtt_ms=20.0, depends_on=("db",)))
    assert set(found) == {"namespace", "requests", "gpu", "demand", "max_rtt_ms", "depends_on"}
    assert found["gpu"]["milli"] == 300
