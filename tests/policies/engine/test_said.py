"""Words of static policies, kept for an epoch and no longer."""

from __future__ import annotations

import numpy as np

from policies.engine.decide import Engine
from policies.model.latency import LatencyMatrix
from policies.model.what_if import without
from tests.builders import make_class, make_cluster, make_metro, make_node, make_profile


def test_words_follow_what_they_are_made_of() -> None:
    cluster = make_cluster(make_node("n1", site="seoul"), make_node("n2", site="busan"))
    pod, engine = make_class(origin="seoul", max_rtt_ms=1.0), Engine(make_profile("latency"))
    told = []
    for rtt_ms in (8.0, 8.0, 9.0):
        cluster.set_latency(LatencyMatrix.of(["busan", "seoul"], np.full((2, 2), rtt_ms)))
        nodes = cluster.live()
        told.append([refusal.reason for refusal in engine.refusals(nodes, pod, engine.decide(nodes, pod), [0, 1])])
    assert [[number in reasons[-1] for number in ("8 ms", "9 ms")] for reasons in told] == [
        [True, False], [True, False], [False, True],
    ]  # fmt: skip


def test_classes_with_equal_limits_keep_their_own_words() -> None:
    cluster = make_cluster(make_node("n1", site="busan"), make_node("n2", site="seoul"))
    cluster.set_latency(LatencyMatrix.of(["busan", "seoul"], np.array([[0.0, 30.0], [30.0, 0.0]])))
    nodes, engine = cluster.live(), Engine(make_profile("latency"))
    named, plain = make_class(origin="seoul", latency_class="ar-vr"), make_class(origin="seoul", max_rtt_ms=20.0)
    said = [engine.refusal(nodes, pod, 0) for pod in (named, plain, named, plain)]
    assert said[0] == said[2] != said[1] == said[3]
    assert said[0] is not None
    assert "(ar-vr)" in said[0].reason


def test_row_that_is_tried_out_is_told_as_its_own_node() -> None:
    nodes = make_metro().freeze()
    pod = make_class(origin="seoul", max_rtt_ms=20.0)
    engine = Engine(make_profile("latency"))
    far = [slot for slot, name in enumerate(nodes.name.tolist()) if name.startswith(("jeju", "cloud"))]
    alone = [engine.refusal(without(nodes, slot, ()), pod, 0) for slot in far]
    assert alone == [engine.refusal(nodes, pod, slot) for slot in far]
    assert {each.node: each.reason.split(",")[0] for each in alone if each} == {
        "jeju-1": "rtt p95 30 ms > 20 ms from seoul",
        "jeju-2": "rtt p95 30 ms > 20 ms from seoul",
        "cloud-1": "rtt p95 50 ms > 20 ms from seoul",
        "cloud-2": "rtt p95 50 ms > 20 ms from seoul",
    }
