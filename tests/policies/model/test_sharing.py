"""Shares of GPUs as other projects' pods ask for them."""

from __future__ import annotations

from typing import Any

import pytest

from policies.errors import ModelError
from policies.model.gpu import GpuRequest
from policies.model.kubernetes import pod_class
from policies.model.pod import PodClass

Json = dict[str, Any]
SHORT = {
    "hami": "nvidia.com/",
    "elastic": "elasticgpu.io/",
    "koordinator": "koordinator.sh/",
    "gpushare": "aliyun.com/",
}


def container(project: str, /, *, stays: bool = False, **limits: str) -> Json:
    named = {SHORT[project] + name.replace("__", ".").replace("_", "-"): amount for name, amount in limits.items()}
    return {"resources": {"limits": named}} | ({"restartPolicy": "Always"} if stays else {})


def of(*containers: Json, init: tuple[Json, ...] = (), annotations: Json | None = None) -> PodClass:
    spec = {"containers": list(containers), "initContainers": list(init)}
    return pod_class({"metadata": {"annotations": annotations or {}}, "spec": spec}, called="pod a/b")


def hami(**limits: str) -> Json:
    return container("hami", stays=False, **limits)


def share(milli: int = 0, count: int = 1, **rest: Any) -> GpuRequest:
    return GpuRequest(milli=milli, count=count, **rest)


@pytest.mark.parametrize(
    ("containers", "asked"),
    [
        ([container("gpushare", gpu_mem="3")], share(memory_units=3)),
        ([container("gpushare", gpu_mem="3"), container("gpushare", gpu_mem="2")], share(memory_units=5)),  # 3 + 2
        ([hami(gpu="1", gpumem="3000")], share(memory_mib=3000)),
        ([hami(gpu="1", gpumem="3000", gpucores="30")], share(300, memory_mib=3000)),  # 30 % = 300 milli
        ([hami(gpu="2", gpumem="3000")], share(count=2, memory_mib=3000)),  # of each
        ([hami(gpumem="3000")], share(memory_mib=3000)),  # its webhook makes it one GPU
        ([hami(gpu="1", gpumem_percentage="50")], share(500)),  # 50 % = 500 milli
        ([hami(gpu="1", gpumem_percentage="25", gpucores="60")], share(600)),  # max(25, 60) %
        ([hami(gpu="1", gpucores="30")], share(1000)),  # no memory is all memory
        ([hami(gpu="1", priority="1")], share(1000)),
        ([hami(gpu="2")], share(1000, 2, sliceable=True)),
        ([hami(gpu="1", gpumem="3000"), hami(gpu="1", gpumem="1000", gpucores="10")], share(100, memory_mib=4000)),
        ([hami(gpu="1", gpumem_percentage="60"), hami(gpu="1", gpumem_percentage="60")], share(600, 2)),  # 120 % > 1
        ([hami(gpu="2", gpumem="8"), hami(gpu="1", gpumem="8")], share(count=3, memory_mib=8)),
        ([hami(gpu="1", gpumem="8"), {"resources": {"limits": {"cpu": "1"}}}], share(memory_mib=8)),
        ([container("elastic", gpu_memory="256")], share(memory_mib=256)),
        ([container("elastic", gpu_core="20", gpu_memory="256")], share(200, memory_mib=256)),
        ([container("elastic", gpu_core="200")], share(1000, 2)),  # 200 / 100 cards
        ([container("elastic", gpu_core="100", gpu_memory="256")], share(1000)),  # a whole card has its memory
        ([container("koordinator", gpu="50")], share(500)),
        ([container("koordinator", gpu="200")], share(1000, 2)),  # 200 / 100
        ([container("koordinator", gpu_core="50", gpu_memory_ratio="70")], share(700)),  # max(50, 70) %
        ([container("koordinator", gpu_core="200", gpu_memory_ratio="200")], share(1000, 2)),
        ([container("koordinator", gpu_core="30", gpu_memory="8Gi")], share(300, memory_mib=8192)),
        ([container("koordinator", gpu_memory="1")], share(memory_mib=1)),  # a byte takes a MiB
        (
            [container("koordinator", gpu__shared="2", gpu_core="100", gpu_memory="16Gi")],
            share(500, 2, memory_mib=8192),  # 100 % / 2, 16 GiB / 2
        ),
        ([container("koordinator", gpu__shared="1", gpu_memory_ratio="50")], share(500)),
        ([container("koordinator", gpu="50"), container("koordinator", gpu="30")], share(800)),  # 50 + 30
    ],
)
def test_a_request_is_read_in_each_projects_words(containers: list[Json], asked: GpuRequest) -> None:
    made = of(*containers)
    assert made.gpu == asked
    assert all(name == "cpu" for name, _ in made.requests)  # GPUs are no resources beside


def test_init_containers_run_on_the_devices_of_the_rest() -> None:
    small, large = hami(gpu="1", gpumem="1000"), hami(gpu="1", gpumem="3000")
    assert of(large, init=(small,)).gpu == share(memory_mib=3000)
    assert of(init=(large,)).gpu == share(memory_mib=3000)
    sidecar = container("hami", stays=True, gpu="1", gpumem="1000")
    assert of(large, init=(sidecar,)).gpu == share(memory_mib=4000)  # 1000 + 3000
    with pytest.raises(
        ModelError, match=r"spec.initContainers\[0\].resources: an init container asks for more of a GPU"
    ):
        of(small, init=(large,))


@pytest.mark.parametrize(
    ("containers", "problem"),
    [
        ([hami(gpu="1", gpumem="9", gpumem_percentage="5")],
         "spec.containers[0].resources: nvidia.com/gpumem cannot be asked for beside nvidia.com/gpumem-percentage"),
        ([{}, hami(gpu="1", gpucores="101")], "spec.containers[1].resources: nvidia.com/gpucores must be at most 100"),
        ([hami(gpu="2", gpumem="8"), hami(gpu="1", gpumem="9")],
         "spec.containers[1].resources: what the containers ask for is more than one GPU and must be equal parts: "),
        ([container("elastic", gpu_core="150")],
         "spec.containers[0].resources: elasticgpu.io/gpu-core must be below 100 or a multiple of it, got 150"),
        ([container("koordinator", gpu="150")],
         "spec.containers: koordinator.sh/gpu-core must be 1 times at most 100 %, the same of each GPU, got 150"),
        ([container("koordinator", gpu_core="50")],
         "spec.containers: wants koordinator.sh/gpu-memory or koordinator.sh/gpu-memory-ratio, got "),
        ([container("koordinator", gpu_memory="1Gi", gpu_memory_ratio="5")],
         "spec.containers: wants koordinator.sh/gpu-memory or koordinator.sh/gpu-memory-ratio"),
        ([container("koordinator", gpu="50", gpu__shared="1")],
         "spec.containers: koordinator.sh/gpu is compute and memory, koordinator.sh/gpu.shared cannot be asked for"),
        ([container("koordinator", gpu__shared="2", gpu_memory_ratio="75")],
         "spec.containers: koordinator.sh/gpu-memory-ratio must be 2 times at most 100 %"),
        ([container("gpushare", gpu_mem="3", gpu_count="1")],
         "spec.containers: aliyun.com/gpu-count is what a node has"),
        ([container("gpushare", gpu_mem="3"), hami(gpu="1")],
         "spec.containers: nvidia.com/gpu cannot be asked for beside aliyun.com/gpu-mem: one way to share"),
        ([container("gpushare", gpu_mem="3"), container("elastic", gpu_core="3")],
         "spec.containers: aliyun.com/gpu-mem cannot be asked for beside elasticgpu.io/gpu-core"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_with_its_field(containers: list[Json], problem: str) -> None:
    with pytest.raises(ModelError) as refused:
        of(*containers)
    assert str(refused.value).startswith(f"pod a/b: {problem}")


def test_wishes_for_cards_are_parts_of_product_names() -> None:
    wishes = {"nvidia.com/use-gputype": "a100, H100", "nvidia.com/nouse-gputype": "PCIe"}
    asked = share(memory_mib=8, use=("A100", "H100"), avoid=("PCIE",))
    assert of(hami(gpu="1", gpumem="8"), annotations=wishes).gpu == asked
    assert of(annotations=wishes).gpu is None
    with pytest.raises(
        ModelError, match=r"annotation nvidia.com/use-gpuuuid: a GPU cannot be chosen by its UUID, got 'G'"
    ):
        of(hami(gpu="1"), annotations={"nvidia.com/use-gpuuuid": "G"})


def test_of_our_annotations_the_models_come_beside_a_share_and_the_milli_do_not() -> None:
    asked = hami(gpu="2", gpumem="8")
    ours = {"edgeward.dev/gpu-models": "A100|T4", "edgeward.dev/gpu-count": "2"}
    assert of(asked, annotations=ours).gpu == share(count=2, memory_mib=8, models=("A100", "T4"))
    with pytest.raises(
        ModelError, match=r"edgeward.dev/gpu-milli: 500 contradicts the share in the containers' GPU limits"
    ):
        of(asked, annotations={"edgeward.dev/gpu-milli": "500"})
    with pytest.raises(ModelError, match=r"edgeward.dev/gpu-count: 3 contradicts 2 in the containers' GPU limits"):
        of(asked, annotations={"edgeward.dev/gpu-count": "3"})


def test_slices_of_migs_and_renamed_ones_stay_plain_resources() -> None:
    made = of(hami(mig_1g__5gb="1", gpu__shared="2"))
    assert made.gpu is None
    assert made.requests == (("nvidia.com/gpu.shared", 2), ("nvidia.com/mig-1g.5gb", 1))


def test_where_a_pod_is_does_not_change_what_it_is() -> None:
    assert of(hami(gpu="1"), annotations={"edgeward.dev/gpu-devices": "3"}) == of(hami(gpu="1"))
