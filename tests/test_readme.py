"""The README tells the truth: its commands and targets exist, and its policy is one."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from edgeward import COMMANDS
from policies.engine.catalogue import catalogue
from policies.engine.checks import check
from policies.engine.decide import decide
from policies.model.cluster import Cluster
from policies.model.node import Node
from policies.model.pod import PodClass
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(program: str) -> set[str]:
    """The words that follow *program* at the start of a line of a block."""
    return set(re.findall(rf"^    {program} ([a-z]+)", README, flags=re.MULTILINE))


def test_its_targets_and_commands_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert commands("make")
    assert commands("make") <= set(targets)
    assert commands("edgeward")
    assert commands("edgeward") <= set(COMMANDS)


def test_its_policy_works_from_a_folder_of_ones_own(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    (tmp_path / "green.py").write_text(code, encoding="utf-8")
    cluster = Cluster()
    for name, green in (("a", "false"), ("b", "true")):
        cluster.set_node(Node(name=name, allocatable={"cpu": 1000, "pods": 10}, labels={"example.com/green": green}))
    pod = PodClass(requests=(("cpu", 500),))
    known = catalogue([tmp_path])
    assert check(known.policy("green"), np.random.default_rng(1)) == []
    assert decide(cluster.live(), pod, known.alone("green")).node == "b"  # a would come first by name
