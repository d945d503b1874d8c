"""`edgeward decide --trace`: a load and a specification in, what would have happened out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from edgeward import command_line
from tests.autoscaler.api.objects import manifest

RPS = {
    "type": "External",
    "external": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "10"}},
}


def run(*args: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(command_line(), ["decide", *map(str, args)])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def load(tmp_path: Path) -> Path:
    """20 for ten minutes, 80 for ten, 20 for twenty."""
    path = tmp_path / "load.csv"
    values = [20] * 10 + [80] * 10 + [20] * 20
    path.write_text(
        "time_s,value\n" + "".join(f"{1_700_000_000 + 60 * at},{value}\n" for at, value in enumerate(values)),
        encoding="utf-8",
    )
    return path


def write_spec(folder: Path, **spec: Any) -> Path:
    path = folder / "spec.yaml"
    path.write_text(yaml.safe_dump(manifest(metrics=[RPS], maxReplicas=20, **spec)), encoding="utf-8")
    return path


def answered(load: Path, spec: Path, *args: object) -> dict[str, Any]:
    out = load.with_name("out.json")
    code, _, err = run("--trace", load, "--spec", spec, "--json", out, *args)
    assert code == 0, err
    content: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return content


def test_the_figures_are_those_of_the_load(load: Path, tmp_path: Path) -> None:
    said = answered(load, write_spec(tmp_path))
    figures = said["figures"]
    assert figures["hours"] == pytest.approx(40 / 60)
    assert figures["load_mean"] == pytest.approx((20 * 30 + 80 * 10) / 40)
    assert figures["replicas_max"] == 8  # 80 / 10
    assert figures["flips"] == 1
    assert figures["churn_pods"] == 12  # 2 → 8 → 2
    assert {step["step"] for step in said["steps"]} == {"ScaleOut", "ScaleIn"}
    assert figures["rung_s"] == {"out": 2400.0, "up": 0.0, "over edge": 0.0}


def test_pods_that_start_later_leave_more_seconds_under_provisioned(load: Path, tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    short = [answered(load, spec, "--start", start)["figures"]["under_provisioned_s"] for start in (0, 30, 120)]
    assert 0 < short[0] < short[1] < short[2]


def test_a_pod_that_carries_more_than_its_target_is_short_less(load: Path, tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    strict, roomy = (answered(load, spec, "--pod", pod)["figures"] for pod in (10, 14))
    assert roomy["load_not_carried_pct"] < strict["load_not_carried_pct"]
    assert roomy["pod_hours"] == strict["pod_hours"]


def test_the_ladder_is_climbed_where_the_specification_has_one(load: Path, tmp_path: Path) -> None:
    path = tmp_path / "ladder.yaml"
    ladder = manifest(metrics=[RPS], maxReplicas=3, overEdge={"tiers": ["neighbor"], "maxReplicas": 9})
    path.write_text(yaml.safe_dump(ladder), encoding="utf-8")
    figures = answered(load, path)["figures"]
    assert figures["rung_s"]["over edge"] > 0
    assert figures["steps"]["OverEdge"] >= 1


def test_the_terminal_has_a_table_and_what_was_assumed(load: Path, tmp_path: Path) -> None:
    code, out, err = run("--trace", load, "--spec", write_spec(tmp_path))
    assert code == 0
    assert re.search(r"pods × hours .*\d", out)
    assert "under-provisioned" in out
    assert "The trace stands for external metric rps; a pod carries 10 of it and starts in 30 s" in err


def test_the_page_opens_offline(load: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    code, _, err = run("--trace", load, "--spec", write_spec(tmp_path), "--report", page)
    assert code == 0, err
    text = page.read_text(encoding="utf-8")
    plots = json.loads(re.search(r'id="plots">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]  # it is there
    assert max(plots["replicas"]["data"][0]["y"]) == 8
    assert {line["name"] for line in plots["load"]["data"]} == {"load", "pods can carry"}
    assert 'src="http' not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "nothing to decide: wants FILE.jsonl, or --trace CSV and --spec YAML"),
        (["--trace", "x.csv"], "--trace and --spec come together and without FILE.jsonl, got --trace"),
        (
            ["a.jsonl", "--trace", "x", "--spec", "y"],
            "come together and without FILE.jsonl, got a.jsonl, --trace, --spec",
        ),
        (["--trace", "none.csv", "--spec", "y"], "none.csv: cannot be read: No such file or directory"),
        (["--trace", "x", "--spec", "y", "--pod", "0"], "--pod must be > 0, got 0"),
        (["--trace", "x", "--spec", "y", "--report", "none/r.html"], "--report none/r.html: there is no folder none"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(args: list[str], message: str) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1
