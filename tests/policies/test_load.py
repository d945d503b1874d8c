"""Real use, known or not."""

from __future__ import annotations

import pytest

from policies.load import Load
from tests.builders import make_class, make_cluster, make_node
from tests.policies.asked import allowed, reason, refusal, scores


@pytest.mark.parametrize(
    ("usage", "score"),
    [
        pytest.param(
            {"cpu": 0.5, "memory": 0.1}, 0.575, id="cpu 0.5 + 1/4 with the pod, memory 0.1: 1 - (0.75 + 0.1)/2"
        ),
        pytest.param({"cpu": 0.5}, 0.25, id="memory not measured: 1 - 0.75"),
        pytest.param({"cpu": 0.9, "memory": 0.1}, 0.45, id="cpu 0.9 + 0.25 counts as 1: 1 - (1 + 0.1)/2"),
        pytest.param({"cpu": 2.0}, 0.0, id="overloaded"),
        pytest.param({}, 0.5, id="nothing measured: in the middle"),
    ],
)
def test_score(usage: dict[str, float], score: float) -> None:
    cluster = make_cluster(make_node("n", cpu="4", usage=usage))
    assert scores(Load(), cluster, make_class(cpu="1")) == {"n": score}


def test_weights_are_of_cpu_and_memory() -> None:
    cluster = make_cluster(make_node("n", usage={"cpu": 0.8, "memory": 0.4}))
    # 1 - (3 · 0.8 + 1 · 0.4)/4 = 0.3
    assert scores(Load(cpu_weight=3), cluster, make_class(cpu="0")) == {"n": 0.3}
    assert scores(Load(cpu_weight=0, memory_weight=0), cluster, make_class(cpu="0")) == {"n": 0.5}


def test_a_limit_refuses_known_use_only() -> None:
    policy = Load(max_cpu=0.7, max_memory=0.9)
    cluster = make_cluster(
        make_node("cpu", usage={"cpu": 0.6, "memory": 0.2}), make_node("memory", usage={"memory": 0.95}),
        make_node("good", usage={"cpu": 0.57, "memory": 0.9}), make_node("unknown"),
    )  # fmt: skip
    pod = make_class(cpu="500m")  # 0.125 of 4
    assert allowed(policy, cluster, pod) == {"good", "unknown"}
    assert refusal(policy, cluster, pod, "cpu") == "cpu use 60%, 72.5% with the pod > 70%"
    assert refusal(policy, cluster, pod, "memory") == "memory use 95%, 95.0% with the pod > 90%"
    assert reason(policy, cluster, pod, "unknown") == "use not measured, taken as 50%"
    assert reason(policy, cluster, pod, "good") == "cpu use 57%, 70% with the pod; memory use 90%"
