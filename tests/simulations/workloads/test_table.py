from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.errors import InputError
from simulations.workloads.table import Table, parse_table, read_table

PODS = "name,cpu_milli,memory_mib\na,100,5\nb,200,6\n"
NAME = Path("pods.csv")


def test_columns_come_typed_and_in_file_order() -> None:
    table = parse_table(PODS, NAME, ("name", "cpu_milli"))
    assert len(table) == 2
    assert table.names("name") == ["a", "b"]
    assert table.ints("cpu_milli").tolist() == [100, 200]
    assert table.ints("cpu_milli").dtype == np.int64
    assert table.floats("memory_mib").tolist() == [5.0, 6.0]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n\n"], ids=["none", "newline", "windows", "blank lines"])
def test_the_last_line_may_end_in_any_way(ending: str) -> None:
    assert parse_table("x\n1\n2" + ending, NAME).ints("x").tolist() == [1, 2]


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    packed, plain = tmp_path / "packed.csv", tmp_path / "plain.csv.gz"
    packed.write_bytes(gzip.compress(PODS.encode()))
    plain.write_text(PODS)
    assert read_table(packed).columns == read_table(plain).columns


def test_windows_lines_quotes_and_a_byte_order_mark_read_the_same(tmp_path: Path) -> None:
    plain, excel = tmp_path / "plain.csv", tmp_path / "excel.csv"
    plain.write_text(PODS)
    excel.write_bytes(b"\xef\xbb\xbf" + PODS.replace("a,", '"a",').replace("\n", "\r\n").encode())
    for column in ("name", "cpu_milli", "memory_mib"):
        assert read_table(excel).texts(column) == read_table(plain).texts(column)


def test_a_row_is_named_by_its_line_although_blank_and_quoted_lines_precede_it() -> None:
    table = parse_table('name,cpu\n\n"two\nlines",1\nb,x\n', NAME)
    assert table.texts("name") == ["two\nlines", "b"]
    with pytest.raises(InputError, match=r"pods\.csv: row 5: cpu must be a whole number, got 'x'"):
        table.ints("cpu")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "pods.csv: empty trace: the file has neither header nor rows"),
        ("\n\n", "pods.csv: empty trace: the file has neither header nor rows"),
        ("name,cpu\n", "pods.csv: empty trace: the file has a header and no rows"),
        ("name,cpus\na,1\n", "pods.csv: missing column cpu, the header has name, cpus"),
        ("name,cpu,cpu\na,1,2\n", "pods.csv: column 'cpu' is in the header twice"),
        ("name,cpu\na,1\nb\n", "pods.csv: row 3: has 1 fields, the header has 2 (is the file truncated?)"),
        ("name,cpu\na,1,2\n", "pods.csv: row 2: has 3 fields, the header has 2 (is the file truncated?)"),
        ('name,cpu\na,1\n"b,2\n', "pods.csv: row 3: not CSV: unexpected end of data"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_table(text, NAME, ("name", "cpu"))
    assert str(refused.value) == message


def ints(table: Table) -> object:
    return table.ints("v", at_least=0)


def floats(table: Table) -> object:
    return table.floats("v", at_least=0)


def times(table: Table) -> object:
    return table.times("v")


def names(table: Table) -> object:
    return table.names("v")


@pytest.mark.parametrize(
    ("cell", "read", "problem"),
    [
        ("-5", ints, "v must be >= 0, got -5"),
        ("", ints, "v must be a whole number, got ''"),
        ("1.5", ints, "v must be a whole number, got '1.5'"),
        ("1_000", ints, "v must be a whole number, got '1_000'"),
        ("٣", ints, "v must be a whole number, got '٣'"),
        ("9" * 40, ints, f"v must be a whole number, got '{'9' * 40}'"),
        ("x" * 500, ints, f"v must be a whole number, got '{'x' * 59}…'"),
        ("nan", floats, "v must be a finite number, got 'nan'"),
        ("inf", floats, "v must be a finite number, got 'inf'"),
        ("1e999", floats, "v must be a finite number, got '1e999'"),
        ("-0.5", floats, "v must be >= 0, got -0.5"),
        ("", floats, "v must be a finite number, got ''"),
        ("", names, "v must not be empty"),
        ("7", names, "v '7' was on row 2 already"),
        ("2024-02-30 00:00:00", times, "v must be a UTC time such as 2024-05-01 13:00:00, got '2024-02-30 00:00:00'"),
        ("today", times, "v must be a UTC time such as 2024-05-01 13:00:00, got 'today'"),
        (
            "2024-02-01 00:00:00+09:00",
            times,
            "v must be a UTC time such as 2024-05-01 13:00:00, got '2024-02-01 00:00:00+09:00'",
        ),
        ("0001-01-01 00:00", times, "v must be a UTC time such as 2024-05-01 13:00:00, got '0001-01-01 00:00'"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_column_and_value(
    cell: str, read: Callable[[Table], object], problem: str
) -> None:
    good = "2024-02-01 00:00:00" if read is times else "7"
    table = parse_table(f"w,v\n0,{good}\n0,{cell}\n", NAME)
    with pytest.raises(InputError) as refused:
        read(table)
    assert str(refused.value) == f"pods.csv: row 3: {problem}"


def test_whole_numbers_that_were_written_as_floats_are_whole() -> None:
    assert parse_table("v\n5.0\n-7\n+8.\n", NAME).ints("v").tolist() == [5, -7, 8]


def test_an_empty_cell_takes_the_value_given_for_it() -> None:
    table = parse_table("w,v\n0,\n0,3\n", NAME)
    assert table.ints("v", at_least=-1, empty=-1).tolist() == [-1, 3]
    assert np.isnan(table.floats("v", at_least=0, empty=float("nan"))).tolist() == [True, False]


def test_seconds_count_from_the_first_row_with_fractions() -> None:
    table = parse_table("t\n2023-11-16 18:17:03.9799600\n2023-11-16T18:17:04.9799600Z\n2023-11-17 18:17:03.98\n", NAME)
    assert table.seconds("t", repeats=False).tolist() == [0.0, 1.0, 86400.00004]


@pytest.mark.parametrize(
    ("second", "repeats", "problem"),
    [
        ("00:59", True, "t must be not before 2024-01-01 01:00 of the row above, got 2024-01-01 00:59"),
        ("01:00", False, "t must be after 2024-01-01 01:00 of the row above, got 2024-01-01 01:00"),
    ],
)
def test_times_that_run_backwards_are_refused_with_the_row(second: str, repeats: bool, problem: str) -> None:
    table = parse_table(f"t\n2024-01-01 01:00\n2024-01-01 {second}\n", NAME)
    with pytest.raises(InputError) as refused:
        table.seconds("t", repeats=repeats)
    assert str(refused.value) == f"pods.csv: row 3: {problem}"


def test_equal_times_pass_where_repeats_are_allowed() -> None:
    table = parse_table("t\n2024-01-01 01:00\n2024-01-01 01:00\n", NAME)
    assert table.seconds("t", repeats=True).tolist() == [0.0, 0.0]


def test_a_missing_or_unreadable_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path)


def test_text_that_is_not_utf8_is_refused_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("name\nSeoul\nZürich\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.csv: row 3: not UTF-8 text: byte 0xfc"):
        read_table(path)


def test_every_truncation_of_a_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(PODS.encode())
    path = tmp_path / "pods.csv.gz"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"pods\.csv\.gz: "):
            read_table(path, ("name",))


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(PODS.encode() * 20))
    content[-6] ^= 0xFF  # the checksum
    path = tmp_path / "pods.csv.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged gzip file"):
        read_table(path)


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1)))
def test_what_csv_writes_is_read_back(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    header = [f"c{i}" for i in range(len(rows[0]))]
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    table = parse_table(written.getvalue(), NAME)
    assert [table.texts(name) for name in header] == [[c.strip() for c in column] for column in zip(*rows, strict=True)]


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), min_size=1))
def test_whole_numbers_round_trip(numbers: list[int]) -> None:
    text = "w,v\n" + "".join(f"0,{n}\n" for n in numbers)
    assert parse_table(text, NAME).ints("v").tolist() == numbers


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_finite_numbers_round_trip(numbers: list[float]) -> None:
    text = "w,v\n" + "".join(f"0,{n!r}\n" for n in numbers)
    assert parse_table(text, NAME).floats("v").tolist() == numbers
