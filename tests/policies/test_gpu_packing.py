from __future__ import annotations

from typing import Any

import pytest

from policies.gpu_packing import GpuPacking
from tests.builders import make_class, make_cluster, make_left, make_node
from tests.conftest import needs_data
from tests.policies.packing_cases import feasible_cases, points


@pytest.mark.parametrize(
    ("gpu_left", "asked", "score"),
    [
        ([1000], {"gpu_milli": 500}, 32),  # an idle node: 33 - 1
        ([1000] * 8, {"gpu_milli": 500}, 25),  # 33 - 8
        ([1000] * 20, {"gpus": 1}, 20),  # max(33 - 20, 20)
        ([0, 1000], {"gpus": 1}, 49),  # an idle GPU of a used node: 50 - 1
        ([0, 1000, 1000], {"gpus": 2}, 48),
        ([600, 1000], {"gpu_milli": 500}, 94),  # a GPU in use: 100 - 60 // 10
        ([500, 1000], {"gpu_milli": 500}, 95),
        ([400, 1000], {"gpu_milli": 500}, 49),  # the one in use is too small
        ([995, 995], {"gpu_milli": 500}, 91),  # 100 - 99 // 10
    ],
)
def test_used_gpus_before_idle_gpus_before_idle_nodes(gpu_left: list[int], asked: dict[str, Any], score: int) -> None:
    assert points(GpuPacking(), make_left(64_000, gpu_left).live(), make_class(**asked)) == score


def test_a_pod_without_gpu_and_a_cluster_without_gpus_get_no_opinion() -> None:
    assert GpuPacking().score(make_left(64_000, [1000]).live(), make_class()) is None
    assert GpuPacking().score(make_cluster(make_node()).live(), make_class(gpus=1)) is None


def test_devices_of_another_model_do_not_count() -> None:
    nodes = make_left(64_000, [600, 1000], "T4").live()
    assert points(GpuPacking(), nodes, make_class(gpu_milli=500, models=["T4"])) == 94


@needs_data("openb", "golden.json")
def test_published_score_cases() -> None:
    for case in feasible_cases():
        assert points(GpuPacking(), case.nodes, case.pod) == case.expected["GpuPacking"]
