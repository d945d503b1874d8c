"""`edgeward sweep`: finished cells are kept whatever ends it, a cell that fails does not stop the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulations.sweep.grid import cells, read_grid
from simulations.sweep.identity import Identities
from tests.simulations.asked import PATIENCE_S, arguments, edgeward, edgeward_process, write_scenario
from tests.simulations.test_commands import wait_for_lines, without_measured

GRID = {"settings": {"load": [0.5, 0.7]}, "seeds": {"count": 2, "start": 42}}
CELLS = [f"{policy} {seed} {load}" for policy in ("near", "far") for load in (0.5, 0.7) for seed in (42, 43)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "over.yaml").write_text(json.dumps(GRID), encoding="utf-8")
    return tmp_path


def asked(folder: Path, *, jobs: int = 1, **parts: Any) -> list[object]:
    """The words of a sweep whose runs write into the file `log`; a process takes a second to start."""
    settings = {"log": str(folder)} | parts.pop("settings", {})
    return ["sweep", write_scenario(folder, settings=settings, **parts), "--over", "over.yaml", "--jobs", jobs]


def ran(folder: Path) -> list[str]:
    """Which cells have begun, as often as they did."""
    return sorted((folder / "log").read_text(encoding="utf-8").splitlines())


def kept(folder: Path, name: str = "s") -> dict[str, Any]:
    cells = (folder / ".edgeward" / "sweeps" / name).glob("*.json")
    return {path.name: json.loads(path.read_bytes()) for path in cells}


def test_sweep_is_one_table_one_document_and_one_report(folder: Path) -> None:
    result = edgeward(*asked(folder, jobs=2), "--json", "o.json", "--report", "r.html")
    assert result.exit_code == 0, result.stderr
    assert ran(folder) == sorted(CELLS)
    assert all(f"{policy} load={load}" in result.stdout for policy in ("near", "far") for load in (0.5, 0.7))
    document = json.loads((folder / "o.json").read_bytes())
    assert document["policies"] == ["near load=0.5", "far load=0.5", "near load=0.7", "far load=0.7"]
    assert document["seeds"] == [42, 43]
    assert document["variants"]["far load=0.7"] == {"policy": "far", "settings": {"load": 0.7}}
    assert document["settings"]["load"] == [0.5, 0.7]
    assert "far load=0.7" in (folder / "r.html").read_text(encoding="utf-8")


def test_finished_cells_are_not_run_again(folder: Path) -> None:
    words = asked(folder)
    assert edgeward(*words, "--json", "a.json").exit_code == 0
    again = edgeward(*words, "--json", "b.json")
    assert again.exit_code == 0
    assert again.stderr.startswith("8 cells: 8 kept from before, 0 failed")
    assert ran(folder) == sorted(CELLS)
    assert (folder / "a.json").read_bytes() == (folder / "b.json").read_bytes()


def test_damaged_cells_are_run_again_and_no_others(folder: Path) -> None:
    words = asked(folder)
    assert edgeward(*words).exit_code == 0
    before = kept(folder)
    short, empty, strange, garbled, *_ = sorted((folder / ".edgeward" / "sweeps" / "s").glob("*.json"))
    short.write_bytes(short.read_bytes()[:100])
    empty.write_bytes(b"")
    strange.write_bytes(strange.read_bytes().replace(b'"identity":"', b'"identity":"0'))  # of another cell
    garbled.write_bytes(b"\xff" + garbled.read_bytes())
    cells = [before[path.name] for path in (short, empty, strange, garbled)]
    victims = [f"{cell['policy']} {cell['seed']} {cell['settings']['load']}" for cell in cells]
    assert edgeward(*words).stderr.startswith("8 cells: 4 kept from before, 0 failed")
    assert ran(folder) == sorted(CELLS + victims)
    assert without_measured(kept(folder)) == without_measured(before)


def test_another_grid_runs_only_what_is_new(folder: Path) -> None:
    words = asked(folder)
    assert edgeward(*words).exit_code == 0
    (folder / "over.yaml").write_text(json.dumps(GRID | {"settings": {"load": [0.7, 0.9]}}), encoding="utf-8")
    assert edgeward(*words).stderr.startswith("8 cells: 4 kept from before, 0 failed")
    assert Counter(line.rpartition(" ")[2] for line in ran(folder)) == {"0.5": 4, "0.7": 4, "0.9": 4}


def test_changed_data_is_another_cell(folder: Path) -> None:
    data, table = folder / "data", folder / "table.csv"
    data.mkdir()
    table.write_text("1", encoding="utf-8")
    words = [*asked(folder, settings={"table": str(table)}), "--data", data]
    assert edgeward(*words).exit_code == 0
    assert edgeward(*words).stderr.startswith("8 cells: 8 kept")
    (data / "rtt.csv").write_text("1", encoding="utf-8")
    assert edgeward(*words).stderr.startswith("8 cells: 0 kept")
    table.write_text("2", encoding="utf-8")
    assert edgeward(*words).stderr.startswith("8 cells: 0 kept")


def test_settings_are_looked_at_once_for_all_seeds(folder: Path) -> None:
    (folder / "a.csv").write_text("1", encoding="utf-8")
    (variant,) = read_grid(str(write_scenario(folder, settings={"table": "a.csv"})), write_over(folder, {"count": 3}))
    one, two, three = cells([variant], data=None)[:3]
    names = Identities()
    first = names.of(one)
    (folder / "a.csv").write_text("2", encoding="utf-8")
    assert names.of(one) == first  # the files as they were when the sweep began
    assert len({first, names.of(two), names.of(three)}) == 3
    assert Identities().of(one) != first


def write_over(folder: Path, seeds: dict[str, int]) -> Path:
    """A sweep's file that goes over seeds alone."""
    path = folder / "seeds.yaml"
    path.write_text(json.dumps({"seeds": seeds}), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_stopped_sweep_goes_on_where_it_was(folder: Path, ending: signal.Signals) -> None:
    words = asked(folder, jobs=2, settings={"seconds": 0.3})
    with subprocess.Popen(
        arguments(*words), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        wait_for_lines(folder / "log", 5)  # three are done at least, since two run at a time
        os.kill(program.pid, ending)
        stdout, stderr = program.communicate(timeout=PATIENCE_S)  # the pipes close when its processes have ended, too
    assert (program.returncode, stdout) == (130 if ending is signal.SIGINT else -signal.SIGKILL, "")
    finished = len(kept(folder))
    there = f"edgeward: interrupted: {finished} of 8 cells are kept in .edgeward/sweeps/s; run the same command again"
    # of a killed parent, Python's resource tracker complains
    assert ending is signal.SIGKILL or stderr == f"{there} to go on\n"
    assert 3 <= finished < 8
    begun = len(ran(folder))
    again = edgeward_process(*words, folder=folder)
    assert again.returncode == 0, again.stderr
    assert again.stderr.startswith(f"8 cells: {finished} kept from before, 0 failed")
    assert len(ran(folder)) == begun + 8 - finished
    assert sorted(set(ran(folder))) == sorted(CELLS)


def test_failing_cell_is_told_by_its_parameters_and_the_others_go_on(folder: Path) -> None:
    words = asked(folder, settings={"fails_above": 0.6})
    result = edgeward(*words, "--json", "o.json")
    assert result.exit_code == 1
    assert result.stderr.startswith("8 cells: 0 kept from before, 4 failed")
    assert "far load=0.7, seed 43: the kernel stopped at 12 s" in result.stderr
    assert "near load=0.5" in result.stdout
    assert json.loads((folder / "o.json").read_bytes())["policies"] == ["near load=0.5", "far load=0.5"]
    assert len(kept(folder)) == 4
    assert edgeward(*words).stderr.startswith("8 cells: 4 kept from before, 4 failed")


def test_killed_process_fails_its_cell_and_no_other(folder: Path) -> None:
    (folder / "over.yaml").write_text(json.dumps(GRID | {"settings": {}}), encoding="utf-8")
    result = edgeward(*asked(folder, jobs=2, policies=["near", "dying", "far"]))
    assert result.exit_code == 1
    assert result.stderr.startswith("6 cells: 0 kept from before, 2 failed")
    assert result.stderr.count("its process was killed") == 2
    assert len(kept(folder)) == 4


@pytest.mark.parametrize(("policy", "code", "line"), [
    ("bug", 1, "bug load=0.5, seed 42: LookupError: no such thing (fakes.py line "),
    ("failing", 1, "failing load=0.5, seed 42: the kernel stopped at 12 s"),
    ("refused", 2, "refused load=0.5, seed 42: nodes.csv row 3: cpu_milli must be > 0, got -5"),
])  # fmt: skip
def test_nothing_is_written_when_every_cell_fails(folder: Path, policy: str, code: int, line: str) -> None:
    result = edgeward(*asked(folder, policies=[policy]), "--json", "o.json")
    assert (result.exit_code, result.stdout) == (code, "")
    assert line in result.stderr
    assert not (folder / "o.json").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--over", "none.yaml"], "none.yaml: no such file"),
        (["--over", "wrong.yaml"], "wrong.yaml: settings.load must be > 0, got -1"),
        (["--over", "dots.yaml"], "dots.yaml: settings.deep..share: must be the name of a setting or a dotted path"),
        (["--out", "over.yaml"], "--out over.yaml: over.yaml is not a folder"),
        (["--out", "over.yaml/deeper/still"], "--out over.yaml/deeper/still: over.yaml is not a folder"),
        (["--json", "none/o.json"], "--json none/o.json: there is no folder none"),
        (["--address", "ray://head:10001"], "--address ray://head:10001: only --on ray has one"),
        (["--on", "ray", "--address", "127.0.0.1:1"], "--address 127.0.0.1:1: no Ray cluster answers there"),
    ],
)
def test_wrong_input_is_one_line_exit_2_and_nothing_runs(folder: Path, words: list[str], line: str) -> None:
    (folder / "wrong.yaml").write_text(json.dumps({"settings": {"load": [0.5, -1]}}), encoding="utf-8")
    (folder / "dots.yaml").write_text(json.dumps({"settings": {"deep..share": [0.5]}}), encoding="utf-8")
    base = asked(folder)
    result = edgeward(*base, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert line in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (folder / ".edgeward").exists()
    assert not (folder / "log").exists()


def test_ray_that_is_not_installed_is_told_with_how_to_install_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    result = edgeward(*asked(folder), "--on", "ray")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install 'edgeward[ray]'" in result.stderr
