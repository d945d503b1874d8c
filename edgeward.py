"""The command line: `edgeward COMMAND`, and how every command ends.

Each folder keeps its commands in its own `commands.py`. Here is only the table of their names, so that
`edgeward --help` answers at once: a command's module, and numpy or plotly behind it, is imported when that command is
called. A command whose folder is not installed (an image for the scheduler needs no simulator) does not appear.

Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 130 stopped with Ctrl-C. An error says which of 1 and 2
it is with an attribute `exit_code`, so nothing of ours needs to be imported here to tell them apart.
"""

from __future__ import annotations

import importlib
import importlib.util
import shlex
import sys
import traceback
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Command(NamedTuple):
    """Where a command lives and what the list of commands says of it: the first line of its own help."""

    place: str  # module:function
    summary: str


INTERRUPTED = 130  # 128 + SIGINT, as shells have it

COMMANDS = {
    "demo": Command("simulations.commands:demo", "Show the whole loop on this machine; no cluster needed."),
    "simulate": Command("simulations.commands:simulate", "Run one scenario and compare policies on it."),
    "sweep": Command("simulations.commands:sweep", "Run many simulations: a grid of policies, parameters and seeds."),
    "policies": Command("policies.commands:policies", "List policies and profiles with their parameters."),
    "scheduler": Command("scheduler.commands:scheduler", "Run the extender that kube-scheduler asks where pods go."),
    "autoscaler": Command(
        "autoscaler.running.commands:autoscaler",
        "Run the controller that scales workloads: out, up, over edge, home.",
    ),
    "explain": Command("scheduler.commands:explain", "Say why a pod is, or is not, where it is."),
    "lint": Command(
        "scheduler.lint.commands:lint", "Check a KubeSchedulerConfiguration: does the extender get to decide?"
    ),
    "conformance": Command(
        "scheduler.conformance.commands:conformance", "Find out whether a scheduler extender is a good one."
    ),
    "convert": Command(
        "autoscaler.api.commands:convert",
        "Print a HorizontalPodAutoscaler as an EdgeAutoscaler that means the same.",
    ),
    "decide": Command("autoscaler.commands:decide", "Decide again on what was recorded, offline."),
    "record": Command("autoscaler.recording.commands:record", "Fetch a load trace from Prometheus into a CSV."),
    "prober": Command(
        "scheduler.latency.commands:prober", "Measure round trips from here to the other sites, for Prometheus."
    ),
}


class CommandGroup(TyperGroup):
    """The commands of the table: listed from their summaries, imported when called, ended with their exit code."""

    table: ClassVar[Mapping[str, Command]] = COMMANDS

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, command in self.table.items():
            if is_installed(command):
                self.add_command(TyperCommand(name, help=command.summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and load(listed.name or "", self.table[listed.name or ""]), rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:  # a command says what is there all the same, if it knows
            print(f"edgeward: {str(stop) or 'interrupted'}", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        # The outermost frame of every command: what passes here would be a traceback for the user to read.
        except Exception as problem:
            if is_of_the_command_line(problem):
                raise
            if ctx.params["debug"]:
                traceback.print_exc()
            print(f"edgeward: {told(problem)}", file=sys.stderr)
            raise typer.Exit(exit_code(problem)) from problem


def is_installed(command: Command) -> bool:
    """Whether the command's module is there; of it only the package is imported, which holds a docstring."""
    try:
        return importlib.util.find_spec(command.place.partition(":")[0]) is not None
    except ModuleNotFoundError:
        return False


def load(name: str, command: Command) -> Any:
    """The command with its options, from its own module."""
    module, _, function = command.place.partition(":")
    alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    alone.command(name)(getattr(importlib.import_module(module), function))
    return typer.main.get_command(alone)


def is_of_the_command_line(problem: Exception) -> bool:
    """Whether the library deals with it: wrong usage, an exit that was asked for, or a reader that went away."""
    return problem.__class__.__module__.partition(".")[0] == "typer" or isinstance(problem, BrokenPipeError)


def exit_code(problem: Exception) -> int:
    """The code that an error of ours names (2: the input is wrong), else 1."""
    code = getattr(problem, "exit_code", 1)
    return code if isinstance(code, int) else 1


def told(problem: Exception) -> str:
    """The message of an error of ours; of an unexpected one also its kind, and how to see where it came from."""
    if hasattr(problem, "exit_code"):
        return str(problem)
    return f"{problem.__class__.__name__}: {problem} (traceback: edgeward --debug {shlex.join(sys.argv[1:])})"


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from importlib.metadata import version

        print(f"edgeward {version('edgeward')}")
        raise typer.Exit


def root(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Place and scale Kubernetes workloads across edge sites, their neighbours and the cloud.

    Example: `edgeward demo`
    """


def command_line(group: type[CommandGroup] = CommandGroup) -> typer.Typer:
    """The program `edgeward` with the commands of that group."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")
    app.callback(cls=group)(root)
    return app


def main() -> None:
    """The console script."""
    command_line()(prog_name="edgeward")


if __name__ == "__main__":
    main()
