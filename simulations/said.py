"""What the command line says beside the scenario, read and written: `--set`, its shorthands, and how to ask again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from policies.engine.yaml_text import load_yaml
from simulations.errors import InputError
from simulations.kinds.contract import kinds, load_kind, takes_policy_dirs
from simulations.scenario import locate, read_mapping


def settings_of(words: Sequence[str]) -> dict[str, Any]:
    """The settings of `--set`: what stands after the first `=` is YAML, so `2` is a number and `[1, 2]` a list."""
    settings: dict[str, Any] = {}
    for word in words:
        path, equals, value = word.partition("=")
        if not equals or not all(path.split(".")):
            raise InputError(f"--set {word}: must be KEY=VALUE, such as k=5 or failures.mtbf_hours=12")
        if path in settings:
            raise InputError(f"--set {word}: {path} was set before, to {settings[path]}")
        try:
            settings[path] = load_yaml(value)
        except (yaml.YAMLError, ValueError) as error:
            raise InputError(f"--set {word}: the value is not YAML: {' '.join(str(error).split())}") from error
    return settings


def check_shorthands(scenario: str, shorthands: Mapping[str, Any], of: str, settings: Mapping[str, Any]) -> None:
    """InputError when options of one kind are given for a scenario of another, or `--set` says the same setting."""
    if not shorthands:
        return
    twice = [
        f"--{key} {shorthands[key]}: --set {key}={as_yaml(settings[key])} says it, too"
        for key in settings
        if key in shorthands
    ]
    if twice:
        raise InputError("\n".join(twice))
    kind = read_mapping(locate(scenario)).get("kind")
    if kind != of:
        options = ", ".join(f"--{key}" for key in shorthands)
        raise InputError(f"{options}: for scenarios of kind {of}, and {scenario} is of kind {kind}")


def policy_folders(scenario: str, given: Sequence[Path], *, asked: bool) -> tuple[Path, ...]:
    """The folders, whole; what only the environment says (not *asked*) is not for kinds with methods of their own."""
    if given and not asked:
        kind = read_mapping(locate(scenario)).get("kind")
        if isinstance(kind, str) and kind in kinds() and not takes_policy_dirs(load_kind(kind)):
            return ()
    return tuple(folder.resolve() for folder in given)


def command_line(name: str, scenario: str, options: Sequence[tuple[str, Any]]) -> str:
    """How to ask again: all that decides what comes out, and not where it is written."""
    return shlex.join(["edgeward", name, scenario, *(str(word) for option in options for word in option)])


def as_yaml(value: Any) -> str:
    """The value as `--set` takes it."""
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
