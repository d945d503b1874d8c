"""Shares that are another part of each card: what fits, what is charged, and what is said when it does not fit."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.engine.fit import best_fit_on, dynamic_fit, misfit
from policies.engine.needs import needed, needed_in_all
from policies.model import assignment
from policies.model.cards import REGISTER
from policies.model.cluster import Cluster
from policies.model.gpu import NEVER_MILLI, Gpu, GpuRequest
from policies.model.kubernetes import node, pod
from policies.model.node import Node
from policies.model.pod import Pod, PodClass

Json = dict[str, Any]
ROOM = {"cpu": "64", "memory": "256Gi", "pods": "110"}
A100, T4 = Gpu(model="A100", memory_mib=40_960), Gpu(model="T4", memory_mib=15_360)
SLICED, UNTOLD = Gpu(model="L4", memory_mib=23_034, slices=4), Gpu(model="L4")
UNITS = Gpu(model="T4", memory_mib=15_109, unit_mib=1024)


def cluster_of(*nodes: Node) -> Cluster:
    cluster = Cluster()
    for each in nodes:
        cluster.set_node(each)
    return cluster


def with_gpus(*gpus: Gpu, name: str = "n") -> Node:
    return Node(name=name, allocatable={"cpu": 64_000, "memory": 2**38, "pods": 110}, gpus=gpus)


@pytest.mark.parametrize(
    ("asked", "gpu", "milli"),
    [
        (GpuRequest(milli=0, memory_mib=8_192), A100, 200),  # 8192 · 1000 / 40960
        (GpuRequest(milli=0, memory_mib=8_192), T4, 534),  # 8192 · 1000 / 15360 = 533.3, rounded up
        (GpuRequest(milli=300, memory_mib=8_192), A100, 300),  # max(300, 200)
        (GpuRequest(milli=300, memory_mib=8_192), T4, 534),  # max(300, 534)
        (GpuRequest(milli=0, memory_mib=15_360), T4, 1000),
        (GpuRequest(milli=0, memory_mib=20_480), T4, 1334),  # more than it has: 20480 · 1000 / 15360
        (GpuRequest(milli=0, memory_mib=1), A100, 1),  # 0.02, rounded up
        (GpuRequest(milli=0, memory_mib=8_192), UNTOLD, NEVER_MILLI),
        (GpuRequest(milli=0, memory_units=4), UNITS, 285),  # 4 · 1000 / 14 = 285.7, see `needed_milli`
        (GpuRequest(milli=0, memory_units=4), T4, NEVER_MILLI),  # it has no such units
        (GpuRequest(milli=0, memory_units=4_096), Gpu(memory_mib=16_384, unit_mib=1), 250),  # 4096 / 16384 MiB
        (GpuRequest(sliceable=True), SLICED, 250),  # 1000 / 4
        (GpuRequest(sliceable=True), A100, 1000),
        (GpuRequest(milli=500), SLICED, 500),  # a share of the card, not of a slice
        (GpuRequest(use=("A100", "H100")), A100, 1000),
        (GpuRequest(use=("H100",)), A100, NEVER_MILLI),
        (GpuRequest(milli=200, avoid=("T4",)), T4, NEVER_MILLI),
        (GpuRequest(milli=200, use=("80GB",)), Gpu(model="A100", product="NVIDIA-A100-80gb-PCIe"), 200),
    ],
)
def test_what_a_share_is_of_a_card(asked: GpuRequest, gpu: Gpu, milli: int) -> None:
    nodes = cluster_of(with_gpus(gpu)).live()
    assert np.broadcast_to(needed(nodes, asked), (1, 1)).tolist() == [[milli]]


@given(units=st.integers(1, 31), asked=st.lists(st.integers(1, 16), min_size=1, max_size=33))
def test_shares_in_units_fit_a_card_exactly_as_long_as_it_has_so_many(units: int, asked: list[int]) -> None:
    cluster = cluster_of(with_gpus(Gpu(memory_mib=units * 1024, unit_mib=1024)))
    taken = 0
    for number, share in enumerate(asked):
        of = PodClass(gpu=GpuRequest(milli=0, memory_units=share))
        fits = taken + share <= units
        assert bool(dynamic_fit(cluster.live(), of)[0]) is fits
        if fits:
            cluster.bind(Pod(name=f"p{number}", of=of), "n")
            taken += share


def test_mixed_cards_of_one_node_are_counted_each_by_its_own_size() -> None:
    cluster = cluster_of(with_gpus(T4, A100))
    of = PodClass(gpu=GpuRequest(milli=0, memory_mib=12_288))
    # of the T4 800 milli: 200 are left; of the A100 300: 700; then 400; then 100, and the next has no room
    held = [cluster.bind(Pod(name=f"p{number}", of=of), "n").devices for number in range(4)]
    assert held == [(0,), (1,), (1,), (1,)]
    assert cluster.live().gpu_free_milli.tolist() == [[200, 100]]
    assert cluster.live().gpu_memory_mib.tolist() == [[15_360, 40_960]]
    assert not dynamic_fit(cluster.live(), of)[0]
    cluster.unbind("default/p0")
    assert cluster.live().gpu_free_milli.tolist() == [[1000, 100]]


def test_over_all_devices_those_count_that_need_the_least() -> None:
    nodes = cluster_of(with_gpus(T4, A100, A100), with_gpus(T4, name="m"), with_gpus(name="without")).live()
    asked = GpuRequest(milli=0, count=2, memory_mib=8_192)
    totals = dict(zip(nodes.name.tolist(), np.asarray(needed_in_all(nodes, asked)).tolist(), strict=True))
    assert totals == {"n": 400, "m": 1534, "without": 2000}  # 200 + 200; 534 and what is not there
    assert needed_in_all(nodes, GpuRequest(milli=300, count=2)) == 600


@pytest.mark.parametrize(
    ("gpus", "used", "asked", "words", "hopeless"),
    [
        ((T4, A100), 0, GpuRequest(milli=0, memory_mib=65_536),
         "gpu 0 with 65536 MiB on the node (the largest has 40960 MiB) < 1 requested", True),
        ((T4, A100), 0, GpuRequest(milli=0, memory_mib=20_480, count=2),
         "gpu 1 with 20480 MiB on the node (the largest has 40960 MiB) < 2 requested", True),
        ((UNTOLD,), 0, GpuRequest(milli=0, memory_mib=8),
         "gpu 0 with 8 MiB on the node (the memory of its GPUs is not known) < 1 requested", True),
        ((T4,), 0, GpuRequest(milli=0, memory_units=3),
         "gpu 0 with 3 units of gpu-mem on the node (it does not offer aliyun.com/gpu-mem) < 1 requested", True),
        ((UNITS,), 0, GpuRequest(milli=0, memory_units=15),
         "gpu 0 with 15 units of gpu-mem on the node (the largest has 14) < 1 requested", True),
        ((T4,), 0, GpuRequest(milli=100, use=("A100", "H100")), "gpu 0 like A100|H100 on the node < 1 requested", True),
        ((T4,), 0, GpuRequest(milli=0, memory_mib=8, avoid=("T4",)),
         "gpu 0 with 8 MiB unlike T4 on the node (the largest has 15360 MiB) < 1 requested", True),
        ((T4, A100), 900, GpuRequest(milli=0, memory_mib=8_192),
         "gpu 100 milli free on the best device < 200 requested", False),
        ((SLICED,), 900, GpuRequest(sliceable=True), "gpu 0 free < 1 requested", False),
        ((), 0, GpuRequest(milli=0, memory_mib=8), "gpu 0 on the node < 1 requested", True),
        ((Gpu(healthy=False),), 0, GpuRequest(milli=500), "gpu 0 on the node < 1 requested", True),
    ],
)  # fmt: skip
def test_why_a_share_does_not_fit_is_told_with_the_numbers(
    gpus: tuple[Gpu, ...], used: int, asked: GpuRequest, words: str, hopeless: bool
) -> None:
    cluster = cluster_of(with_gpus(*gpus))
    for device in range(len(gpus) if used else 0):
        cluster.bind(Pod(name=f"p{device}", of=PodClass(gpu=GpuRequest(milli=used))), "n", devices=(device,))
    assert misfit(cluster.live(), PodClass(gpu=asked)) == (words, hopeless)


TWO_CARDS = "a,10,16384,100,T4,0,true:b,10,16384,100,T4,0,true:"


def offered(allocatable: Json, register: str = "") -> Node:
    metadata = {"name": "n", "annotations": {REGISTER: register}}
    return node({"metadata": metadata, "status": {"allocatable": ROOM | allocatable}})


@pytest.mark.parametrize(
    ("on", "limits", "milli"),
    [
        (offered({"aliyun.com/gpu-mem": "32", "aliyun.com/gpu-count": "2"}),
         {"aliyun.com/gpu-mem": "4"}, 250),  # 4 / 16 GiB
        (offered({"nvidia.com/gpu": "20"}, TWO_CARDS),
         {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "4096", "nvidia.com/gpucores": "20"}, 250),  # 4096 / 16384
        (offered({"nvidia.com/gpu": "20"}, TWO_CARDS),
         {"nvidia.com/gpu": "1"}, 1000),  # split into 10 or not, a GPU without memory is all of it
        (offered({"elasticgpu.io/gpu-core": "200", "elasticgpu.io/gpu-memory": "32768"}),
         {"elasticgpu.io/gpu-memory": "4096"}, 250),  # 4096 / (32768 / 2)
        (offered({"koordinator.sh/gpu-core": "200", "koordinator.sh/gpu-memory": "32Gi"}),
         {"koordinator.sh/gpu-core": "10", "koordinator.sh/gpu-memory": "4Gi"}, 250),  # 4 / 16 GiB
    ],
    ids=["gpushare", "HAMi", "HAMi, a whole one", "elastic", "koordinator"],
)  # fmt: skip
def test_a_pod_of_each_project_fits_on_a_node_of_its_plugin(on: Node, limits: Json, milli: int) -> None:
    cluster = cluster_of(on)
    made = pod({"metadata": {"name": "p"}, "spec": {"containers": [{"resources": {"limits": limits}}]}})
    assert misfit(cluster.live(), made.of) is None
    cluster.bind(made, "n")
    assert cluster.live().gpu_free_milli.tolist() == [[1000 - milli, 1000]]


# laws


def a_node(rng: random.Random, name: str) -> Json:
    """A node as one of the plugins tells of it, with cards of several sizes where it can."""
    sizes = [rng.choice([15_360, 24_564, 40_960]) for _ in range(rng.randint(1, 4))]
    many, mib = len(sizes), sizes[0]
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    allocatable: dict[str, str] = {}
    what = rng.choice(["hami", "gib", "mib", "slices", "koordinator", "elastic", "plain", "ours"])
    if what == "hami":
        card = {"count": 10, "devcore": 100, "type": "NVIDIA-Tesla T4", "mode": "hami-core"}
        cards = [card | {"id": f"{name}-{i}", "index": i, "devmem": size} for i, size in enumerate(sizes)]
        annotations[REGISTER] = json.dumps([card | {"health": rng.random() < 0.9} for card in cards])
        allocatable["nvidia.com/gpu"] = str(10 * many)
    elif what == "slices":
        labels = {"nvidia.com/gpu.replicas": "3", "nvidia.com/gpu.memory": str(mib)}
        allocatable["nvidia.com/gpu"] = str(3 * many)
    elif what == "koordinator":
        allocatable |= {"koordinator.sh/gpu-core": str(100 * many), "koordinator.sh/gpu-memory": f"{mib * many}Mi"}
    elif what == "elastic":
        allocatable |= {"elasticgpu.io/gpu-core": str(100 * many), "elasticgpu.io/gpu-memory": str(mib * many)}
    elif what in ("gib", "mib", "ours"):
        each = mib if what == "mib" else mib // 1024
        allocatable |= {"aliyun.com/gpu-mem": str(each * many), "aliyun.com/gpu-count": str(many)}
        annotations |= {"edgeward.dev/gpus": ",".join(f"T4:{size}" for size in sizes)} if what == "ours" else {}
    else:
        allocatable["nvidia.com/gpu"] = str(many)
    return {
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "status": {"allocatable": ROOM | allocatable},
    }


ASKED: tuple[Mapping[str, str], ...] = (
    {"aliyun.com/gpu-mem": "3"},
    {"aliyun.com/gpu-mem": "4096"},
    {"nvidia.com/gpu": "1"},
    {"nvidia.com/gpu": "2"},
    {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "3000", "nvidia.com/gpucores": "30"},
    {"nvidia.com/gpu": "2", "nvidia.com/gpumem-percentage": "40"},
    {"elasticgpu.io/gpu-core": "20", "elasticgpu.io/gpu-memory": "2048"},
    {"koordinator.sh/gpu": "50"},
    {"koordinator.sh/gpu.shared": "2", "koordinator.sh/gpu-memory": "12Gi", "koordinator.sh/gpu-core": "40"},
    {},
)


def a_pod(rng: random.Random, name: str, annotations: Mapping[str, str]) -> Json:
    limits = rng.choice(ASKED)
    ours = {} if limits else {"edgeward.dev/gpu-milli": str(rng.choice([100, 250, 700]))}
    return {
        "metadata": {"name": name, "annotations": {**ours, **annotations}},
        "spec": {"containers": [{"resources": {"limits": {"cpu": "100m", **limits}}}]},
    }


def used_mib(of: PodClass, card: Gpu) -> int:
    assert of.gpu is not None
    return max(of.gpu.memory_mib, of.gpu.memory_units * card.unit_mib)


@given(st.integers(0, 2**32), st.sampled_from(["fgd", "gpu-stranding", "gpu-packing", "binpack", "random"]))
@settings(max_examples=60, deadline=None)
def test_whatever_pods_ask_for_and_in_whose_words_no_card_is_ever_over_its_capacity(seed: int, policy: str) -> None:
    rng = random.Random(seed)
    cluster, again = Cluster(), Cluster()
    for number in range(3):
        told = node(a_node(rng, f"n{number}"))
        cluster.set_node(told)
        again.set_node(told)
    engine = Engine(shipped().alone(policy))
    for number in range(40):
        content = a_pod(rng, f"p{number}", {})
        made, nodes = pod(content), cluster.live()
        decision = engine.decide(nodes, made.of)
        if decision.node is None:
            assert not dynamic_fit(nodes, made.of).any()
            assert all(misfit(nodes.take([row]), made.of) for row in range(len(nodes)))
            continue
        devices = engine.devices(nodes, made.of, decision.slot)
        assert made.of.gpu is not None
        assert len(devices) == made.of.gpu.count
        assert best_fit_on(nodes.take([decision.slot]), made.of)
        on = cluster.node(decision.node)
        cluster.bind(made, decision.node, devices)
        # what the binding wrote comes back by the watch, to somebody who knew nothing of it
        written = assignment.written(made, devices, on, now_ns=number)
        content["metadata"]["annotations"] |= written
        read = pod(content)
        assert read.of == made.of
        assert assignment.devices(content["metadata"]["annotations"], on, count=made.of.gpu.count) == devices
        again.bind(read, decision.node, assignment.devices(written, on))
    assert cluster.live().gpu_free_milli.min() >= 0
    assert cluster.live().gpu_free_milli.tolist() == again.live().gpu_free_milli.tolist()
    for name, told in cluster.nodes.items():
        for number, card in enumerate(told.gpus):
            here = [p.pod.of for p in cluster.pods_on(name) if number in p.devices]
            requests = [of.gpu for of in here if of.gpu is not None]
            assert card.healthy or not here
            assert sum(used_mib(of, card) for of in here) <= (card.memory_mib or 0)
            assert sum(gpu.milli for gpu in requests if not gpu.sliceable) <= 1000
            assert sum(gpu.sliceable for gpu in requests) <= card.slices
            units = sum(gpu.memory_units for gpu in requests)
            assert units <= (card.memory_mib // card.unit_mib if card.unit_mib else 0)


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_pods_that_come_and_go_leave_nothing_behind_whatever_the_node_tells_meanwhile(seed: int) -> None:
    rng = random.Random(seed)
    cluster = cluster_of(node(a_node(rng, "n")))
    for number in range(20):
        cluster.bind(pod(a_pod(rng, f"p{number}", {})), "n")  # be there room or not
        if rng.random() < 0.3:
            cluster.set_node(node(a_node(rng, "n")))
    for placement in cluster.pods_on("n"):
        cluster.unbind(placement.pod.uid)
    whole = [1000 if gpu.healthy else 0 for gpu in cluster.node("n").gpus]
    assert cluster.live().gpu_free_milli[0, : len(whole)].tolist() == whole
