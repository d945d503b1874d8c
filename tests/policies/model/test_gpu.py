from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import ModelError
from policies.model.gpu import GpuRequest, best_fit_devices


@pytest.mark.parametrize(
    ("free", "allowed", "milli", "count", "devices"),
    [
        ([1000, 500, 300], [True] * 3, 300, 1, (2,)),
        ([1000, 500, 500], [True] * 3, 400, 1, (1,)),
        ([1000, 500, 300], [True, True, False], 300, 1, (1,)),
        ([1000, 500, 1000, 1000], [True] * 4, 1000, 2, (0, 2)),
        ([1000, 500], [True] * 2, 1000, 2, ()),
        ([], [], 1, 1, ()),
    ],
    ids=["least room", "lowest index of equals", "only the models", "whole ones in order", "too few", "no GPU"],
)
def test_devices_that_a_pod_gets(
    free: list[int], allowed: list[bool], milli: int, count: int, devices: tuple[int, ...]
) -> None:
    assert best_fit_devices(free, allowed, [milli] * len(free), count) == devices


@given(st.lists(st.tuples(st.integers(0, 1000), st.booleans()), max_size=8), st.integers(1, 1000), st.integers(1, 3))
def test_devices_hold_the_request_and_waste_the_least(gpus: list[tuple[int, bool]], milli: int, count: int) -> None:
    milli = milli if count == 1 else 1000
    free, allowed = [room for room, _ in gpus], [ok for _, ok in gpus]
    devices = best_fit_devices(free, allowed, [milli] * len(free), count)
    fitting = sorted(room for room, ok in gpus if ok and room >= milli)
    assert len(set(devices)) == len(devices) == (count if len(fitting) >= count else 0)
    assert sorted(free[device] for device in devices) == fitting[: len(devices)]
    assert all(allowed[device] for device in devices)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"milli": 0}, "milli must be from 1 to 1000, got 0"),
        ({"milli": 1001}, "milli must be from 1 to 1000, got 1001"),
        ({"count": 0}, "count must be >= 1, got 0"),
        ({"milli": -1, "memory_mib": 1}, "milli must be from 1 to 1000, got -1"),
        ({"memory_mib": -1}, "memory must be >= 0, got -1 MiB and 0 units"),
        ({"milli": 500, "sliceable": True}, "only whole ones may be slices, got 500 milli and 0 MiB"),
        ({"models": ("A100", "A100")}, r"a model is listed twice in A100\|A100"),
    ],
)
def test_a_request_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        GpuRequest(**fields)  # type: ignore[arg-type]
