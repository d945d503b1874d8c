"""`edgeward simulate` and `demo`: what they write, and what they say when the input is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from simulations.commands import DEMO_REPORT
from simulations.result import is_measured
from tests.simulations.asked import PATIENCE_S, arguments, edgeward, edgeward_process, write_scenario


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path)


def without_measured(value: Any) -> Any:
    """The document without what a clock measured."""
    if isinstance(value, dict):
        return {key: without_measured(inner) for key, inner in value.items() if not is_measured(key)}
    return [without_measured(inner) for inner in value] if isinstance(value, list) else value


def test_table_has_every_policy_and_nothing_else_is_on_stdout(scenario: Path) -> None:
    result = edgeward("simulate", scenario)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    assert "3 seeds" in result.stdout
    assert all(word in result.stdout for word in ("near", "far", "RTT mean"))


def test_json_and_report_are_written_and_the_same_again(scenario: Path, tmp_path: Path) -> None:
    documents = []
    for name in ("a", "b"):
        result = edgeward(
            "simulate", scenario, "--json", tmp_path / f"{name}.json", "--report", tmp_path / f"{name}.html"
        )
        assert result.exit_code == 0, result.stderr
        documents.append(json.loads((tmp_path / f"{name}.json").read_bytes()))
        assert (tmp_path / f"{name}.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert without_measured(documents[0]) == without_measured(documents[1])
    assert [(run["policy"], run["seed"]) for run in documents[0]["runs"]] == [
        (policy, seed) for policy in ("near", "far") for seed in (1, 2, 3)
    ]
    assert documents[0]["command"] == f"edgeward simulate {scenario}"


def test_several_processes_give_what_one_gives(scenario: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        result = edgeward("simulate", scenario, "--jobs", jobs, "--json", tmp_path / f"{jobs}.json")
        assert result.exit_code == 0, result.stderr
    one, two = (json.loads((tmp_path / f"{jobs}.json").read_bytes()) for jobs in (1, 2))
    assert without_measured(one) == without_measured(two)


def test_document_of_one_run_has_its_figures_at_the_top_and_says_how_to_ask_again(
    scenario: Path, tmp_path: Path
) -> None:
    options = ["--policy", "far", "--seed", 4, "--set", "load=2", "--set", "deep.share=0.25"]
    assert edgeward("simulate", scenario, *options, "--json", tmp_path / "o.json").exit_code == 0
    document = json.loads((tmp_path / "o.json").read_bytes())
    assert (document["policy"], document["seed"], document["share_pct"]) == ("far", 4, 25.0)
    assert 25 <= document["rtt_mean_ms"] < 26  # 10 · 2 + 5 for `far` + a dice roll below 1
    assert document["command"] == f"edgeward simulate {scenario} " + " ".join(map(str, options))


def wrong_inputs() -> list[Any]:
    return [
        pytest.param(["nowhere.yaml"], "nowhere.yaml: no such file", id="no such file"),
        pytest.param(["broken.yaml"], "broken.yaml: line 2, column 1: not YAML", id="no YAML"),
        pytest.param(
            ["laod.yaml"], "laod.yaml: settings.laod is not a known key (did you mean 'load'?)", id="unknown key"
        ),
        pytest.param(
            ["s.yaml", "--policy", "neer"], "--policy: policies[0]: unknown policy 'neer' (did you mean", id="policy"
        ),
        pytest.param(["s.yaml", "--seed", "-1"], "--seed: seeds[0] must be >= 0, got -1", id="negative seed"),
        pytest.param(
            ["s.yaml", "--seed", "2", "--seed", "2"], "--seed: seeds[1]: 2 stands there twice", id="seed twice"
        ),
        pytest.param(["s.yaml", "--set", "load"], "--set load: must be KEY=VALUE, such as", id="no value"),
        pytest.param(["s.yaml", "--set", "load=["], "--set load=[: the value is not YAML", id="value no YAML"),
        pytest.param(["s.yaml", "--set", "load=1", "--set", "load=2"], "load was set before, to 1", id="set twice"),
        pytest.param(["s.yaml", "--set", "load=.nan"], "--set load=nan: settings.load must be", id="NaN"),
        pytest.param(
            ["s.yaml", "--json", "none/o.json"], "--json none/o.json: there is no folder none", id="no folder"
        ),
        pytest.param(["s.yaml", "--json", "."], "--json .: this is a folder, a file is wanted", id="folder"),
        pytest.param(["s.yaml", "--json", "s.yaml/o"], "--json s.yaml/o: s.yaml is not a folder", id="below a file"),
        pytest.param(["s.yaml", "--report", "none/r.html"], "--report none/r.html: there is no", id="report"),
        pytest.param(["s.yaml", "--report", "o.json", "--json", "./o.json"], "the same file as --json", id="same file"),
        pytest.param(["s.yaml", "--data", "none"], "--data none: no such folder", id="no data"),
        pytest.param(["s.yaml", "--data", "s.yaml"], "--data s.yaml: this is a file, not a folder", id="data a file"),
        pytest.param(["s.yaml", "--policy-dir", "."], "fake has methods of its own", id="policy folder"),
        pytest.param(
            ["gpu-packing", "--inflate", "1.2", "--set", "inflate=1"],
            "--inflate 1.2: --set inflate=1 says it, too",
            id="said twice",
        ),
        pytest.param(
            ["gpu-packing", "--inflate", "0"],
            "--inflate 0.0: settings.inflate must be > 0, got 0.0",
            id="shorthand's value",
        ),
        pytest.param(
            ["gpu-packing", "--inflate", "0.0001", "--set", "source=builtin"],
            "--inflate 0.0001: settings.inflate: with 0.0001 of the GPUs asked for, no pod arrives",
            id="no pod arrives",
        ),
        pytest.param(
            ["s2-microservices-eu", "--set", "regions=[Atlantis]"],
            "--set regions=['Atlantis']: settings.regions: unknown site",
            id="setting that only the run can check",
        ),
        pytest.param(
            ["s4-hints-us-east", "--set", "source=builtin", "--set", "cloud.city=Atlantis"],
            "--set cloud.city=Atlantis: settings.cloud.city: unknown site 'Atlantis'",
            id="no such city for the cloud",
        ),
        pytest.param(
            ["s1-replicas", "--set", "source=builtin", "--set", "k=25"],
            "--set k=25: settings.k must be from 1 to 24 (the number of cities), got 25",
            id="more replicas than cities",
        ),
        pytest.param(
            ["gpu-packing", "--policy", "kube-scheduler+edge-defalt"],
            "(did you mean 'kube-scheduler+edge-default'?)",
            id="profile of two stages",
        ),
        pytest.param(
            ["s1-replicas", "--data", "."],
            "--data .: no rtt_222_cities in there, which source auto looks for",
            id="data folder that lacks what is looked for",
        ),
        pytest.param(
            ["gpu-packing", "--data", "."], "--data .: no openb/nodes_gpu.csv.gz in there", id="data folder, gpu"
        ),
        pytest.param(
            ["demo", "--set", "source=auto", "--data", "."],
            "--data .: no rtt_222_cities in there, which source auto looks for",
            id="data folder, edge",
        ),
        pytest.param(["s.yaml", "--nodes", "n.csv"], "--nodes: for scenarios of kind gpu-packing", id="shorthand"),
        pytest.param(
            ["s.yaml", "--policy", "refused"], "nodes.csv row 3: cpu_milli must be > 0, got -5", id="while running"
        ),
    ]


@pytest.mark.parametrize(("words", "line"), wrong_inputs())
def test_wrong_input_is_one_line_exit_2_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_scenario(tmp_path, policies=["near"])
    write_scenario(tmp_path, "laod.yaml", settings={"laod": 1})
    (tmp_path / "broken.yaml").write_text("kind: [fake\n", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    outputs = [] if "--json" in words else ["--json", "o.json"]
    result = edgeward("simulate", *words, *outputs)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("edgeward: ")
    assert line in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("policy", "jobs", "code", "line"),
    [
        ("failing", 1, 1, "the kernel stopped at 12 s"),
        ("failing", 2, 1, "failing, seed 1: the kernel stopped at 12 s"),
        ("refused", 2, 2, "refused, seed 1: nodes.csv row 3: cpu_milli must be > 0, got -5"),
        ("bug", 1, 1, "LookupError: no such thing"),
        ("bug", 2, 1, "bug, seed 1: LookupError: no such thing (fakes.py line "),
        ("dying", 2, 1, "dying, seed 1: its process was killed"),
        ("interrupted", 1, 130, "edgeward: interrupted; nothing was written\n"),
    ],
)
def test_run_that_fails_writes_nothing(tmp_path: Path, policy: str, jobs: int, code: int, line: str) -> None:
    (tmp_path / "o.json").write_text("as it was", encoding="utf-8")
    words = [
        write_scenario(tmp_path, policies=["near", policy], seeds=[1]),
        "--jobs",
        jobs,
        "--json",
        tmp_path / "o.json",
    ]
    result = edgeward("simulate", *words)
    assert result.exit_code == code
    assert line in result.stderr
    assert result.stdout == ""
    assert (tmp_path / "o.json").read_text(encoding="utf-8") == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.json", "s.yaml"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_at_once_and_leaves_what_was_there(tmp_path: Path, jobs: int) -> None:
    log = tmp_path / "log"
    scenario = write_scenario(tmp_path, settings={"seconds": 600, "log": str(tmp_path)})
    words = arguments("simulate", scenario, "--jobs", jobs, "--json", "o.json")
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        wait_for_lines(log, jobs)
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to parent and children alike
        stdout, stderr = program.communicate(timeout=PATIENCE_S)
    assert (program.returncode, stdout, stderr) == (130, "", "edgeward: interrupted; nothing was written\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "s.yaml"]


def wait_for_lines(log: Path, count: int) -> None:
    """Until so many runs have begun."""
    deadline = time.monotonic() + PATIENCE_S
    while not log.exists() or log.read_text(encoding="utf-8").count("\n") < count:
        assert time.monotonic() < deadline, f"{count} runs did not begin within {PATIENCE_S:.0f} s"
        time.sleep(0.02)


def test_program_ends_with_the_exit_code_and_a_quiet_stderr(tmp_path: Path) -> None:
    write_scenario(tmp_path)
    good = edgeward_process("simulate", "s.yaml", "--json", "o.json", folder=tmp_path)
    assert (good.returncode, good.stderr) == (0, "JSON: o.json\n")
    assert json.loads((tmp_path / "o.json").read_bytes())["scenario"] == "s"
    wrong = edgeward_process("simulate", "s.yaml", folder=tmp_path, EDGEWARD_DATA="none")
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (2, "", "edgeward: --data none: no such folder\n")


def test_usual_data_folder_may_lack_everything_and_the_table_says_which_data_were_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulations.data_folder.data_folder.__defaults__", (tmp_path,))
    result = edgeward("simulate", "s1-replicas", "--policy", "greedy", "--seed", 1)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "data: built-in cities"


def test_policy_folder_of_the_environment_is_for_kinds_that_run_policies(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my-mix.yaml").write_text("policies:\n- policy: binpack\n", encoding="utf-8")
    monkeypatch.setenv("EDGEWARD_POLICY_DIR", str(tmp_path))
    assert edgeward("simulate", scenario).exit_code == 0  # the kind fake has methods of its own
    (tmp_path / "s.yaml").unlink()
    words = ["--policy", "my-mix", "--seed", 1, "--set", "source=builtin", "--json", tmp_path / "o.json"]
    result = edgeward("simulate", "gpu-packing", *words)
    assert result.exit_code == 0, result.stderr
    assert "--policy-dir" in json.loads((tmp_path / "o.json").read_bytes())["command"]
    assert "EDGEWARD_POLICY_DIR" in edgeward("simulate", "--help").stdout


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ["gpu-packing", "--policy", "nope"],
            ["kube-scheduler, least-allocated, most-allocated, random, ", " topology"],
        ),
        (["s1-replicas", "--policy", "fgd"], ["'fgd'; there are random, greedy, swap, optimum, tail, auto\n"]),
        (["s4-hints-metro", "--policy", "fgd"], ["'fgd'; there are random, local-cloud, "]),
    ],
)
def test_unknown_policy_tells_every_name_once(words: list[str], lines: list[str]) -> None:
    told = edgeward("simulate", *words).stderr
    assert all(line in told for line in lines)
    names = told.strip().partition("there are ")[2].split(", ")
    assert len(names) == len(set(names))


def test_seed_that_is_no_number_is_repeated(scenario: Path) -> None:
    result = edgeward("simulate", scenario, "--seed", "abc")
    assert result.exit_code == 2
    assert "'abc' is not a whole number" in result.stderr


def test_results_say_where_they_are(scenario: Path, tmp_path: Path) -> None:
    result = edgeward("simulate", scenario, "--json", tmp_path / "o.json", "--report", tmp_path / "r.html")
    assert result.stderr == f"JSON: {tmp_path / 'o.json'}\nReport: {tmp_path / 'r.html'}\n"


def test_file_is_called_as_it_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    write_scenario(tmp_path / "deep", seeds=[-1])
    (tmp_path / "deep" / "broken.yaml").write_text("kind: [fake\n", encoding="utf-8")
    assert edgeward("simulate", "deep/broken.yaml").stderr.startswith("edgeward: deep/broken.yaml: line 2, column 1:")
    assert edgeward("simulate", "deep/s.yaml").stderr == "edgeward: deep/s.yaml: seeds[0] must be >= 0, got -1\n"


def test_unwritable_folder_is_refused_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere, in a test as elsewhere
    log = tmp_path / "log"
    scenario = write_scenario(tmp_path, settings={"log": str(tmp_path)})
    result = edgeward("simulate", scenario, "--json", tmp_path / "o.json")
    assert result.exit_code == 2
    assert "o.json: cannot be written to" in result.stderr
    assert not log.exists()


@pytest.mark.parametrize("option", ["nodes", "pods", "orders"])
def test_shorthand_of_gpu_packing_is_its_setting(option: str) -> None:
    result = edgeward(
        "simulate", "gpu-packing", "--policy", "fgd", "--seed", 1, f"--{option}", "no-such-file", "--data", "."
    )
    assert result.exit_code == 2
    assert result.stdout == ""


def test_demo_writes_its_report_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("simulations.scenario.SHIPPED", tmp_path)
    write_scenario(tmp_path, "demo.yaml")
    result = edgeward("demo")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(f"Report: {tmp_path / DEMO_REPORT}\n")
    assert "edgeward demo" in (tmp_path / DEMO_REPORT).read_text(encoding="utf-8")
    assert edgeward("demo", "--report", tmp_path / "none" / "r.html").exit_code == 2
