"""The command line: quick to start, one line for an error, its exit codes, and help whose examples can be pasted."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner, Result

from edgeward import COMMANDS, Command, CommandGroup, command_line, load

HEAVY = {"numpy", "pandas", "plotly", "pydantic", "ray", "scipy", "yaml"}


class WrongInputError(Exception):
    exit_code = 2


def wrong_input() -> None:
    """Refuse what was given."""
    raise WrongInputError("nodes.csv row 3: cpu_milli must be > 0, got -5")


def failing() -> None:
    """Fail for a reason that nobody foresaw."""
    raise LookupError("no such thing")


def stopped() -> None:
    """Be stopped with Ctrl-C."""
    raise KeyboardInterrupt


class Ends(CommandGroup):
    """One command for each way in which a command can end, and one that is not installed."""

    table: ClassVar[Mapping[str, Command]] = {
        "wrong-input": Command(f"{__name__}:wrong_input", "Refuse what was given."),
        "failing": Command(f"{__name__}:failing", "Fail for a reason that nobody foresaw."),
        "stopped": Command(f"{__name__}:stopped", "Be stopped with Ctrl-C."),
        "elsewhere": Command("no_such_package.commands:elsewhere", "Not installed."),
    }


def run(*words: str, group: type[CommandGroup] = Ends) -> Result:
    return CliRunner().invoke(command_line(group), list(words), prog_name="edgeward", env={"COLUMNS": "80"})


def test_wrong_input_is_one_line_and_exit_2() -> None:
    result = run("wrong-input")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "edgeward: nodes.csv row 3: cpu_milli must be > 0, got -5\n"


def test_unforeseen_failure_is_one_line_that_tells_how_to_see_more_and_exit_1() -> None:
    result = run("failing")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("edgeward: LookupError: no such thing (traceback: edgeward --debug ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("command", "code"), [("failing", 1), ("wrong-input", 2)])
def test_debug_shows_the_traceback_and_keeps_the_exit_code(command: str, code: int) -> None:
    result = run("--debug", command)
    assert result.exit_code == code
    assert "Traceback (most recent call last)" in result.stderr


def test_ctrl_c_is_one_line_and_exit_130() -> None:
    result = run("stopped")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "edgeward: interrupted\n")


def test_unknown_command_is_exit_2_with_a_suggestion() -> None:
    result = run("failling")
    assert result.exit_code == 2
    assert "Did you mean 'failing'?" in result.stderr


def test_command_that_is_not_installed_does_not_appear() -> None:
    assert "stopped" in run("--help").stdout
    assert "elsewhere" not in run("--help").stdout
    assert run("elsewhere").exit_code == 2


def test_version_is_the_packages() -> None:
    assert re.fullmatch(r"edgeward \d+\.\d+\.\d+\n", run("--version").stdout)


def test_help_imports_nothing_that_a_command_computes_with() -> None:
    code = (
        "import contextlib, io, json, sys, edgeward\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    edgeward.command_line()(['--help'])\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(json.loads(answer.stdout))
    assert not imported & HEAVY
    assert not imported & {command.place.partition(":")[0] for command in COMMANDS.values()}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_begins_as_the_list_of_commands_says(name: str) -> None:
    help_text = load(name, COMMANDS[name]).help
    assert help_text.splitlines()[0] == COMMANDS[name].summary


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_that_can_be_pasted(name: str) -> None:
    result = run(name, "--help", group=CommandGroup)
    assert result.exit_code == 0
    # A Markdown block, which --help prints as it is.
    examples = re.findall(r"^    (edgeward .*)$", load(name, COMMANDS[name]).help, flags=re.MULTILINE)
    assert examples
    group = get_command(command_line())
    for example in examples:
        assert example in result.stdout, "too long for a terminal of 80 columns"
        words = shlex.split(example.partition("#")[0])[1:]
        assert words[0] == name
        with group.make_context("edgeward", words) as ctx:
            _, command, rest = group.resolve_command(ctx, words)  # type: ignore[attr-defined]
            with suppress(typer.Exit):  # one that only shows something has done so
                command.make_context(name, rest, parent=ctx)  # wrong options or values would end it here
