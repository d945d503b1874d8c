"""`edgeward decide FILE`: a line in, a line out; what is wrong ends it with exit code 2."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autoscaler.planner import record
from autoscaler.planner.plan import plan
from edgeward import command_line
from tests.autoscaler.planner.loop import Workload, make_spec

VECTOR = {"id": 7, "kind": "clamp_default", "current_replicas": 3, "desired": 9, "min": 1, "max": 8}


def run(*args: str, stdin: str | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(command_line(), ["decide", *args], input=stdin)
    return done.exit_code, done.stdout, done.stderr


def recorded(**changes: object) -> bytes:
    work = Workload(make_spec(), load=900)
    heard = record.Heard(work.rooms, [])
    seen = replace(work.seen(), **changes)  # type: ignore[arg-type]  # a test's own words
    decision = plan(work.spec, seen, work.history, heard)
    return record.encode("shop/web@1", work.spec, seen, work.history, heard.asked, decision)


def test_a_vector_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "v.jsonl"
    file.write_text(json.dumps(VECTOR) + "\n\n" + json.dumps(VECTOR | {"id": "b"}) + "\n", encoding="utf-8")
    code, out, _ = run(str(file))
    assert code == 0
    assert [json.loads(line)["id"] for line in out.splitlines()] == [7, "b"]


def test_a_record_replays_to_its_own_answer(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(recorded() + b"\n")
    code, out, _ = run(str(file))
    assert code == 0
    answer = json.loads(out)
    assert answer == {"id": "shop/web@1", "decision": json.loads(recorded())["decision"]}
    assert answer["decision"]["wanted"]["home"] == 4  # 900/500/50 % = 3.6


def test_standard_input_is_read() -> None:
    code, out, _ = run("-", stdin=json.dumps(VECTOR))
    assert (code, json.loads(out)["expected"]["replicas"]) == (0, 6)


def test_a_wrong_line_ends_it_after_the_right_ones(tmp_path: Path) -> None:
    file = tmp_path / "v.jsonl"
    file.write_text(json.dumps(VECTOR) + "\n" + json.dumps(VECTOR | {"min": "1"}), encoding="utf-8")
    code, out, err = run(str(file))
    assert (code, len(out.splitlines())) == (2, 1)
    assert err == f"edgeward: {file}:2: min must be a whole number, got '1'\n"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, _, err = run(str(tmp_path / "none.jsonl"))
    assert code == 2
    assert "none.jsonl: cannot be read: No such file" in err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 9}, "version must be 1, got 9"),
        ({"seen": {}}, "seen: "),
        ({"seen": {"now_s": "x"}}, "seen.now_s: Expected `float`, got `str`"),
        ({"seen": {"moon": 1}}, "seen.moon: there is no such field"),
        ({"rooms": []}, "nobody recorded how many of 3 fit at 'home'"),
        ({"spec": 5}, "Expected `object`, got `int` - at `$.spec`"),
        ({"extra": 5}, "Object contains unknown field `extra`"),
    ],
)
def test_a_damaged_record_says_what_is_wrong(change: dict[str, object], says: str) -> None:
    line = json.dumps(json.loads(recorded()) | change)
    code, _, err = run("-", stdin=line)
    assert code == 2
    assert err.startswith("edgeward: <stdin>:1: ")
    assert says in err
