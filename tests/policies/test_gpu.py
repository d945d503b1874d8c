"""Model choice in order, and GPU nodes that stay free (R3)."""

from __future__ import annotations

import pytest

from policies.engine.decide import Engine
from policies.engine.profile import Profile
from policies.gpu import Gpu
from policies.model.cluster import Cluster
from policies.model.pod import Pod
from tests.builders import make_class, make_cluster, make_node, make_pod, make_profile
from tests.policies.asked import allowed, devices, reason, refusal, scores, tiers


def place(profile: Profile, cluster: Cluster, pods: list[Pod]) -> list[str]:
    """Each on the node that the engine chooses."""
    engine = Engine(profile)
    chosen = []
    for pod in pods:
        node = engine.decide(cluster.live(), pod.of).node
        assert node is not None
        cluster.bind(pod, node)
        chosen.append(node)
    return chosen


def models() -> Cluster:
    return make_cluster(
        make_node("a", gpus=["A100"]), make_node("h", gpus=["H100"]), make_node("t", gpus=["T4"]), make_node("none")
    )


def test_score_is_the_position_of_the_model_in_the_pods_list() -> None:
    pod = make_class(gpus=1, models=["H100", "A100"])
    # H100 is first: 1 - 0/2; A100 second: 1 - 1/2; the others in no place: 1 - 2/2
    assert scores(Gpu(), models(), pod) == {"a": 0.5, "h": 1.0, "t": 0.0, "none": 0.0}
    assert allowed(Gpu(), models(), pod) == {"a", "h"}
    assert reason(Gpu(), models(), pod, "a") == "model A100: choice 2 of 2"
    assert refusal(Gpu(), models(), pod, "t") == "gpu 0 of H100|A100 on the node (T4) < 1 requested"


def test_a_full_first_choice_falls_back_to_the_second() -> None:
    pods = [make_pod(f"p{n}", gpus=1, models=["H100", "A100"]) for n in range(2)]
    assert place(make_profile("gpu"), models(), pods) == ["h", "a"]


def test_only_devices_with_room_count_on_a_node_of_two_models() -> None:
    cluster = make_cluster(make_node("n", gpus=["A100", "T4", "T4"]))
    one = make_class(gpus=1, models=["A100", "T4"])
    assert scores(Gpu(), cluster, one) == {"n": 1.0}
    assert devices(Gpu(), cluster, one, "n") == (0,)
    # two devices: the A100 and a T4; the worse of them counts, 1 - 1/2
    assert scores(Gpu(), cluster, make_class(gpus=2, models=["A100", "T4"])) == {"n": 0.5}
    cluster.bind(make_pod("first", of=one), "n", (0,))
    assert scores(Gpu(), cluster, one) == {"n": 0.5}
    assert devices(Gpu(), cluster, one, "n") is None  # T4s alone: nothing to choose by model


def test_any_model_is_no_opinion() -> None:
    assert scores(Gpu(), models(), make_class(gpus=1)) is None
    assert tiers(Gpu(), models(), make_class(gpus=1)) is None


@pytest.mark.parametrize(
    ("keep_free", "tier", "score"),
    [
        pytest.param("strict", {"cpu": 0, "gpu": 1}, None, id="a tier of their own"),
        pytest.param("score", None, {"cpu": 1.0, "gpu": 0.0}, id="a low score"),
        pytest.param("off", None, None, id="no opinion"),
    ],
)
def test_pods_without_gpu_are_kept_off_gpu_nodes(
    keep_free: str, tier: dict[str, int] | None, score: dict[str, float] | None
) -> None:
    policy = Gpu(keep_free=keep_free)  # type: ignore[arg-type]
    cluster = make_cluster(make_node("cpu"), make_node("gpu", gpus=1))
    assert tiers(policy, cluster, make_class()) == tier
    assert scores(policy, cluster, make_class()) == score


@pytest.mark.parametrize("others", [("binpack", 100.0), ("spread", 100.0)], ids=lambda other: str(other[0]))
def test_0_of_50_cpu_pods_on_gpu_nodes_while_others_have_room(others: tuple[str, float]) -> None:
    """R3, with a policy beside it that would have it otherwise: GPU nodes are emptier and fuller than the rest."""
    cluster = make_cluster(
        make_node("gpu-empty", cpu="64", gpus=8), make_node("gpu-full", cpu="64", gpus=8),
        *(make_node(f"cpu-{n}", cpu="13") for n in range(2)),
    )  # fmt: skip
    cluster.bind(make_pod("there", cpu="60"), "gpu-full")
    pods = [make_pod(f"p{n}") for n in range(52)]  # 26 of 500m fit on each CPU node
    nodes = place(make_profile(others, "gpu"), cluster, pods)
    assert [node for node in nodes[:50] if node.startswith("gpu")] == []
    assert nodes[:52].count("cpu-0") == 26
    assert place(make_profile(others, "gpu"), cluster, [make_pod("last")])[0].startswith("gpu")


def test_the_order_of_the_profile_says_whether_the_hint_or_the_free_gpu_comes_first() -> None:
    cluster = make_cluster(make_node("near", gpus=1, site="seoul"), make_node("far", site="busan"))
    pod = make_class(origin="seoul", preferred="local")
    assert Engine(make_profile("hint", "gpu")).decide(cluster.live(), pod).node == "near"
    assert Engine(make_profile("gpu", "hint")).decide(cluster.live(), pod).node == "far"
