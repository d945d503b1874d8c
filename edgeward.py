"""The command line: `edgeward COMMAND`, and how every command ends.

Each folder keeps its commands in its own `commands.py`. Here is only the table of their names, so that
`edgeward --help` answers at once: a command's module, and numpy or plotly behind it, is imported when that command is
called. A command whose folder is not installed (an image for the scheduler needs no simulator) does not appear.

Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 130 stopped with Ctrl-C. An error says which of the first
two it is with an attribute `exit_code`, so nothing of ours needs to be imported here to tell them apart.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Command(NamedTuple):
    """Where a command lives and what the list of commands says of it: the first line of its own help."""

    place: str  # module:function
    summary: str


COMMANDS = {
    "demo": Command("simulations.commands:demo", "Show the whole loop on this machine; no cluster needed."),
    "simulate": Command("simulations.commands:simulate", "Run one scenario and compare policies on it."),
    "sweep": Command("simulations.commands:sweep", "Run many simulations: a grid of policies, parameters and seeds."),
    "policies": Command("policies.commands:policies", "List policies and profiles with their parameters."),
}


class Lazy(TyperGroup):
    """The commands of the table: listed from their summaries, imported when called, ended with their exit code."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, command in COMMANDS.items():
            if is_installed(command):
                self.add_command(TyperCommand(name, help=command.summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and load(name or args[0]), rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        # The outermost frame of every command: what gets here would otherwise be a traceback for the user to read.
        except Exception as problem:
            if ctx.params["debug"] or is_of_the_command_line(problem):
                raise
            print(f"edgeward: {told(problem)}", file=sys.stderr)
            raise typer.Exit(exit_code(problem)) from problem


def is_installed(command: Command) -> bool:
    """Whether the command's module is there; its package is imported for that, which holds a docstring only."""
    module = command.place.partition(":")[0]
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def load(name: str) -> Any:
    """The command of that name, with its options, from its own module."""
    module, _, function = COMMANDS[name].place.partition(":")
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    app.command(name)(getattr(importlib.import_module(module), function))
    return typer.main.get_command(app)


def is_of_the_command_line(problem: Exception) -> bool:
    """Whether the library deals with it: wrong usage, an exit asked for, Ctrl-C, or a reader that went away."""
    library = problem.__class__.__module__.partition(".")[0] in {"typer", "click"}
    return library or isinstance(problem, BrokenPipeError)


def exit_code(problem: Exception) -> int:
    """2 for errors that call themselves the input's fault, else 1."""
    code = getattr(problem, "exit_code", 1)
    return code if isinstance(code, int) else 1


def told(problem: Exception) -> str:
    """One line for an error of ours; for an unexpected one also its kind, and how to see where it came from."""
    if hasattr(problem, "exit_code"):
        return str(problem)
    again = " ".join(["edgeward", "--debug", *sys.argv[1:]])
    return f"{problem.__class__.__name__}: {problem} (for the traceback: {again})"


app = typer.Typer(cls=Lazy, no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from importlib.metadata import version

        print(f"edgeward {version('edgeward')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Place and scale Kubernetes workloads across edge sites, their neighbours and the cloud.

    Example:

        edgeward demo
    """


def main() -> None:
    """The console script."""
    typer.main.get_command(app)(prog_name="edgeward")


if __name__ == "__main__":
    main()
