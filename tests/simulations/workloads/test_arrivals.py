from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.errors import InputError
from simulations.workloads.arrivals import arrival_order, inflate, recorded_order
from simulations.workloads.builtin_gpu import builtin_gpu_cluster
from simulations.workloads.openb import TraceNodes, TracePods, read_nodes, read_pods
from tests.conftest import SHARED, needs_data

OPENB = SHARED / "data" / "openb"


def make_pods(*asked: tuple[int, int]) -> TracePods:
    """(num_gpu, gpu_milli) of each pod."""
    return TracePods(
        names=tuple(f"p{i}" for i in range(len(asked))),
        cpu_milli=np.ones(len(asked), dtype=np.int64),
        memory_mib=np.ones(len(asked), dtype=np.int64),
        num_gpu=np.array([n for n, _ in asked]),
        gpu_milli=np.array([m for _, m in asked]),
        gpu_spec=("",) * len(asked),
    )


def make_nodes(count: int, gpus: int) -> TraceNodes:
    column = np.ones(count, dtype=np.int64)
    return TraceNodes(
        names=tuple(f"n{i}" for i in range(count)),
        cpu_milli=column.copy(),
        memory_mib=column.copy(),
        gpu_count=column * gpus,
        models=("T4",) * count,
    )


kinds = st.one_of(
    st.just((0, 0)), st.tuples(st.just(1), st.integers(50, 1000)), st.sampled_from([(2, 1000), (8, 1000)])
)
traces = st.lists(kinds, min_size=1, max_size=40).filter(lambda asked: any(n for n, _ in asked))


@given(traces, st.floats(0.1, 3.0), st.integers(0, 200_000), st.integers(0, 2**32))
def test_tuning_ends_at_the_target_or_at_most_7000_milli_over(
    asked: list[tuple[int, int]], ratio: float, capacity: int, seed: int
) -> None:
    pods = make_pods(*asked)
    order = inflate(pods, ratio, capacity, np.random.default_rng(seed))
    arrived, target = int(pods.total_gpu_milli[order].sum()), ratio * capacity
    given_up = int(pods.total_gpu_milli.sum())
    if ratio == 1:
        assert sorted(order.tolist()) == list(range(len(pods)))
    elif given_up <= target:
        assert target - 1000 < arrived <= target + 7000 or arrived == target
        assert sorted(order[: len(pods)].tolist()) == list(range(len(pods)))  # clones come after all originals
    else:
        assert arrived <= target
        assert len(set(order.tolist())) == len(order)  # dropped, never doubled


@given(traces, st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_bytes(asked: list[tuple[int, int]], seed: int) -> None:
    pods, nodes = make_pods(*asked), make_nodes(7, 4)
    first, again = (arrival_order(pods, nodes, ratio=1.3, seed=seed) for _ in range(2))
    assert first.order.tobytes() == again.order.tobytes()
    assert first.rank.tobytes() == again.rank.tobytes()
    assert sorted(first.rank.tolist()) == list(range(7))


def test_another_seed_gives_another_order() -> None:
    nodes, pods = builtin_gpu_cluster()
    orders = {arrival_order(pods, nodes, ratio=1.3, seed=seed).order.tobytes() for seed in range(5)}
    assert len(orders) == 5


def test_the_milli_of_one_gpu_is_tested_so_eight_may_overshoot() -> None:
    pods = make_pods((8, 1000))
    order = inflate(pods, 1.3, 10_000, np.random.default_rng(0))
    # 8000 asked, target 13,000: 8000 + 1000 <= 13,000, so a clone comes: 16,000; 16,000 + 1000 > 13,000 ends it
    assert order.tolist() == [0, 0]


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_a_ratio_that_means_nothing_is_refused(ratio: float) -> None:
    with pytest.raises(InputError, match="inflate must be > 0 and finite, got"):
        inflate(make_pods((1, 500)), ratio, 1000, np.random.default_rng(0))


def test_a_trace_without_gpus_cannot_be_inflated_but_can_be_replayed() -> None:
    pods = make_pods((0, 0), (0, 0))
    with pytest.raises(InputError, match="no pod of the trace asks for a GPU"):
        inflate(pods, 1.3, 1000, np.random.default_rng(0))
    assert sorted(inflate(pods, 1.0, 1000, np.random.default_rng(0)).tolist()) == [0, 1]


def test_an_inflation_without_end_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"inflate 1000000000.0: would take about 1\.0e\+09 clones, at most 1e\+07 are made"
    ):
        inflate(make_pods((1, 1000)), 1e9, 1000, np.random.default_rng(0))


def record(path: Path, **arrays: object) -> Path:
    np.savez_compressed(path, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]
    return path


def test_a_recorded_order_is_read_as_it_is(tmp_path: Path) -> None:
    path = record(tmp_path / "o.npz", a_42_order=np.array([1, 0, 1], "u2"), a_42_rank=np.array([2, 0, 1], "u2"))
    arrivals = recorded_order(path, "a", 42, pods=make_pods((1, 500), (1, 500)), nodes=make_nodes(3, 1))
    assert arrivals.order.tolist() == [1, 0, 1]
    assert arrivals.rank.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("trace", "seed", "arrays", "problem"),
    [
        ("defualt", 42, {}, r"no recorded trace 'defualt' \(did you mean 'default'\?\)"),
        ("default", 41, {}, "no recorded seed 41 of trace default, it has 42"),
        ("default", 42, {"default_42_order": [0, 2]}, r"default_42_order\[1\] must be from 0 to 1 for 2 pods, got 2"),
        ("default", 42, {"default_42_order": [0, -1]}, r"default_42_order\[1\] must be from 0 to 1 for 2 pods, got -1"),
        ("default", 42, {"default_42_order": [0.5]}, "default_42_order must be a list of whole numbers, got float64"),
        ("default", 42, {"default_42_order": np.zeros(0, np.int64)}, "default_42_order is empty"),
        ("default", 42, {"default_42_rank": [0, 0, 1]}, "default_42_rank must rank 3 nodes from 0 without repeats"),
        ("default", 42, {"default_42_rank": [0, 1]}, "default_42_rank must rank 3 nodes from 0 .* got 2 ranks up to 1"),
    ],
)
def test_a_recorded_order_that_is_not_of_these_pods_is_refused(
    tmp_path: Path, trace: str, seed: int, arrays: dict[str, object], problem: str
) -> None:
    good: dict[str, object] = {"default_42_order": [1, 0], "default_42_rank": [2, 1, 0]}
    path = record(tmp_path / "orders.npz", **(good | arrays))
    with pytest.raises(InputError, match=rf"orders\.npz: {problem}"):
        recorded_order(path, trace, seed, pods=make_pods((1, 500), (1, 500)), nodes=make_nodes(3, 1))


def test_a_truncated_or_foreign_file_of_orders_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path / "orders.npz", a_1_order=np.arange(500), a_1_rank=np.arange(3))
    whole = path.read_bytes()
    pods, nodes = make_pods(*[(1, 500)] * 500), make_nodes(3, 1)
    damaged = bytearray(whole)
    damaged[60:80] = bytes(20)
    for content in (whole[: len(whole) // 2], whole[:-1], b"", b"not a zip", bytes(damaged)):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"orders\.npz: not a whole \.npz file"):
            recorded_order(path, "a", 1, pods=pods, nodes=nodes)
    with pytest.raises(InputError, match=r"none\.npz: no such file"):
        recorded_order(tmp_path / "none.npz", "a", 1, pods=pods, nodes=nodes)


@needs_data("openb")
def test_the_real_orders_fit_the_real_trace() -> None:
    nodes, pods = read_nodes(OPENB / "nodes_gpu.csv.gz"), read_pods(OPENB / "pods_default.csv.gz")
    arrivals = recorded_order(OPENB / "arrival_orders.npz", "default", 42, pods=pods, nodes=nodes)
    assert len(arrivals.order) == 10_866
    assert pods.total_gpu_milli[arrivals.order].sum() == 8_075_080
    drawn = arrival_order(pods, nodes, ratio=1.3, seed=1)
    assert 8_074_600 < pods.total_gpu_milli[drawn.order].sum() <= 8_075_600 + 7000
    assert len(np.unique(drawn.order)) == len(pods)
