from __future__ import annotations

import math

import pytest

from kube.latency.configmap import ConfigMaps, parse
from kube.latency.entries_yaml import LONGEST_TEXT
from kube.latency.errors import InputError
from kube.latency.measurement import STANDING
from tests.kube.latency.told import told

YAML = """
- {from: seoul, to: busan, p50_ms: 4.1, p95_ms: 6.5}
- {from: seoul, to: cloud, p95_ms: 38, measured_at: 2026-05-01T09:00:00Z}
- {from: busan, to: cloud, p50_ms: 30, measured_at: "2026-05-01T18:00:00.5+09:00"}
"""
CSV = """from,seoul, busan ,cloud
seoul,,4.1/6.5,30

busan,4/6,0,
"""
NINE_O_CLOCK_S = 1_777_626_000.0  # 2026-05-01T09:00:00Z


def test_a_list_tells_what_it_says() -> None:
    first, second, third = parse(YAML, key="rtt.yaml", where="configmap x")
    assert first == told("seoul", "busan", 4.1, 6.5, at_s=STANDING, source="configmap")
    assert (second.p95_ms, second.at_s) == (38.0, NINE_O_CLOCK_S)
    assert math.isnan(second.p50_ms)
    assert math.isnan(third.p95_ms)
    assert third.at_s == NINE_O_CLOCK_S + 0.5


def test_a_matrix_tells_its_filled_cells() -> None:
    measurements = parse(CSV, key="rtt.csv", where="configmap x")
    assert [(each.origin, each.to, each.p50_ms) for each in measurements] == [
        ("seoul", "busan", 4.1), ("seoul", "cloud", 30.0), ("busan", "seoul", 4.0), ("busan", "busan", 0.0)
    ]  # fmt: skip
    assert [each.p95_ms for each in measurements[::2]] == [6.5, 6.0]
    assert all(math.isnan(each.p95_ms) for each in measurements[1::2])
    assert {each.at_s for each in measurements} == {STANDING}


@pytest.mark.parametrize("text", ["", "# nothing yet", "[]"])
def test_an_empty_list_tells_nothing(text: str) -> None:
    assert parse(text, key="rtt.yml", where="configmap x") == ()


BAD = [
    ("- {from: a, to: b, p50_ms: -1}", "line 1: [0].p50_ms must be >= 0, got -1"),
    ("- {from: a, to: b, p50_ms: .inf}", "line 1: [0].p50_ms must be a finite number, got inf"),
    ("- {from: a, to: 3, p50_ms: 1}", "line 1: [0].to must be text, got 3"),
    ("- {from: a, to: '', p50_ms: 1}", "line 1: [0].to must have at least 1 characters, got ''"),
    ("- {from: a, to: b}", "line 1: [0]: p50_ms or p95_ms must be there"),
    ("- {from: a, to: b, p50_ms: 3, p95_ms: 2}", "line 1: [0]: p95_ms must be >= p50_ms, got 2 < 3"),
    ("\n- {from: a, too: b, p50_ms: 1}", "line 2: [0].too is not a known key (did you mean 'to'?)"),
    (
        "- {from: a, to: b, p50_ms: 1, measured_at: 2026-05-01T09:00:00}",
        "line 1: [0].measured_at: must be a time with its zone, as 2026-05-01T09:00:00Z, got '2026-05-01 09:00:00'",
    ),
    (
        "- {from: a, to: b, p50_ms: 1, measured_at: yesterday}",
        "line 1: [0].measured_at: must be a time with its zone, as 2026-05-01T09:00:00Z, got 'yesterday'",
    ),
    (
        "- {from: a, to: b, p50_ms: 1}\n- {from: a, to: b, p95_ms: 2}",
        "line 2: [1] from a to b was there before",
    ),
    ("- 7", "line 1: [0] must be a mapping, got 7"),
    ("{from: a}", ": must be a list of {from, to, p50_ms, p95_ms}, got dict"),
    ("- {from: a, from: b}", ": not YAML: key 'from' is there twice"),
    ("[" * 3000, ": not YAML: nested too deeply"),
    ("- {from: a, to: b, p50_ms: 1}\n" * 6000, f": must have at most {LONGEST_TEXT} characters, got 180000"),
]


@pytest.mark.parametrize(("text", "problem"), BAD, ids=range(len(BAD)))
def test_a_bad_list_says_where_and_what(text: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text, key="rtt.yaml", where="configmap x")
    assert any(problem in each for each in raised.value.problems)
    assert all(each.startswith("configmap x: rtt.yaml") for each in raised.value.problems)


BAD_CSV = [
    ("from,a,b\na,1,-2", "line 2: from a to b: must be >= 0 and finite, got '-2'"),
    ("from,a,b\na,1,nan", "line 2: from a to b: must be >= 0 and finite, got 'nan'"),
    ("from,a,b\na,1,2/", "line 2: from a to b: must be p50 or p50/p95 in ms, got '2/'"),
    ("from,a,b\na,1,2/1", "line 2: from a to b: p95 must be >= p50, got '2/1'"),
    ("from,a,b\na,1", "line 2: must have 3 cells as the header has, got 2"),
    ("from,a,b\na,1,2\na,1,2", "line 3: a row for 'a' was there before"),
    ("from,a,b\n,1,2", "line 2: the row has no site"),
    ("from,a,a", "line 1: site 'a' is there twice"),
    ("from,,a", "line 1: column 2 has no site"),
    ("", "line 1: the header must be a word and then the sites, got ''"),
    (f"from,a\n{'1' * 200_000},1", "not CSV: field larger than field limit (131072)"),
]


@pytest.mark.parametrize(("text", "problem"), BAD_CSV, ids=range(len(BAD_CSV)))
def test_a_bad_matrix_says_where_and_what(text: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text, key="rtt.csv", where="configmap x")
    assert f"configmap x: rtt.csv {problem}" in raised.value.problems


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as raised:
        parse("from,a,b\na,-1,-2\nb,x,2", key="rtt.csv", where="configmap x")
    assert len(raised.value.problems) == 3


def test_a_key_of_no_known_form_is_refused() -> None:
    with pytest.raises(InputError, match=r"configmap x: notes\.txt: a key must end in \.yaml, \.yml or \.csv"):
        parse("", key="notes.txt", where="configmap x")


def test_a_broken_text_keeps_the_last_good_one_and_says_why_each_time() -> None:
    maps = ConfigMaps()
    good = maps.read({"edge/rtt": {"a.csv": "from,a,b\na,,5"}})
    assert good.problems == ()
    for _ in range(2):
        read = maps.read({"edge/rtt": {"a.csv": "from,a,b\na,,five"}})
        assert read.measurements == good.measurements
        assert len(read.problems) == 1
    assert maps.read({"edge/rtt": {"a.csv": "from,a,b\na,,6"}}).measurements[0].p50_ms == 6.0


def test_what_is_gone_says_nothing_any_more() -> None:
    maps = ConfigMaps()
    maps.read({"x": {"a.csv": "from,a,b\na,,5"}, "y": {"a.csv": "from,c,d\nc,,5"}})
    assert [each.origin for each in maps.read({"y": {"a.csv": "from,c,d\nc,,5"}}).measurements] == ["c"]
    assert maps.read({}).measurements == ()


def test_of_two_texts_that_tell_the_same_the_first_by_name_is_believed() -> None:
    read = ConfigMaps().read({"y": {"a.csv": "from,a,b\na,,1"}, "x": {"b.csv": "from,a,b\na,,2"}})
    assert [each.p50_ms for each in read.measurements] == [2.0]
