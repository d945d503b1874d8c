"""The GPUs of nodes, as different device plugins tell of them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import ModelError
from policies.model.cards import REGISTER
from policies.model.gpu import Gpu
from policies.model.kubernetes import node
from policies.model.node import Node

Json = dict[str, Any]
OLD = (
    "GPU-a,10,40960,100,NVIDIA-NVIDIA A100-SXM4-40GB,0,true:"
    "GPU-b,10,15360,100,NVIDIA-Tesla T4,0,true:"
    "GPU-c,10,15360,100,NVIDIA-Tesla T4,0,false:"
)
A = Gpu(model="A100", product="NVIDIA-NVIDIA A100-SXM4-40GB", uuid="GPU-a", memory_mib=40_960)
B = Gpu(model="T4", product="NVIDIA-Tesla T4", uuid="GPU-b", memory_mib=15_360)
C = Gpu(model="T4", product="NVIDIA-Tesla T4", uuid="GPU-c", memory_mib=15_360, healthy=False)


def told(allocatable: Json | None = None, labels: Json | None = None, annotations: Json | None = None) -> Node:
    metadata = {"name": "n", "labels": labels or {}, "annotations": annotations or {}}
    return node({"metadata": metadata, "status": {"allocatable": {"cpu": "1"} | (allocatable or {})}})


def card(uuid: str = "GPU-a", **rest: Any) -> Json:
    return {"id": uuid, "count": 10, "devmem": 15_360, "devcore": 100, "type": "NVIDIA-Tesla T4", "health": True} | rest


@pytest.mark.parametrize(
    ("allocatable", "labels", "count", "memory_mib", "slices", "unit_mib"),
    [
        ({"nvidia.com/gpu": "2"}, {}, 2, 0, 1, 0),
        ({"nvidia.com/gpu": "2"}, {"nvidia.com/gpu.memory": "15360"}, 2, 15_360, 1, 0),
        ({"nvidia.com/gpu": "16"}, {"nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.sharing-strategy": "time-slicing"},
         4, 0, 4, 0),  # 16 / 4
        ({"nvidia.com/gpu": "12"}, {"nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.count": "4"},
         3, 0, 4, 0),  # one is sick
        ({"nvidia.com/gpu": "16"}, {"nvidia.com/gpu.count": "4"}, 4, 0, 4, 0),  # 16 / 4 cards
        ({"nvidia.com/gpu": "2"}, {"nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.sharing-strategy": "none"},
         2, 0, 1, 0),
        ({"nvidia.com/gpu": "3"}, {"nvidia.com/gpu.count": "4"}, 3, 0, 1, 0),  # one is sick
        ({"aliyun.com/gpu-mem": "32", "aliyun.com/gpu-count": "2"}, {}, 2, 16_384, 1, 1024),  # 32 / 2 GiB
        ({"aliyun.com/gpu-mem": "32510", "aliyun.com/gpu-count": "2"}, {}, 2, 16_255, 1, 1),  # 32510 / 2 > 1024: MiB
        ({"aliyun.com/gpu-mem": "1024", "aliyun.com/gpu-count": "1"}, {}, 1, 2**20, 1, 1024),
        ({"aliyun.com/gpu-mem": "1025", "aliyun.com/gpu-count": "1"}, {}, 1, 1025, 1, 1),
        ({"aliyun.com/gpu-mem": "28", "aliyun.com/gpu-count": "2"}, {"nvidia.com/gpu.memory": "15109"},
         2, 15_109, 1, 1024),
        ({"koordinator.sh/gpu-core": "200", "koordinator.sh/gpu-memory": "32Gi"}, {}, 2, 16_384, 1, 0),  # 200 %, 32 / 2
        ({"koordinator.sh/gpu": "100"}, {}, 1, 0, 1, 0),
        ({"elasticgpu.io/gpu-core": "400", "elasticgpu.io/gpu-memory": "65536"}, {}, 4, 16_384, 1, 0),
        ({"nvidia.com/gpu": "2", "koordinator.sh/gpu-core": "200", "koordinator.sh/gpu-memory": "32Gi"}, {},
         2, 16_384, 1, 0),
        ({"nvidia.com/gpu": "1"}, {"nvidia.com/gpu.memory": "much"}, 1, 0, 1, 0),
        ({}, {"nvidia.com/gpu.count": "2"}, 0, 0, 1, 0),  # its plugin is not there
    ],
)  # fmt: skip
def test_cards_of_one_kind_are_counted(
    allocatable: Json, labels: Json, count: int, memory_mib: int, slices: int, unit_mib: int
) -> None:
    made = told(allocatable, labels)
    assert made.gpus == (Gpu(memory_mib=memory_mib, slices=slices, unit_mib=unit_mib),) * count
    assert made.allocatable == {"cpu": 1000}  # GPUs are no resources beside


def test_hami_tells_of_each_card_and_a_sick_one_keeps_its_number() -> None:
    made = told({"nvidia.com/gpu": "30"}, annotations={REGISTER: OLD})
    assert made.gpus == (A, B, C)  # 30 = 3 cards split into 10


def test_hamis_json_is_read_by_index_with_what_go_leaves_out() -> None:
    sick = card("GPU-s", index=3)
    del sick["health"]
    register = [card("GPU-b", index=1, devmem=8192), card("GPU-a"), sick, card("GPU-m", index=4, mode="mig")]
    made = told({"nvidia.com/gpu": "40"}, annotations={REGISTER: json.dumps(register)})
    assert [gpu.uuid for gpu in made.gpus] == ["GPU-a", "GPU-b", "", "GPU-s", "GPU-m"]  # it hides card 2
    assert [gpu.healthy for gpu in made.gpus] == [True, True, False, False, False]
    assert [gpu.memory_mib for gpu in made.gpus[:2]] == [15_360, 8_192]


def test_hamis_nine_fields_tell_the_index() -> None:
    register = "GPU-b,10,8192,100,T4,0,true,1,hami-core:GPU-a,10,4096,100,T4,0,true,0,hami-core:"
    assert [gpu.uuid for gpu in told(annotations={REGISTER: register}).gpus] == ["GPU-a", "GPU-b"]


@pytest.mark.parametrize(
    "register",
    ["[", "[1]", '[{"id": 7}]', '[{"index": -1}]', '[{"index": 5000}]', '[{"devmem": -1}]', '[{"health": 1}]', "GPU-a",
     "GPU-a,10,x,100,T4,0,true:", "GPU-a,10,1,100,T4,0,yes:", "GPU-a,10,1,100,T4,0,true,9999,hami-core:", "a,b:c"],
)  # fmt: skip
def test_a_register_that_cannot_be_read_is_refused(register: str) -> None:
    with pytest.raises(ModelError, match=r"node n: metadata.annotations: hami.io/node-nvidia-register"):
        told({"nvidia.com/gpu": "30"}, annotations={REGISTER: register})


@given(st.text(max_size=80))
def test_no_register_makes_it_fail_otherwise(text: str) -> None:
    with suppress(ModelError):
        assert len(told(annotations={REGISTER: text}).gpus) <= 128


def test_our_annotation_tells_mixed_cards_apart_where_the_plugin_does_not() -> None:
    gpushare = {"aliyun.com/gpu-mem": "88", "aliyun.com/gpu-count": "2"}  # a 45 GiB card and one of 15, told as 2 x 44
    made = told(gpushare, annotations={"edgeward.dev/gpus": "A40:46068, Tesla-T4:15360"})
    assert [(gpu.model, gpu.memory_mib, gpu.unit_mib) for gpu in made.gpus] == [
        ("A40", 46_068, 1024),
        ("T4", 15_360, 1024),
    ]
    alone = told(annotations={"edgeward.dev/gpus": "A40:46068"})
    assert alone.gpus == (Gpu(model="A40", product="A40", memory_mib=46_068),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A40", "must be model:MiB of each GPU"),
        ("A40:x", "must be model:MiB of each GPU"),
        ("A40:1,", "must be model:MiB of each GPU"),
        ("A40:1", "1 contradicts 2 GPUs that the node has"),
    ],
)
def test_a_bad_list_of_cards_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ModelError, match=f"edgeward.dev/gpus: {problem}"):
        told({"nvidia.com/gpu": "2"}, annotations={"edgeward.dev/gpus": text})


def test_a_mistyped_number_of_cards_is_refused_with_its_field() -> None:
    with pytest.raises(
        ModelError, match=r"status.allocatable.aliyun.com/gpu-count: must be at most 128 GPUs, got 5000"
    ):
        told({"aliyun.com/gpu-mem": "50000", "aliyun.com/gpu-count": "5k"})


@pytest.mark.parametrize(
    ("amounts", "annotations", "problem"),
    [
        ({}, {"edgeward.dev/gpus": ",".join(["A40:1"] * 129)}, "annotations: must tell of at most 128 GPUs, got 129"),
        ({}, {REGISTER: "GPU-a,10,1,100,T4,0,true:" * 129}, "annotations: must tell of at most 128 GPUs, got 129"),
        ({}, {REGISTER: '[{"devmem": 9999999999999999999999}]'}, "allocatable: memory of a GPU must be at most"),
        (
            {"aliyun.com/gpu-mem": "7Ei", "aliyun.com/gpu-count": "1"},
            {},
            "allocatable: memory of a GPU must be at most",
        ),
    ],
)
def test_more_than_any_machine_has_is_refused(
    amounts: dict[str, str], annotations: dict[str, str], problem: str
) -> None:
    """One such node made the columns of all others as wide, or their numbers too large for 64 bits."""
    with pytest.raises(ModelError, match=problem):
        told(amounts, annotations=annotations)
