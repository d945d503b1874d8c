"""The shipped profiles do what their descriptions say."""

from __future__ import annotations

import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.model.cluster import Cluster
from policies.model.pod import PodClass
from tests.builders import make_class, make_cluster, make_metro, make_node, make_pod


def fill(profile: str, cluster: Cluster, pod: PodClass) -> list[str]:
    """Nodes in the order in which they are taken until nothing more fits."""
    engine = Engine(shipped().profile(profile))
    chosen: list[str] = []
    while (node := engine.decide(cluster.live(), pod).node) is not None:
        cluster.bind(make_pod(f"p{len(chosen)}-at-version-{cluster.live().version}", of=pod), node)
        chosen.append(node)
    return chosen


@pytest.mark.parametrize("name", shipped().profile_files)
def test_profile_reads_and_says_what_it_is_for(name: str) -> None:
    profile = shipped().profile(name)
    assert profile.description
    assert fill(name, make_metro(), make_class(cpu="4", origin="seoul"))


def test_edge_default_fills_local_then_neighbor_then_cloud_and_comes_home() -> None:
    """R4, with GPU nodes last inside a tier (R3)."""
    metro, pod = make_metro(), make_class(cpu="4", origin="seoul", preferred="local")
    assert fill("edge-default", metro, pod) == [
        "seoul-1", "seoul-2", "busan-1", "busan-2", "cloud-1", "cloud-2", "jeju-1", "jeju-2",
    ]  # fmt: skip
    (there,) = metro.pods_on("seoul-2")
    metro.unbind(there.pod.uid)
    assert fill("edge-default", metro, pod) == ["seoul-2"]


def test_edge_default_without_a_hint_takes_the_nearest_node_without_gpu() -> None:
    chosen = fill("edge-default", make_metro(), make_class(cpu="4", origin="busan"))
    assert chosen[:4] == ["busan-1", "seoul-1", "jeju-1", "cloud-1"]
    assert all(node.endswith("-2") for node in chosen[4:])


def test_edge_default_honours_every_annotation() -> None:
    split = make_node("split", cpu="12", zones_milli=[6_000, 6_000])
    cluster = make_cluster(split, make_node("n", cpu="12"), rtt_ms={})
    engine = Engine(shipped().profile("edge-default"))
    for pod, policy in (
        (make_class(origin="busan", preferred="local", required=True), "hint"),
        (make_class(origin="seoul", max_rtt_ms=0.1), "latency"),
        (make_class(cpu="10", topology_aware=True), "numa"),
        (make_class(gpus=1, models=["A100"]), "gpu"),
    ):
        refusals = {engine.refusal(cluster.live(), pod, slot) for slot in range(2)}
        assert {refusal.policy for refusal in refusals if refusal} == {policy}


def test_latency_first_takes_a_near_gpu_node_before_a_far_one_without() -> None:
    chosen = fill("latency-first", make_metro(), make_class(cpu="4", origin="seoul"))
    assert [node.partition("-")[0] for node in chosen] == [
        "seoul", "seoul", "busan", "busan", "jeju", "jeju", "cloud", "cloud",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["edge-default", "gpu-packing"])
def test_gpu_jobs_leave_room_for_all_jobs_of_eight(name: str) -> None:
    """R3: after 20 jobs of one GPU, all jobs of eight still fit that could."""
    cluster = make_cluster(*(make_node(f"g{n}", cpu="64", gpus=8) for n in range(6)), make_node("cpu", cpu="64"))
    engine = Engine(shipped().profile(name))
    for number in range(20):
        pod = make_pod(f"one-{number}", cpu="1", gpus=1)
        node = engine.decide(cluster.live(), pod.of).node
        assert node is not None
        cluster.bind(pod, node)
    # 20 GPUs are 2.5 nodes: 6 - 3 are left whole
    assert engine.fits(cluster.live(), make_class(cpu="8", gpus=8)) == 3


def test_cloud_burst_goes_to_the_cloud_only_when_the_edge_is_full_also_without_a_hint() -> None:
    metro = make_metro()
    metro.set_ready("jeju-1", ready=False)
    metro.set_ready("jeju-2", ready=False)
    sites = [node.partition("-")[0] for node in fill("cloud-burst", metro, make_class(cpu="2", origin="seoul"))]
    assert sites == ["seoul"] * 4 + ["busan"] * 4 + ["cloud"] * 4


def test_cloud_burst_passes_on_only_the_best_tier() -> None:
    decision = Engine(shipped().profile("cloud-burst")).decide(make_metro().live(), make_class(origin="seoul"))
    assert decision.node == "seoul-1"
    assert int(decision.passed.sum()) == 1  # seoul-2 has GPUs, so it is of a worse tier
