from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.engine.typical import Typical
from policies.fragmentation import Fragmentation, Mix
from tests.builders import make_class, make_cluster, make_left, make_node
from tests.conftest import needs_data
from tests.policies.packing_cases import feasible_cases, golden, points

HALVES = Fragmentation(typical=(Typical(cpu_milli=4000, gpu_milli=500, gpu_count=1),))


@pytest.mark.parametrize(
    ("cpu_milli", "gpu_left", "asked", "score"),
    [
        (16_000, [1000, 1000], {"gpu_milli": 300}, 50),  # F stays 0: sigmoid(0) = 0.5
        (16_000, [1000, 1000], {"gpu_milli": 600}, 40),  # 400 too small for a half: sigmoid(-0.4) = 0.401
        (16_000, [600, 1000], {"gpu_milli": 600}, 50),  # the first GPU is used up, nothing is left over
        (16_000, [300, 1000], {"gpu_milli": 300}, 57),  # a fragment of 300 less: sigmoid(0.3) = 0.574
        (16_000, [1000, 1000], {"gpus": 1}, 50),
        (16_000, [400, 1000], {"gpus": 1}, 50),  # only 400 before, all that is left (400) is useless after: 400 → 400
        (4_500, [1000, 1000], {}, 50),  # 4000 cores-milli left, a typical pod still fits
        (4_400, [1000, 1000], {}, 11),  # CPU too short for all 2000 idle: sigmoid(-2) = 0.119
        (4_400, [500], {"gpu_milli": 500}, 50),  # no idle GPU left, so none is fragmented
    ],
)
def test_the_gradient_of_one_typical_pod(
    cpu_milli: int, gpu_left: list[int], asked: dict[str, Any], score: int
) -> None:
    assert points(HALVES, make_left(cpu_milli, gpu_left).live(), make_class(cpu="500m", **asked)) == score


def test_a_shared_pod_gets_the_gpu_that_scores_best_and_of_equals_the_first() -> None:
    pod = make_class(gpu_milli=600)
    assert HALVES.devices(make_left(16_000, [1000, 600, 600]).live(), pod) == (1,)
    assert HALVES.devices(make_left(16_000, [1000, 1000]).live(), pod) == (0,)
    assert HALVES.devices(make_left(16_000, [1000, 1000]).live(), make_class(gpus=1)) is None


def test_a_model_that_is_not_allowed_is_a_fragment() -> None:
    only_a100 = Fragmentation(typical=(Typical(gpu_milli=500, gpu_count=1, models=("A100",)),))
    assert points(only_a100, make_left(16_000, [1000], "A100").live(), make_class(gpu_milli=600)) == 40
    assert points(only_a100, make_left(16_000, [1000], "T4").live(), make_class(gpu_milli=600)) == 64  # sigmoid(0.6)


def test_where_no_node_has_a_gpu_there_is_no_opinion_and_the_reason_says_so() -> None:
    nodes = make_cluster(make_node()).live()
    assert Fragmentation().score(nodes, make_class()) is None
    assert Fragmentation().reason(nodes, make_class()) == "no idle GPU"


def test_the_reason_counts_what_is_unusable() -> None:
    nodes = make_left(16_000, [300, 1000]).live()
    assert HALVES.reason(nodes, make_class()) == "300 of 1300 idle milli-GPU unusable for typical pods"


def fragments_one_by_one(mix: tuple[Typical, ...], cpu: int, gpus: list[int], model: str) -> float:
    """The definition, written as it is published: seven buckets, all but the third are summed."""
    q1 = q2 = q4 = xl = xr = na = 0.0
    idle = sum(gpus)
    for pod in mix:
        if pod.gpu_milli == 0:
            if cpu >= pod.cpu_milli:
                xl += pod.frequency * idle
            else:
                xr += pod.frequency * idle
            continue
        if pod.models and model not in pod.models:
            na += pod.frequency * idle
            continue
        enough_gpu = sum(left >= pod.gpu_milli for left in gpus) >= pod.gpu_count
        if enough_gpu and cpu >= pod.cpu_milli:
            q2 += pod.frequency * sum(left for left in gpus if left < pod.gpu_milli)
        elif enough_gpu:
            q4 += pod.frequency * idle
        elif cpu >= pod.cpu_milli:
            q2 += pod.frequency * idle
        else:
            q1 += pod.frequency * idle
    return q1 + q2 + q4 + xl + xr + na


typicals = st.builds(
    Typical,
    cpu_milli=st.sampled_from([0, 1000, 4000, 9000]),
    gpu_milli=st.sampled_from([0, 100, 500, 1000]),
    gpu_count=st.integers(1, 4),
    models=st.sampled_from([(), ("T4",), ("A100", "T4"), ("H100",)]),
    frequency=st.floats(0.01, 1.0),
)
states = st.tuples(st.sampled_from([0, 999, 4000, 64_000]), st.lists(st.integers(0, 1000), min_size=3, max_size=3))


@given(
    st.lists(typicals, min_size=1, max_size=6), st.lists(st.tuples(states, st.integers(0, 1)), min_size=1, max_size=4)
)
def test_many_states_at_once_come_to_the_published_definition(
    mix: list[Typical], nodes: list[tuple[tuple[int, list[int]], int]]
) -> None:
    models = ("T4", "A100")
    found = Mix(mix).fragments(
        np.array([cpu for (cpu, _), _ in nodes]),
        np.array([gpus for (_, gpus), _ in nodes], dtype=np.int64),
        np.array([model for _, model in nodes], dtype=np.int16),
        models,
    )
    expected = [fragments_one_by_one(tuple(mix), cpu, gpus, models[model]) for (cpu, gpus), model in nodes]
    assert found.tolist() == expected  # to the last bit


@needs_data("openb", "golden.json")
def test_published_score_cases() -> None:
    typical = tuple(
        Typical(
            cpu_milli=entry["cpu_milli"],
            gpu_milli=entry["gpu_milli"],
            gpu_count=entry["num_gpu"],
            models=tuple(filter(None, entry["gpu_spec"].split("|"))),
            frequency=entry["freq"],
        )
        for entry in golden()["typical_default"]
    )
    policy, cases = Fragmentation(typical=typical), 0
    for case in feasible_cases():
        assert points(policy, case.nodes, case.pod) == case.expected["FGD"]["score"]
        nodes = case.nodes
        fragments = Mix(typical).fragments(
            nodes.free("cpu"), nodes.gpu_free_milli.astype(np.int64), nodes.gpu_model[:, 0], nodes.gpu_models
        )
        assert fragments[0] == pytest.approx(case.expected["node_frag_milli"], abs=1e-6)
        if case.expected["FGD"]["gpu"] >= 0:
            assert policy.devices(nodes, case.pod) == (case.expected["FGD"]["gpu"],)
        cases += 1
    assert cases == 28
