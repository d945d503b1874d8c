from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from autoscaler.planner.fluid import Assumed, Fluid
from autoscaler.planner.replay import Load, replay
from simulations.autoscaling.scalers import Terms, check, scaler
from simulations.errors import InputError


def make_terms(**parts: float) -> Terms:
    content = {
        "pod_rps": 10.0, "start_s": 30.0, "loop_s": 15.0, "window_s": 60.0, "scale_in_window_s": 300.0,
        "own_target_pct": 80, "horizon_s": 45.0, "out_period_s": 0.0, "in_period_s": 0.0,
    }  # fmt: skip
    return Terms(**(content | parts))  # type: ignore[arg-type]


def make_load(*values: float) -> Load:
    return Load(np.arange(len(values), dtype=np.float64) * 60.0, np.array(values), last_s=60.0)


def counts(name: str, load: Load, terms: Terms | None = None, first: int = 1) -> list[int]:
    """Replicas after each turn."""
    terms = terms or make_terms()
    decide, metric = scaler(name, terms, load)
    pods = Fluid(Assumed(carries=terms.pod_rps, start_s=terms.start_s), first)
    return [moment.home for moment in replay(decide, load, pods, (metric,))]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("hpa@50", 20),  # 100 / (10 · 0.5)
        ("hpa@80", 13),  # 100 / 8 = 12.5
        ("predictor@50", 20),
        ("oracle", 10),
        ("edgeward", 13),
    ],
)
def test_at_a_steady_load_each_settles_at_its_target(name: str, wanted: int) -> None:
    assert counts(name, make_load(*[100.0] * 20), first=10)[-1] == wanted


@pytest.mark.parametrize("name", ["hpa@50", "predictor@50", "oracle", "edgeward"])
def test_nobody_more_than_doubles_in_a_turn(name: str) -> None:
    path = counts(name, make_load(10.0, *[1000.0] * 10), first=2)
    assert all(after <= max(2 * before, 4) for before, after in pairwise(path))
    assert path[-1] >= 100


@pytest.mark.parametrize("name", ["hpa@50", "predictor@50", "oracle", "edgeward"])
def test_pods_go_when_the_load_was_low_for_the_window(name: str) -> None:
    path = counts(name, make_load(*[200.0] * 2, *[20.0] * 12), first=40)
    high = max(path)
    left = next(turn for turn, count in enumerate(path) if turn > 8 and count < high)
    assert 8 < left <= 8 + 4 + 20 + 1  # the load falls at 120 s, the metric sees all of it 60 s later, then 300 s
    assert path[-1] <= 10


def test_the_oracle_has_its_pods_when_the_load_comes() -> None:
    load = make_load(*[50.0] * 5, *[90.0] * 5)
    decide, metric = scaler("oracle", make_terms(), load)
    pods = Fluid(Assumed(carries=10.0, start_s=30.0), 5)
    assert sum(moment.late for moment in replay(decide, load, pods, (metric,))) == 0.0


def test_the_predictor_remembers_yesterday() -> None:
    day = [20.0] * 1440
    day[720:740] = [200.0] * 20  # noon
    path = counts("predictor@50", make_load(*day, *day[:715]), first=4)
    assert path[4 * (1440 + 700)] == 4
    assert path[4 * (1440 + 714)] == 40  # six minutes before it comes


@pytest.mark.parametrize("name", ["hpa@0", "hpa@101", "hpa", "kpa@70", "edgeward@x"])
def test_an_unknown_scaler_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="scaler"):
        check(name)
