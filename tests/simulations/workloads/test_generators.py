from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.errors import InputError
from simulations.workloads import linkhq, weights
from simulations.workloads.arrival_times import diurnal, flash_crowd, following, poisson
from simulations.workloads.series import Series

Rng = np.random.Generator
Times = npt.NDArray[np.float64]
DURATION_S = 1000.0

GENERATORS: dict[str, Callable[[Rng], Times]] = {
    "poisson": lambda rng: poisson(5.0, DURATION_S, rng),
    "diurnal": lambda rng: diurnal(5.0, DURATION_S, rng, period_s=500.0, peak_at_s=100.0),
    "flash crowd": lambda rng: flash_crowd(2.0, 20.0, DURATION_S, rng, at_s=300.0),
    "following": lambda rng: following(
        Series(start_s=np.array([0.0, 100.0, 900.0]), values=np.array([50.0, 0.0, 70.0]), step_s=100.0), rng, scale=2.0
    ),
}


@pytest.mark.parametrize("name", GENERATORS)
@given(seed=st.integers(0, 2**32))
def test_times_rise_within_the_duration_and_the_same_seed_gives_the_same_bytes(name: str, seed: int) -> None:
    times = GENERATORS[name](np.random.default_rng(seed))
    assert (np.diff(times) >= 0).all()
    assert ((times >= 0) & (times < DURATION_S)).all()
    assert times.tobytes() == GENERATORS[name](np.random.default_rng(seed)).tobytes()


def test_poisson_has_the_mean_and_the_variance_of_its_law() -> None:
    times = poisson(50.0, 10_000.0, np.random.default_rng(1))
    per_second, _ = np.histogram(times, bins=10_000, range=(0, 10_000))
    assert per_second.mean() == pytest.approx(50, rel=0.005)  # three sigmas of a mean of 10,000: 3 · √50 / 100 = 0.21
    assert per_second.var() == pytest.approx(50, rel=0.05)


def test_a_day_has_its_mean_peak_and_night() -> None:
    times = diurnal(10.0, 86_400.0, np.random.default_rng(1), swing=0.8, peak_at_s=14 * 3600.0)
    assert len(times) / 86_400 == pytest.approx(10, rel=0.01)
    hours, _ = np.histogram(times, bins=24, range=(0, 86_400))
    # mean over the hour of the peak: 10 · (1 + 0.8 · cos ≈ 0.99) = 17.9; twelve hours later 10 · 0.2 = 2.1
    assert hours[14] / 3600 == pytest.approx(17.9, rel=0.03)
    assert hours[2] / 3600 == pytest.approx(2.1, rel=0.1)


def test_a_flash_crowd_climbs_holds_and_fades() -> None:
    rng = np.random.default_rng(2)
    times = flash_crowd(10.0, 200.0, 2000.0, rng, at_s=500.0, ramp_s=100.0, hold_s=200.0, decay_s=100.0)

    def rate(from_s: float, until_s: float) -> float:
        return float(((times >= from_s) & (times < until_s)).sum()) / (until_s - from_s)

    assert rate(0, 500) == pytest.approx(10, rel=0.1)
    assert rate(500, 600) == pytest.approx(105, rel=0.05)  # half way up on average: (10 + 200) / 2
    assert rate(600, 800) == pytest.approx(200, rel=0.03)
    assert rate(800, 900) == pytest.approx(10 + 190 * (1 - np.exp(-1)), rel=0.05)
    assert rate(1500, 2000) == pytest.approx(10, rel=0.1)


def test_a_crowd_without_ramp_or_decay_is_a_step() -> None:
    times = flash_crowd(0.0, 100.0, 300.0, np.random.default_rng(3), at_s=100.0, ramp_s=0.0, hold_s=50.0, decay_s=0.0)
    assert 100.0 <= times.min() < 100.5
    assert 149.5 < times.max() < 150.5


def test_a_recorded_series_is_followed_and_its_gaps_stay_empty() -> None:
    series = Series(start_s=np.array([0.0, 60.0, 180.0]), values=np.array([6000.0, 0.0, 3000.0]), step_s=60.0)
    times = following(series, np.random.default_rng(4))
    counts, _ = np.histogram(times, bins=[0, 60, 120, 180, 240])
    assert counts[0] == pytest.approx(6000, rel=0.05)
    assert counts[1:3].tolist() == [0, 0]
    assert counts[3] == pytest.approx(3000, rel=0.07)


@pytest.mark.parametrize(
    ("draw", "problem"),
    [
        (lambda rng: poisson(-1, 10, rng), "rate_per_s must be >= 0 and finite, got -1"),
        (lambda rng: poisson(float("nan"), 10, rng), "rate_per_s must be >= 0 and finite, got nan"),
        (lambda rng: poisson(1, float("inf"), rng), "duration_s must be >= 0 and finite, got inf"),
        (lambda rng: poisson(1e6, 1e6, rng), r"must be at most 1e\+08 arrivals, got 1e\+12"),
        (lambda rng: diurnal(1, 10, rng, swing=1.5), "swing must be from 0 to 1, got 1.5"),
        (lambda rng: diurnal(1, 10, rng, period_s=0), "period_s must be > 0"),
        (lambda rng: flash_crowd(5, 1, 10, rng, at_s=1), "peak_per_s must be >= base_per_s 5 and finite, got 1"),
        (lambda rng: flash_crowd(5, 9, 10, rng, at_s=-1), "at_s must be >= 0 and finite, got -1"),
        (lambda rng: weights.pareto(0, rng), "sites must be >= 1, got 0"),
        (lambda rng: weights.pareto(5, rng, alpha=0), "alpha must be >= 0.05 and finite, got 0"),
        (lambda rng: weights.zipf(5, rng, exponent=-1), "exponent must be >= 0 and finite, got -1"),
        (lambda rng: linkhq.tasks(-1, rng), "tasks must be >= 0, got -1"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(draw: Callable[[Rng], object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        draw(np.random.default_rng(0))


def test_no_rate_and_no_time_give_no_arrivals() -> None:
    rng = np.random.default_rng(0)
    assert len(poisson(0, 10, rng)) == len(poisson(10, 0, rng)) == len(diurnal(0, 10, rng)) == 0


@given(sites=st.integers(1, 300), seed=st.integers(0, 2**32), alpha=st.floats(0.05, 50))
def test_weights_are_positive_and_sum_to_one(sites: int, seed: int, alpha: float) -> None:
    for drawn in (
        weights.uniform(sites),
        weights.pareto(sites, np.random.default_rng(seed), alpha=alpha),
        weights.zipf(sites, np.random.default_rng(seed), exponent=alpha / 10),
    ):
        assert drawn.shape == (sites,)
        assert (drawn >= 0).all()
        assert drawn.sum() == pytest.approx(1)


def test_pareto_crowds_users_into_few_sites() -> None:
    drawn = np.sort(weights.pareto(10_000, np.random.default_rng(1), alpha=1.16))[::-1]
    assert 0.6 < drawn[:2000].sum() < 0.95  # the law's 80 % in 20 %, with its heavy noise


def test_zipf_deals_the_same_weights_for_every_seed() -> None:
    dealt = [weights.zipf(50, np.random.default_rng(seed)) for seed in range(3)]
    assert dealt[0].tolist() != dealt[1].tolist()
    assert sorted(dealt[0].tolist()) == sorted(dealt[1].tolist()) == sorted(dealt[2].tolist())


def test_linkhq_edges_are_the_five_of_the_source() -> None:
    nodes = linkhq.edge_nodes()
    assert [n.allocatable["cpu"] for n in nodes] == [576_000, 384_000, 864_000, 288_000, 192_000]
    assert [len(n.gpus) for n in nodes] == [0, 3, 8, 2, 1]
    assert [round(n.allocatable["memory"] / 2**30, 2) for n in nodes] == [754.58, 1132.61, 1448.33, 1510.6, 1448.33]
    assert [round(n.allocatable["ephemeral-storage"] / 2**30, 2) for n in nodes] == [
        397.41,
        431.34,
        2343.72,
        1406.23,
        937.48,
    ]


def test_linkhq_tasks_have_the_means_of_their_laws() -> None:
    tasks = linkhq.tasks(200_000, np.random.default_rng(1))
    assert tasks.cpu.mean() == pytest.approx(0.5, rel=0.01)
    assert tasks.memory.mean() == pytest.approx(10, rel=0.01)
    assert tasks.disk.mean() == pytest.approx(10, rel=0.01)
    assert tasks.gpu.mean() == pytest.approx(0.01, rel=0.1)
    assert tasks.deadline.mean() == pytest.approx(0.7, rel=0.01)
    assert set(tasks.ttl_s.tolist()) == {60 * i for i in range(1, 11)}
    assert tasks.ttl_s.mean() == pytest.approx(300 + 60 / 1024, rel=0.01)  # Bin(10, .5) = 0 counts as 1


def test_a_linkhq_task_is_a_class_of_pods() -> None:
    tasks = linkhq.tasks(2000, np.random.default_rng(1))
    with_gpu = int(np.flatnonzero(tasks.gpu)[0])
    of = tasks.pod_class(with_gpu)
    assert of.gpu is not None
    assert of.request("cpu") == tasks.cpu[with_gpu] * 1000
    assert of.request("memory") == tasks.memory[with_gpu] * 2**30
    assert tasks.pod_class(int(np.flatnonzero(tasks.gpu == 0)[0])).gpu is None


@given(st.integers(0, 2**32), st.integers(0, 50))
def test_linkhq_tasks_are_the_same_for_the_same_seed(seed: int, count: int) -> None:
    first, again = (linkhq.tasks(count, np.random.default_rng(seed)) for _ in range(2))
    assert len(first) == count
    assert [getattr(first, c).tobytes() for c in first.__slots__] == [
        getattr(again, c).tobytes() for c in again.__slots__
    ]
