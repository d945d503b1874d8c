"""`edgeward lint`: exit codes, JSON, and what is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from edgeward import command_line
from scheduler.lint.shape import CONFIGURATION, Entries
from tests.scheduler.lint.asking import Changes, spoiled


def lint(folder: Path, changes: Changes, *words: str) -> Result:
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(spoiled(changes)), encoding="utf-8")
    return CliRunner().invoke(command_line(), ["lint", str(file), *words], prog_name="edgeward", env={"COLUMNS": "100"})


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({}, 0, "nothing to complain about"),
        ({"extenders.0.weight": 1}, 0, "1 warning"),
        ({"extenders.0.weight": 0, "extenders.0.preemptVerb": ""}, 1, "1 error, 1 warning"),
    ],
    ids=["clean", "warnings", "errors"],
)
def test_exit_code_is_1_for_errors_only(tmp_path: Path, changes: Changes, code: int, says: str) -> None:
    result = lint(tmp_path, changes)
    assert (result.exit_code, result.stderr) == (code, "")
    assert says in result.stdout


def test_unreadable_file_is_exit_2_and_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(command_line(), ["lint", str(tmp_path)], prog_name="edgeward")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_json_has_every_part_of_a_finding(tmp_path: Path) -> None:
    (told,) = json.loads(lint(tmp_path, {"extenders.0.weight": 1}, "--json").stdout)
    assert told["source"].endswith("config.yaml")
    (finding,) = told["findings"]
    assert finding["severity"] == "warning"
    assert finding["path"] == "extenders[0].weight"
    assert finding["value"] == 1
    assert finding["instead"].startswith("121 ")


def test_profile_with_a_shortlist_needs_less_weight(tmp_path: Path) -> None:
    assert "nothing to complain about" in lint(tmp_path, {"extenders.0.weight": 2}, "--profile", "cloud-burst").stdout


def test_profile_of_ones_own_counts(tmp_path: Path) -> None:
    text = "top_score: 1000\nshortlist: {tiers: best}\npolicies: [{policy: hint}]\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    result = lint(tmp_path, {"extenders.0.weight": 1}, "--profile", "mine", "--policy-dir", str(tmp_path))
    assert "nothing to complain about" in result.stdout


def test_unknown_profile_is_exit_2_with_a_suggestion(tmp_path: Path) -> None:
    result = lint(tmp_path, {}, "--profile", "edge-defualt")
    assert result.exit_code == 2
    assert "did you mean 'edge-default'?" in result.stderr


def test_long_value_is_cut(tmp_path: Path) -> None:
    result = lint(tmp_path, {"extenders.0.more": "x" * 200})
    assert f"{'x' * 59}…" in result.stdout


def test_shape_of_an_extender_has_the_fields_of_the_api() -> None:
    entries = CONFIGURATION["extenders"]
    assert isinstance(entries, Entries)
    assert set(entries[0]) == {  # type: ignore[arg-type]  # an extender is a mapping of fields
        "urlPrefix", "filterVerb", "preemptVerb", "prioritizeVerb", "weight", "bindVerb", "enableHTTPS", "tlsConfig",
        "httpTimeout", "nodeCacheCapable", "managedResources", "ignorable",
    }  # fmt: skip
