from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulations.errors import InputError
from simulations.workloads.azure_llm import read_azure_llm
from simulations.workloads.nab import read_nab
from simulations.workloads.series import Series
from simulations.workloads.worldcup98 import read_worldcup98
from tests.conftest import SHARED, needs_data

DATA = SHARED / "data"


def write(folder: Path, text: str) -> Path:
    path = folder / "load.csv"
    path.write_text(text)
    return path


def test_worldcup_minutes_are_a_series_with_its_gaps(tmp_path: Path) -> None:
    series = read_worldcup98(
        write(tmp_path, "period,count\n1998-04-30 21:30:00,2\n1998-04-30 21:31:00,120\n1998-04-30 21:34:00,0")
    )
    assert series.start_s.tolist() == [0.0, 60.0, 240.0]
    assert series.values.tolist() == [2.0, 120.0, 0.0]
    assert series.duration_s == 300.0


def test_nab_step_is_the_usual_distance_and_not_a_gap(tmp_path: Path) -> None:
    times = ("2014-04-10 00:04:00", "2014-04-10 00:09:00", "2014-04-10 00:14:00", "2014-04-11 00:14:00")
    path = write(tmp_path, "timestamp,value\n" + "".join(f"{time},94.0\n" for time in times))
    series = read_nab(path)
    assert series.step_s == 300.0
    assert series.start_s.tolist() == [0.0, 300.0, 600.0, 87_000.0]


def test_azure_requests_keep_fractions_of_a_second_and_equal_times(tmp_path: Path) -> None:
    text = (
        "TIMESTAMP,ContextTokens,GeneratedTokens\n"
        "2023-11-16 18:17:03.9799600,4808,10\n"
        "2023-11-16 18:17:03.9799601,3180,8\n"
        "2023-11-16 18:17:03.9799601,1,2"
    )
    log = read_azure_llm(write(tmp_path, text))
    assert log.arrival_s.tolist() == [0.0, 1e-7, 1e-7]
    assert log.prompt_tokens.tolist() == [4808, 3180, 1]
    assert log.output_tokens.tolist() == [10, 8, 2]


@pytest.mark.parametrize(
    ("read", "text", "problem"),
    [
        (read_worldcup98, "period,count\n1998-04-30 21:30:00,-1\n", "row 2: count must be >= 0, got -1"),
        (
            read_worldcup98,
            "period,count\n1998-04-30 21:30:00,1\n1998-04-30 21:30:00,1\n",
            "row 3: period must be after 1998-04-30 21:30:00 of the row above, got 1998-04-30 21:30:00",
        ),
        (read_nab, "timestamp,value\n2014-04-10 00:04:00,NaN\n", "row 2: value must be a finite number, got 'NaN'"),
        (read_nab, "timestamp,value\n2014-04-10,1\n", "row 2: timestamp must be a UTC time"),
        (read_nab, "time,value\n", "missing column timestamp, the header has time, value"),
        (
            read_azure_llm,
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:04,1,1\n2023-11-16 18:17:03,1,1\n",
            "row 3: TIMESTAMP must be not before 2023-11-16 18:17:04 of the row above",
        ),
        (read_azure_llm, "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:04,1\n", "row 2: has 2 fields"),
    ],
)
def test_bad_load_traces_are_refused(tmp_path: Path, read: Callable[[Path], object], text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read(write(tmp_path, text))
    assert str(refused.value).startswith(f"{tmp_path / 'load.csv'}: {problem}")


def test_a_part_of_a_series_starts_at_zero_again() -> None:
    series = Series(start_s=np.array([0.0, 60, 120, 180]), values=np.array([1.0, 2, 3, 4]), step_s=60)
    part = series.between(60, 180)
    assert part.start_s.tolist() == [0.0, 60.0]
    assert part.values.tolist() == [2.0, 3.0]
    with pytest.raises(InputError, match="nothing from 900 s to 1000 s, it lasts 240"):
        series.between(900, 1000)


@needs_data("worldcup98")
def test_the_real_worldcup_trace_has_its_totals() -> None:
    series = read_worldcup98(DATA / "worldcup98" / "invocation_count.csv.gz")
    assert (len(series), series.values.sum(), series.values.max()) == (125_300, 1_352_804_107, 229_426)


@needs_data("azure_llm_2023")
def test_the_real_azure_traces_have_their_totals() -> None:
    log = read_azure_llm(DATA / "azure_llm_2023" / "AzureLLMInferenceTrace_conv.csv.gz")
    assert len(log) == 19_366
    assert round(float(log.arrival_s[-1])) == 3502
    assert [np.median(log.prompt_tokens), np.median(log.output_tokens)] == [1020, 129]


@needs_data("nab")
def test_the_real_nab_series_have_their_steps() -> None:
    steps = {path.name.split(".")[0]: read_nab(path).step_s for path in sorted((DATA / "nab").glob("*.csv.gz"))}
    assert steps.pop("nyc_taxi") == 1800.0
    assert set(steps.values()) == {300.0}
