"""`edgeward policies` as a user meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edgeward import command_line
from policies.commands import BASELINES
from policies.engine.catalogue import shipped
from simulations.baselines import names

GOOD = '''"""Nodes in order of their names."""
import numpy as np
from pydantic.dataclasses import dataclass
from policies.engine.contract import PARAMETERS, FilterScorer, Floats


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Mine(FilterScorer):
    """All nodes are the same to me."""

    worth: float = 0.5

    def score(self, nodes, pod):
        return np.full(len(nodes), self.worth)

    def reason(self, nodes, pod):
        return "as all"


POLICY = Mine
'''


def run(*words: str, folder: Path | None = None) -> Result:
    env = {"COLUMNS": "80", "EDGEWARD_POLICY_DIR": str(folder) if folder else ""}
    return CliRunner().invoke(command_line(), ["policies", *words], env=env)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "my-mix.yaml").write_text("policies:\n- policy: mine\n  params: {worth: 1}\n", encoding="utf-8")
    return tmp_path


def test_lists_every_policy_and_profile_within_80_columns() -> None:
    done = run()
    assert done.exit_code == 0
    heads = {line.split()[0] for line in done.stdout.splitlines() if line and not line.startswith(" ")}
    assert heads == {"Policies", "Profiles", "Baselines,", *shipped().policies, *shipped().profile_files, *BASELINES}
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_shows_parameters_with_default_and_bounds() -> None:
    done = run("latency")
    assert [line.rstrip() for line in done.stdout.splitlines()[3:]] == [
        "  Prefers sites with a short round trip to the pod's users; its latency limit is",
        "  a hard filter on p95.",
        "    mode      mean  mean | tail",
        "    quantile  0.95  number > 0, <= 1",
        "    half_ms   20.0  number > 0",
        "",
    ]


def test_names_of_a_profiles_policies_are_whole() -> None:
    text = run("g-most-requested-priority").stdout
    assert re.search(r"^ +g-most-requested-priority +× 1 ", text, flags=re.MULTILINE)
    assert "…" not in text


def test_baselines_are_those_that_simulations_know() -> None:
    assert list(BASELINES) == [*names.BASELINES, f"{names.DEFAULT}+PROFILE"]
    assert "kube-scheduler+PROFILE" not in run("latency").stdout


def test_finds_a_policy_by_its_other_names() -> None:
    assert "g-most-requested-priority  also GMostRequestPriority" in run("gMOST_request-priority").stdout


def test_json_is_the_same_told_to_programs() -> None:
    told = json.loads(run("--json", "topology", "cloud-burst").stdout)
    assert [policy["name"] for policy in told["policies"]] == ["topology"]
    assert {"name": "max_skew", "type": "whole number >= 1 | null", "default": None} in told["policies"][0][
        "parameters"
    ]
    (profile,) = told["profiles"]
    assert profile["shortlist"] == {"tiers": "best", "nodes": 0}
    assert profile["policies"][0]["params"] == {"default": "local,neighbor,cloud"}


def test_a_folder_of_ones_own_is_listed_and_alone_checked(own: Path) -> None:
    assert "All nodes are the same to me." in run("mine", folder=own).stdout
    done = run("--check", "--json", folder=own)
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"mine": [], "profile my-mix": []})


def test_broken_ones_are_told_and_end_with_1(own: Path) -> None:
    (own / "mine.py").write_text(GOOD.replace("= 0.5", "= 1.5"), encoding="utf-8")
    (own / "my-mix.yaml").write_text("policies:\n- policy: mime\n", encoding="utf-8")
    done = run("--check", "--json", "--policy-dir", str(own))
    problems = json.loads(done.stdout)
    assert done.exit_code == 1
    assert "answers: score of pod 'nothing' (sample) must be from 0 to 1, got 1.5" in problems["mine"]
    assert problems["profile my-mix"] == [
        "my-mix.yaml: policies[0].policy: unknown policy 'mime' (did you mean 'mine'?)"
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("latenzy",), "unknown policy or profile 'latenzy' (did you mean 'latency'?)"),
        (("zzz",), "unknown policy or profile 'zzz'; there are best-fit, binpack, "),
        (("zzz",), ", user-anchored\n"),  # all of them, to the last
        (("--policy-dir", "/nowhere"), "policy folder '/nowhere': there is no such folder"),
    ],
)
def test_wrong_words_end_with_2(words: tuple[str, ...], told: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert told in done.stderr
