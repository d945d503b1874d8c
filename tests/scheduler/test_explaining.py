"""What operators are told of a pod."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policies.model.site import Tier
from scheduler.deciding import Decider, Engines
from scheduler.explaining import Explainer, Found
from tests.builders import make_latency, make_node, make_pod
from tests.scheduler.desk_parts import Parts


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
