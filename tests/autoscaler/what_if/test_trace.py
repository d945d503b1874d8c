from __future__ import annotations

from pathlib import Path

import pytest

from autoscaler.what_if.errors import WhatIfError
from autoscaler.what_if.trace import read_trace


def write(folder: Path, text: str) -> Path:
    path = folder / "load.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_value_holds_until_the_next_row_and_the_last_one_as_long_as_usual(tmp_path: Path) -> None:
    load = read_trace(write(tmp_path, "time_s,value\n100,1\n160,2.5\n400,4\n460,0\n"))
    assert (load.begins_s, load.ends_s) == (100.0, 520.0)
    assert load.mean(160, 400) == 2.5
    assert load.total == 60 * 1 + 240 * 2.5 + 60 * 4


def test_columns_may_stand_in_any_order_beside_others(tmp_path: Path) -> None:
    load = read_trace(write(tmp_path, "\ufeffvalue,note,time_s\n1,a,0\n3,b,60\n\n"))
    assert load.values.tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "row 1: wants the columns time_s,value, time_s is not in []"),
        ("time,value\n0,1\n", "row 1: wants the columns time_s,value, time_s is not in ['time', 'value']"),
        ("time_s,value\n0,1\n", "wants at least two rows, got 1"),
        ("time_s,value\n0,1\n60\n", "row 3: has 1 of 2 columns: '60'"),
        ("time_s,value\n0,1\n60,many\n", "row 3: value must be a number, got 'many'"),
        ("time_s,value\n0,1\nnan,1\n", "row 3: time_s must be a number, got 'nan'"),
        ("time_s,value\n0,1\n60,inf\n", "row 3: value must be a number, got 'inf'"),
        ("time_s,value\n0,1\n60,-2\n", "row 3: value must be >= 0, got -2"),
        ("time_s,value\n60,1\n60,2\n", "row 3: time_s must rise, got 60 after 60"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_row_and_value(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(WhatIfError) as caught:
        read_trace(path)
    assert str(caught.value) == f"{path}: {message}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WhatIfError, match=r"none\.csv: cannot be read: No such file"):
        read_trace(tmp_path / "none.csv")
