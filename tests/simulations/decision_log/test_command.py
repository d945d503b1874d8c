"""`edgeward simulate --decisions FILE`: what comes of a log, its exit code, and what is wrong with one that is none."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from policies.model.site import Tier
from tests.builders import make_latency, make_node
from tests.scheduler.desk_parts import Parts, asked_pod, nodes_asked
from tests.simulations.asked import edgeward

LOCAL = {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "seoul"}
NAMES = ("seoul-1", "seoul-2", "cloud-1")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of three pods: each was asked about by filter, and by prioritize of its own."""
    parts = Parts(path=tmp_path / "decisions.jsonl")

    async def live() -> None:
        for name in NAMES:
            site, _, _ = name.partition("-")
            parts.cluster.set_node(make_node(name, site=site, tier=Tier.CLOUD if site == "cloud" else Tier.EDGE))
        parts.begin_log()
        parts.cluster.set_latency(make_latency(["cloud", "seoul"], {("seoul", "cloud"): 41.0}))
        for number in range(3):
            pod = asked_pod(f"p{number}", annotations={**LOCAL, "edgeward.dev/max-rtt-ms": "20"})
            answer = await parts.placer.filter(nodes_asked(pod, NAMES))
            parts.recent.begin(pod.uid)
            await parts.placer.prioritize(nodes_asked(pod, answer.passed))

    asyncio.run(live())
    parts.close()
    return tmp_path / "decisions.jsonl"


def changed(log: Path, entry: str, **fields: Any) -> Path:
    """The log with other fields in the first line of that kind."""
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    next(line for line in lines if line["entry"] == entry).update(fields)
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return log


def test_decisions_that_come_out_the_same_are_counted(log: Path) -> None:
    result = edgeward("simulate", "--decisions", log)
    assert (result.exit_code, result.stderr) == (0, "")
    rows = [line.split("│") for line in result.stdout.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["filter", "3", "3", "0"],
        ["prioritize", "3", "3", "0"],
        ["devices", "0", "0", "0"],
    ]
    assert f"{log}: decided again by the recorded profiles" in " ".join(result.stdout.split())


def test_another_answer_under_the_recorded_profiles_is_a_failure_that_is_shown(log: Path) -> None:
    result = edgeward("simulate", "--decisions", changed(log, "answered", passed=["cloud-1", "seoul-1", "seoul-2"]))
    assert result.exit_code == 1
    assert result.stderr == f"edgeward: {log}: 1 of 6 decisions come out differently\n"
    shown = result.stdout.splitlines()
    at = shown.index("filter default/p0")
    assert shown[at + 1 : at + 3] == ["  was  passed 3, only here cloud-1", "  now  passed 2"]


def test_another_policy_may_decide_otherwise(log: Path, tmp_path: Path) -> None:
    result = edgeward("simulate", "--decisions", log, "--policy", "binpack", "--json", tmp_path / "out.json")
    assert result.exit_code == 0, result.stderr
    assert "decided again by binpack" in " ".join(result.stdout.split())
    document = json.loads((tmp_path / "out.json").read_bytes())
    assert (document["source"], document["policy"]) == (str(log), "binpack")
    assert document["decisions"]["filter"] == {"different": 3, "same": 0}  # it knows no limit of 20 ms
    assert document["unanswered"] == 0
    assert document["differences"][0]["pod"] == "default/p0"


def test_json_of_the_recorded_profiles_names_no_policy(log: Path, tmp_path: Path) -> None:
    assert edgeward("simulate", "--decisions", log, "--json", tmp_path / "out.json").exit_code == 0
    document = json.loads((tmp_path / "out.json").read_bytes())
    assert document["policy"] is None
    assert document["differences"] == []


def test_json_is_written_also_when_something_differs(log: Path, tmp_path: Path) -> None:
    changed(log, "answered", passed=[])
    assert edgeward("simulate", "--decisions", log, "--json", tmp_path / "out.json").exit_code == 1
    assert len(json.loads((tmp_path / "out.json").read_bytes())["differences"]) == 1


def test_policy_in_a_folder_of_ones_own_decides(log: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("policies: [{policy: latency}]")
    result = edgeward("simulate", "--decisions", log, "--policy-dir", tmp_path, "--policy", "mine")
    assert result.exit_code == 0, result.stderr
    assert "decided again by mine" in " ".join(result.stdout.split())


def test_question_without_an_answer_is_counted_apart(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    result = edgeward("simulate", "--decisions", log)
    assert result.exit_code == 0
    assert "1 questions have no answer in the log" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--policy", "binpak"], "unknown policy or profile 'binpak' (did you mean 'binpack'", id="policy"),
        pytest.param(
            ["--policy", "spread", "--policy", "binpack"], "takes one --policy, got spread, binpack", id="two"
        ),
        pytest.param(["--json", "/nowhere/out.json"], "--json /nowhere/out.json: there is no folder", id="output"),
        pytest.param(["--seed", "3", "--report", "r.html"], "takes no --seed, --report", id="options of scenarios"),
        pytest.param(["s1-replicas"], "stands in the place of a scenario, got 's1-replicas' as well", id="a scenario"),
    ],
)
def test_what_cannot_be_meant_is_one_line(log: Path, words: list[str], said: str) -> None:
    result = edgeward("simulate", "--decisions", log, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "no entry of a decision log in it", id="empty"),
        pytest.param(b"hello\n", "row 1: not an entry of a decision log", id="no JSON"),
        pytest.param(b'{"entry":"gone","uid":"\xff"}\n', "row 1: ", id="no text"),
        pytest.param(b'{"entry":"gone","uid":"u"}\n', "row 1: the first entry must be begin, got Gone", id="no begin"),
        pytest.param(
            b'{"entry":"begin","format":9,"at_s":0,"profiles":{}}\n',
            "begin.format must be 1, got 9",
            id="another format",
        ),
    ],
)
def test_file_that_is_no_log_says_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    result = edgeward("simulate", "--decisions", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"edgeward: {path}: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        pytest.param("latency", {"p50_ms": [[1.0, 2.0]]}, id="a table that is not square"),
        pytest.param("latency", {"source": [[-1, 300], [0, 0]]}, id="a number that no column holds"),
        pytest.param("asked", {"profile": "mine"}, id="a profile that was not told"),
        pytest.param("asked", {"of": 77}, id="a class that was not told"),
        pytest.param("asked", {"verb": "devices", "names": []}, id="a question without a node"),
        pytest.param("answered", {"id": 99}, id="an answer without a question"),
        pytest.param("begin", {"profiles": {"edge-default": "policies: 3"}}, id="a profile that cannot be read"),
    ],
)
def test_log_that_contradicts_itself_says_in_which_row(log: Path, entry: str, fields: dict[str, Any]) -> None:
    row = next(n for n, line in enumerate(log.read_bytes().splitlines(), 1) if json.loads(line)["entry"] == entry)
    result = edgeward("simulate", "--decisions", changed(log, entry, **fields))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"edgeward: {log}: row {row}: ")
    assert "Traceback" not in result.stderr


def test_log_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = edgeward("simulate", "--decisions", tmp_path / "none.jsonl")
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr
    assert result.stderr.count("\n") == 1
