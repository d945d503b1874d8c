from __future__ import annotations

import math

import pytest

from kube.latency.errors import LatencyError
from kube.latency.measurement import STANDING, Measurement
from tests.kube.latency.told import told


@pytest.mark.parametrize("at_s", [0.0, -1.0, 1e12, STANDING])
def test_half_of_a_measurement_is_one(at_s: float) -> None:
    assert told(p50_ms=1.0, at_s=at_s).p50_ms == 1.0
    assert told(p50_ms=math.nan, p95_ms=0.0, at_s=at_s).p95_ms == 0.0


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"origin": ""}, "latency from '' to 'b': both sites and the source 'probe' must have a name"),
        ({"source": ""}, "both sites and the source '' must have a name"),
        ({"p50_ms": -1.0}, "latency from 'a' to 'b': p50_ms must be >= 0 and finite, got -1.0"),
        ({"p95_ms": math.inf}, "p95_ms must be >= 0 and finite, got inf"),
        ({"p50_ms": math.nan}, "p50_ms or p95_ms must be known"),
        ({"at_s": math.nan}, "at_s must be a time, got nan"),
        ({"at_s": -math.inf}, "at_s must be a time, got -inf"),
    ],
)
def test_a_measurement_that_contradicts_itself_says_how(wrong: dict[str, str | float], problem: str) -> None:
    right = {"origin": "a", "to": "b", "p50_ms": 1.0, "p95_ms": math.nan, "at_s": 0.0, "source": "probe"}
    with pytest.raises(LatencyError) as raised:
        Measurement(**{**right, **wrong})  # type: ignore[arg-type]  # wrong on purpose
    assert problem in str(raised.value)
    assert raised.value.exit_code == 2
