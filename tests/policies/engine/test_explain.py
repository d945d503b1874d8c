"""An explanation says of every node what decided, and says the same as the decision."""

from __future__ import annotations

import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.engine.explain import explain
from policies.engine.sample import pods, world
from tests.builders import make_class, make_cluster, make_node


@pytest.mark.parametrize("profile", ["edge-default", "latency-first", "cloud-burst", "gpu-packing"])
def test_an_explanation_says_what_the_decision_says(profile: str) -> None:
    engine, nodes = Engine(shipped().profile(profile)), world().live()
    for pod in pods().values():
        decision, told = engine.decide(nodes, pod), explain(engine, nodes, pod)
        assert told.chosen == decision.node
        passed = [node for node in told.nodes if node.refusal is None]
        assert [node.node for node in passed] == [nodes.name[slot] for slot in decision.order]
        assert [node.integer for node in passed] == [decision.integers[slot] for slot in decision.order]
        assert len(told.nodes) == len(nodes)
        for node in told.nodes:
            if node.refusal is None:  # the weighted mean of the opinions is the score
                terms = [(o.weight, o.score) for o in node.opinions if o.score is not None and o.weight]
                total = sum(weight for weight, _ in terms)
                assert node.score == pytest.approx(sum(w * s for w, s in terms) / total if terms else 0.0)
            else:
                assert node.refusal.reason


def test_each_policy_tells_its_raw_value_and_its_weight() -> None:
    cluster = make_cluster(
        make_node("near", site="seoul"), make_node("far", site="busan"), rtt_ms={("seoul", "busan"): 8}
    )
    told = explain(Engine(shipped().profile("latency-first")), cluster.live(), make_class(origin="seoul"))
    assert told.chosen == "near"
    far = next(node for node in told.nodes if node.node == "far")
    latency = next(opinion for opinion in far.opinions if opinion.policy == "latency")
    assert "8 ms from seoul" in latency.reason
    assert latency.weight > 0
    assert latency.score is not None
    assert latency.score < 1


def test_only_candidates_are_explained() -> None:
    cluster = make_cluster(make_node("a"), make_node("b"), make_node("c"))
    nodes = cluster.live()
    told = explain(Engine(shipped().profile("edge-default")), nodes, make_class(), nodes.name != "b")
    assert sorted(node.node for node in told.nodes) == ["a", "c"]
