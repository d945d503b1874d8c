from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from simulations.errors import InputError
from simulations.world.rhythm import LAWS, recorded
from tests.conftest import SHARED, needs_data

MINUTES = (
    "period,count\n1998-06-30 00:00:00,100\n1998-06-30 00:01:00,0\n1998-06-30 00:02:00,300\n1998-06-30 00:04:00,0\n"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "trace.csv"
    path.write_text(text)
    return path


def times(
    path: Path, *, form: str = "worldcup98", from_s: float = 0.0, for_s: float | None = None
) -> npt.NDArray[np.float64]:
    return recorded(form, path, from_s=from_s, for_s=for_s)(10.0, 1000.0, np.random.default_rng(1))


def test_a_trace_gives_the_shape_and_the_rate_the_height(tmp_path: Path) -> None:
    came = times(write(tmp_path, MINUTES))
    # five minutes become 1000 s, at 10 a second: of 10,000 pods a quarter in the first fifth, the others in the third
    fifths = np.histogram(came, bins=5, range=(0, 1000))[0]
    assert fifths[[1, 3, 4]].tolist() == [0, 0, 0]
    assert fifths[0] == pytest.approx(2500, rel=0.1)
    assert fifths[2] == pytest.approx(7500, rel=0.1)
    assert np.median(came[came < 200]) == pytest.approx(100, rel=0.1)  # all over it
    assert (np.diff(came) >= 0).all()


def test_a_part_of_a_trace_is_cut_out(tmp_path: Path) -> None:
    came = times(write(tmp_path, MINUTES), from_s=60.0, for_s=120.0)
    assert len(came) == pytest.approx(10_000, rel=0.1)
    assert came.min() >= 500.0  # the second of two minutes


def test_single_requests_are_counted(tmp_path: Path) -> None:
    rows = [f"2023-11-16 18:00:{second:02d},1,1" for second in (0, 9, 10, 39)]
    came = times(write(tmp_path, "TIMESTAMP,ContextTokens,GeneratedTokens\n" + "\n".join(rows)), form="azure-llm")
    quarters = np.histogram(came, bins=4, range=(0, 1000))[0]
    assert quarters[2] == 0
    assert quarters[[0, 1, 3]] == pytest.approx([5000, 2500, 2500], rel=0.1)


def test_values_of_nab_are_a_shape_too(tmp_path: Path) -> None:
    path = write(tmp_path, "timestamp,value\n2014-04-10 00:04:00,1.5\n2014-04-10 00:09:00,4.5\n")
    assert (times(path, form="nab") < 500).mean() == pytest.approx(0.25, rel=0.1)


@pytest.mark.parametrize("law", sorted(LAWS))
def test_laws_stay_inside_the_duration(law: str) -> None:
    came = LAWS[law](1.0, 500.0, np.random.default_rng(1))
    assert 0 < len(came) < 2000
    assert came.min() >= 0
    assert came.max() < 500


@pytest.mark.parametrize(
    ("text", "part", "problem"),
    [
        ("period,count\n", {}, r"^settings\.trace\.file: .*trace\.csv: empty trace"),
        (MINUTES, {"from_s": 300.0}, r"^settings\.trace\.from_s must be below the 300 s that .* lasts, got 300$"),
        (MINUTES, {"from_s": 60.0, "for_s": 300.0},
         r"^settings\.trace\.for_s must be at most the 240 s that .*trace\.csv lasts from there, got 300$"),
        (MINUTES, {"from_s": 180.0, "for_s": 50.0}, r"^settings\.trace: .*trace\.csv: series: nothing from 180"),
        (MINUTES, {"from_s": 60.0, "for_s": 60.0}, r"^settings\.trace: .*: nothing but zeros from 60 s to 120 s$"),
    ],
)  # fmt: skip
def test_a_trace_that_cannot_be_followed_is_bad_input(
    tmp_path: Path, text: str, part: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        times(write(tmp_path, text), **part)


@needs_data("worldcup98")
def test_the_real_day_has_its_two_matches() -> None:
    path = SHARED / "data" / "worldcup98" / "invocation_count.csv.gz"
    by_hour = np.histogram(times(path, from_s=5_193_000.0, for_s=86_400.0), bins=24, range=(0, 1000))[0]
    assert len(by_hour) == 24
    assert by_hour.max() > 4 * np.median(by_hour)
