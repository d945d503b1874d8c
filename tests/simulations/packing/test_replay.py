from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.decide import Engine
from policies.engine.typical import DEFAULT_MIX
from policies.fragmentation import Mix
from simulations.baselines import names
from simulations.packing.replay import pod_classes, replay
from simulations.packing.typical import typical_pods
from simulations.workloads.arrivals import Arrivals, arrival_order
from simulations.workloads.builtin_gpu import builtin_gpu_cluster
from tests.builders import make_profile

NODES, PODS = builtin_gpu_cluster()
POLICIES = ("fragmentation", "best-fit", "dot-product", "gpu-packing", "gpu-clustering")


@pytest.mark.parametrize("policy", [*POLICIES, "random"])
def test_no_node_gets_more_than_it_has_and_the_sums_agree(policy: str) -> None:
    arrivals = arrival_order(PODS, NODES, ratio=1.3, seed=1)
    profile = None if policy == "random" else make_profile(policy)
    outcome = replay(NODES, PODS, arrivals, names.decider(policy, profile, 1), Mix(DEFAULT_MIX))
    asked_gpu, asked_cpu = PODS.total_gpu_milli[arrivals.order], PODS.cpu_milli[arrivals.order]
    assert outcome.arrived_milli.tolist() == asked_gpu.cumsum().tolist()
    for index, name in enumerate(NODES.names):
        here = np.array([node == name for node in outcome.nodes])
        assert asked_gpu[here].sum() <= 1000 * NODES.gpu_count[index]
        assert asked_cpu[here].sum() <= NODES.cpu_milli[index]
    placed = np.array([node is not None for node in outcome.nodes])
    assert outcome.used_milli[-1] == asked_gpu[placed].sum()
    assert outcome.failed == (~placed).sum()
    idle = 1000 * int(NODES.gpu_count.sum()) - outcome.used_milli
    assert (outcome.fragmented_milli >= -1e-6).all()
    assert (outcome.fragmented_milli <= idle + 1e-6).all()


@given(st.integers(0, 10**6))
@settings(max_examples=5)
def test_of_equal_nodes_the_one_with_the_lowest_rank_is_taken(seed: int) -> None:
    arrivals = arrival_order(PODS, NODES, ratio=1.0, seed=seed)
    engine = Engine(make_profile(("best-fit", 0.0)))  # without a say, every node is equal
    outcome = replay(NODES, PODS, Arrivals(order=arrivals.order[:1], rank=arrivals.rank), engine, Mix(DEFAULT_MIX))
    (node,) = outcome.nodes
    assert node is not None
    pod = arrivals.order[0]
    fitting = [
        int(arrivals.rank[index])
        for index in range(len(NODES.names))
        if NODES.cpu_milli[index] >= PODS.cpu_milli[pod]
        and NODES.memory_mib[index] >= PODS.memory_mib[pod]
        and NODES.gpu_count[index] >= PODS.num_gpu[pod]
        and (not PODS.gpu_spec[pod] or NODES.models[index] in PODS.gpu_spec[pod].split("|"))
    ]
    assert arrivals.rank[NODES.names.index(node)] == min(fitting)


def test_equal_pods_are_one_class() -> None:
    classes = pod_classes(PODS)
    assert len(classes) == len(PODS)
    assert len({id(of) for of in classes}) == len(set(classes))


def test_typical_pods_are_the_most_frequent_ones_up_to_95_per_cent() -> None:
    typical = typical_pods(PODS)
    assert sum(pod.frequency for pod in typical) == pytest.approx(1.0)
    frequencies = [pod.frequency for pod in typical]
    assert frequencies == sorted(frequencies, reverse=True)
