"""Annotations that say which devices a pod holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.model.assignment import DEVICES, devices, written
from policies.model.gpu import Gpu, GpuRequest
from policies.model.node import Node
from policies.model.pod import Pod, PodClass

FOUR = Node(name="n", gpus=tuple(Gpu(uuid=f"GPU-{letter}", memory_mib=16_384, unit_mib=1024) for letter in "abcd"))
HAMI = "hami.io/vgpu-devices-allocated"
KOORDINATOR = "scheduling.koordinator.sh/device-allocated"


def make_pod(**gpu: Any) -> Pod:
    return Pod(name="p", of=PodClass(gpu=GpuRequest(**gpu) if gpu else None))


@pytest.mark.parametrize(
    ("annotations", "held"),
    [
        ({DEVICES: "0,3"}, (0, 3)),
        ({DEVICES: " 3, 0 "}, (0, 3)),
        ({"ALIYUN_COM_GPU_MEM_IDX": "2"}, (2,)),
        ({HAMI: "GPU-b,NVIDIA,3000,30:;"}, (1,)),
        ({HAMI: "GPU-d,NVIDIA,3000,0:GPU-a,NVIDIA,3000,0:;"}, (0, 3)),
        ({HAMI: "GPU-b,NVIDIA,3000,0:;GPU-b,NVIDIA,5000,0:;"}, (1,)),
        ({HAMI: "GPU-c[1-0],NVIDIA,5120,14:;"}, (2,)),
        ({KOORDINATOR: json.dumps({"gpu": [{"minor": 1}, {"minor": 0}], "rdma": [{"minor": 7}]})}, (0, 1)),
        ({"elasticgpu.io/container-main": "1,2", "elasticgpu.io/container-side": "2"}, (1, 2)),
        ({DEVICES: "1", "ALIYUN_COM_GPU_MEM_IDX": "2"}, (1,)),
    ],
    ids=[
        "ours", "ours in another order", "gpushare", "HAMi", "HAMi, two devices", "HAMi, two containers on one",
        "HAMi, a MIG slice", "koordinator", "elastic, two containers", "ours before gpushare's",
    ],
)  # fmt: skip
def test_an_assignment_is_read_whoever_wrote_it(annotations: dict[str, str], held: tuple[int, ...]) -> None:
    assert devices(annotations, FOUR) == held


@pytest.mark.parametrize(
    "annotations",
    [
        {},
        {DEVICES: ""},
        {DEVICES: "one"},
        {DEVICES: "-1"},
        {DEVICES: "1,1"},
        {DEVICES: "²"},
        {DEVICES: "4"},
        {"ALIYUN_COM_GPU_MEM_IDX": "-1"},
        {HAMI: "GPU-z,NVIDIA,3000,30:;"},
        {HAMI: ";;"},
        {KOORDINATOR: "{"},
        {KOORDINATOR: "[1]"},
        {KOORDINATOR: '{"gpu": 1}'},
        {KOORDINATOR: '{"gpu": [{"minor": true}]}'},
        {KOORDINATOR: '{"rdma": [{"minor": 1}]}'},
        {KOORDINATOR: "[" * 60_000},
        {"elasticgpu.io/container-main": "x"},
    ],
)
def test_one_that_cannot_be_read_or_cannot_be_is_none(annotations: dict[str, str]) -> None:
    assert devices(annotations, FOUR) is None


def test_hami_names_devices_that_only_a_known_node_can_number() -> None:
    assert devices({HAMI: "GPU-b,NVIDIA,3000,30:;"}) is None
    assert devices({DEVICES: "9"}) == (9,)  # what its node has is told later


def test_another_number_of_devices_than_we_count_is_left_to_best_fit() -> None:
    split = {HAMI: "GPU-a,NVIDIA,3000,0:;GPU-b,NVIDIA,5000,0:;"}
    assert (devices(split, FOUR, count=2), devices(split, FOUR, count=1)) == ((0, 1), None)


@given(
    st.text(max_size=60),
    st.sampled_from([DEVICES, "ALIYUN_COM_GPU_MEM_IDX", HAMI, KOORDINATOR, "elasticgpu.io/container-c"]),
)
def test_no_text_makes_it_fail(text: str, key: str) -> None:
    held = devices({key: text}, FOUR)
    assert held is None or (list(held) == sorted(set(held)) and held[-1] < len(FOUR.gpus))


def test_a_binding_names_the_devices() -> None:
    assert written(make_pod(count=2), (0, 3), FOUR, now_ns=5) == {DEVICES: "0,3"}
    assert written(make_pod(), (), FOUR, now_ns=5) == {}
    assert written(make_pod(), (1,), FOUR, now_ns=5) == {}  # asks for none


def test_a_pod_in_gpushares_units_gets_what_its_device_plugin_looks_for() -> None:
    told = written(make_pod(milli=0, memory_units=3), (2,), FOUR, now_ns=1_700_000_000_123_456_789)
    assert told == {
        DEVICES: "2",
        "ALIYUN_COM_GPU_MEM_IDX": "2",
        "ALIYUN_COM_GPU_MEM_POD": "3",
        "ALIYUN_COM_GPU_MEM_DEV": "16",  # 16384 MiB / 1024 MiB
        "ALIYUN_COM_GPU_MEM_ASSIGNED": "false",
        "ALIYUN_COM_GPU_MEM_ASSUME_TIME": "1700000000123456789",
    }
    assert "ALIYUN_COM_GPU_MEM_DEV" not in written(make_pod(milli=0, memory_units=3), (2,), None, now_ns=5)


@given(st.sets(st.integers(0, 3), min_size=1), st.booleans())
def test_what_is_written_is_read_back(chosen: set[int], in_units: bool) -> None:
    chosen_now = tuple(sorted(chosen))
    pod = make_pod(milli=0, memory_units=2) if in_units else make_pod(count=len(chosen_now))
    held = chosen_now[:1] if in_units else chosen_now
    assert devices(written(pod, held, FOUR, now_ns=1), FOUR, count=len(held)) == held
