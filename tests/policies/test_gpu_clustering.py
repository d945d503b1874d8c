from __future__ import annotations

from typing import Any

import pytest

from policies.gpu_clustering import GpuClustering
from tests.builders import make_class, make_cluster, make_left, make_node, make_pod
from tests.conftest import needs_data
from tests.policies.packing_cases import feasible_cases, points


@pytest.mark.parametrize(
    ("there", "asked", "score"),
    [
        ([], {"gpus": 2}, 25),  # base 0: all 8 idle; no GPU pod there: + 25
        ([{"gpus": 2}], {"gpus": 2}, 81),  # 25 · 2000 // 8000 = 6; all of this shape: + 75
        ([{"gpus": 2}], {"gpus": 1}, 6),  # none of it: + 0
        ([{"gpus": 2}, {"gpus": 1}], {"gpus": 1}, 59),  # 25 · 3 // 8 = 9; some: + 50
        ([{"gpu_milli": 300}, {"gpu_milli": 500}], {"gpu_milli": 100}, 77),  # 25 · 800 // 8000 = 2; shares are alike
        ([{}], {"gpus": 1}, 25),  # a pod without GPU is no company
    ],
)
def test_pods_of_one_shape_go_together(there: list[dict[str, Any]], asked: dict[str, Any], score: int) -> None:
    cluster = make_cluster(make_node(cpu="64", gpus=8))
    for number, other in enumerate(there):
        cluster.bind(make_pod(f"p{number}", **other), "n1")
    assert points(GpuClustering(), cluster.live(), make_class(**asked)) == score


def test_a_pod_without_gpu_gets_no_opinion() -> None:
    assert GpuClustering().score(make_left(64_000, [1000]).live(), make_class()) is None


def test_the_reason_counts_the_company() -> None:
    cluster = make_left(64_000, [500, 500, 1000])
    assert GpuClustering().reason(cluster.live(), make_class(gpus=1)) == "0 pods of its shape, 2 others with GPU"


@needs_data("openb", "golden.json")
def test_published_score_cases() -> None:
    for case in feasible_cases():
        expected = case.expected["GpuClustering_no_affinity"]
        if case.pod.gpu is not None and case.used:  # there the GPUs are held by shared pods
            expected += 50 if case.pod.gpu.is_shared else -25
        assert points(GpuClustering(), case.nodes, case.pod) == expected
