from __future__ import annotations

import json
import math
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from simulations.result import Curve, RunResult, SitePoint, is_measured, timeless
from tests.simulations.samples import hints, make_run, world


@pytest.mark.parametrize("run", [make_run(), hints(1, 1).runs[0], world(1, 1).runs[0]], ids=["bare", "map", "refusals"])
def test_a_run_comes_back_from_json_as_it_was(run: RunResult) -> None:
    again = msgspec.json.decode(run.to_json(), type=RunResult)
    assert again == run
    assert again.to_json() == run.to_json()


def test_json_has_sorted_keys_and_no_order_of_making() -> None:
    one = make_run(metrics={"b": 1, "a": 2.5}, refusals={"z": 1, "y": 2})
    other = make_run(metrics={"a": 2.5, "b": 1}, refusals={"y": 2, "z": 1})
    assert one.to_json() == other.to_json()
    assert list(json.loads(one.to_json())) == sorted(json.loads(one.to_json()))


def test_numbers_of_numpy_become_numbers_of_json() -> None:
    run = make_run(metrics={"pods": np.int64(3), "share": np.float64(0.5), "none": None}, refusals={"cpu": np.int32(2)})
    assert json.loads(run.to_json())["metrics"] == {"none": None, "pods": 3, "share": 0.5}
    assert [type(value) for value in run.metrics.values()] == [int, float, type(None)]


def test_only_what_a_clock_measured_differs_between_two_runs() -> None:
    slow = make_run(metrics={"rtt_mean_ms": 30.0, "pods_per_second": 90.0, "wall_ms_per_pod": 3.0}, wall_seconds=9.0)
    fast = make_run(metrics={"rtt_mean_ms": 30.0, "pods_per_second": 95.0, "wall_ms_per_pod": 2.0}, wall_seconds=1.0)
    assert timeless(slow) == timeless(fast) != slow
    assert not is_measured("rtt_mean_ms")


def site(**parts: object) -> SitePoint:
    content = {"name": "seoul", "tier": "edge", "latitude": 37.6, "longitude": 127.0, "load": 1.0, "detail": ""} | parts
    return SitePoint(**content)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Curve(x=(1.0,), y=()), "as many x as y and at least one, got 1 and 0"),
        (lambda: Curve(x=(), y=()), "at least one, got 0 and 0"),
        (lambda: Curve(x=(1.0, 2.0), y=(0.0, math.nan)), r"y\[1\] of a curve must be finite, got nan"),
        (lambda: Curve(x=(2.0, 1.0), y=(0.0, 0.0)), r"must not go back, got 2.0 then 1.0 at x\[1\]"),
        (lambda: site(tier="fog"), "seoul: tier must be one of edge, cloud, got 'fog'"),
        (lambda: site(latitude=None), "seoul: latitude and longitude come together"),
        (lambda: site(longitude=181.0), "seoul: longitude must be from -180 to 180 degrees, got 181.0"),
        (lambda: site(latitude=math.nan), "seoul: latitude must be"),
        (lambda: site(load=-1.0), "seoul: load must be finite and not negative, got -1.0"),
        (lambda: make_run(policy=""), "policy of a run must not be empty"),
        (lambda: make_run(metrics={"a_ms": math.inf}), "metrics.a_ms must be finite or None, got inf"),
        (lambda: make_run(curves={"latency": Curve(x=(1,), y=(1,))}), "curves.latency is unknown; known: latency_cdf"),
        (lambda: make_run(shares={"tier": {"far": -0.1}}), "shares.tier.far must be finite and not negative, got -0.1"),
        (lambda: make_run(refusals={"cpu": -2}), "refusals of 'cpu' must be finite and not negative, got -2"),
        (lambda: make_run(wall_seconds=math.nan), "wall_seconds must be finite and not negative, got nan"),
        (lambda: make_run(sites=(site(), site())), "sites of a run must have different names"),
    ],
)  # fmt: skip
def test_a_value_that_exists_is_valid(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "truncated"),
        (make_run().to_json()[:-20], "truncated"),
        (make_run().to_json().replace(b'"seed":1', b'"seed":"one"'), r"Expected `int`, got `str` - at `\$.seed`"),
        (make_run().to_json().replace(b'"policy":"greedy"', b'"policy":""'), "policy of a run must not be empty"),
        (b'{"policy": "greedy"}', "missing required field"),
    ],
    ids=["empty", "cut off", "wrong type", "refused value", "field missing"],
)
def test_a_run_that_is_damaged_is_refused_when_it_is_read(text: bytes, message: str) -> None:
    with pytest.raises(msgspec.DecodeError, match=message):  # which `sweep.kept` takes as: run it again
        msgspec.json.decode(text, type=RunResult)
