"""The emptier the better, and the mirror image of binpack."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from policies.binpack import Binpack
from policies.model.pod import PodClass
from policies.spread import Spread
from tests.builders import make_class, make_cluster, make_node, make_pod
from tests.policies.asked import reason, scores

amounts = st.integers(0, 8_000)


def test_score_is_the_mean_share_left_with_the_pod() -> None:
    cluster = make_cluster(make_node("n", cpu="4", memory="8Gi"))
    cluster.bind(make_pod("there", cpu="2", memory="1Gi"), "n")
    # 1 - ((2 + 1)/4 + (1 + 3)/8)/2 = 1 - (0.75 + 0.5)/2 = 0.375
    assert scores(Spread(), cluster, make_class(cpu="1", memory="3Gi")) == {"n": 0.375}
    assert reason(Spread(), cluster, make_class(cpu="1"), "n") == "allocated with the pod: cpu 75%, memory 12%"


@given(used=st.lists(st.tuples(amounts, amounts, st.integers(0, 4)), min_size=2, max_size=6), asked=amounts)
def test_the_two_are_mirror_images_and_neither_is_inverted(used: list[tuple[int, int, int]], asked: int) -> None:
    cluster = make_cluster(*(make_node(f"n{i}", cpu="8", memory="8000", gpus=4) for i in range(len(used))))
    for i, (cpu, memory, gpus) in enumerate(used):
        cluster.bind(make_pod(f"p{i}", cpu=f"{cpu}m", memory=str(memory), gpus=gpus), f"n{i}")
    nodes, pod = cluster.live(), make_class(cpu=f"{asked}m", gpu_milli=1)
    full, empty = Binpack().score(nodes, pod), Spread().score(nodes, pod)
    assert full is not None
    assert empty is not None
    assert np.allclose(full + empty, 1)
    # a node that is used more in everything scores no lower in one and no higher in the other
    for i, a in enumerate(used):
        for j, b in enumerate(used):
            if all(x >= y for x, y in zip(a, b, strict=True)):
                assert full[i] >= full[j]
                assert empty[i] <= empty[j]


def test_a_node_without_any_of_the_resources_scores_0_too() -> None:
    assert scores(Spread(), make_cluster(make_node("odd", cpu="0", memory="0")), PodClass()) == {"odd": 0.0}
