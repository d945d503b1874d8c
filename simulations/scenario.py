"""A scenario: a question that can be asked again.

Its YAML file says of what kind it is, with which settings, policies and seeds:

    description: Ten replicas over 222 cities.
    kind: replicas
    settings: {k: 10}
    policies: [random, greedy, optimum]
    seeds: [1, 2, 3]
    metrics: [rtt_mean_ms, rtt_p95_ms]   # optional: which figures the table shows

What the command line says replaces what the file says *before* anything is checked, so that a scenario which exists is
one that can run. All problems are reported at once, each with its path and value and where it was said.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.engine.problems import Problem, found, shown
from policies.engine.yaml_text import load_yaml
from policies.errors import PolicyError
from policies.model.site import suggestion
from simulations.errors import InputError
from simulations.kinds.contract import Kind, Metric, load_kind, takes_policy_dirs

SHIPPED = Path(__file__).parent / "scenarios"
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"  # it names the folder of a sweep, too
HIGHEST_SEED = 2**63 - 1
Seed = Annotated[int, Field(ge=0, le=HIGHEST_SEED, strict=True)]
Word = Annotated[str, Field(min_length=1)]


class ScenarioFile(BaseModel):
    """The form of a scenario's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = Field(None, pattern=NAME, description="what tables and reports call it; else the file's name")
    description: str = Field("", description="one sentence")
    kind: Word = Field(description="a file of simulations/kinds")
    settings: dict[str, Any] = Field(default_factory=dict, description="those of the kind")
    policies: list[Word] = Field(min_length=1)
    seeds: list[Seed] = Field(min_length=1)
    metrics: list[Word] | None = Field(None, min_length=1, description="a choice of the kind's figures, in this order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What is said beside the file, by the command line's options or by another file; `settings` by dotted path."""

    source: str | None = None  # that other file
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)  # by the same path: how it was said, if not by --set
    policies: Sequence[str] = ()
    seeds: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A question that can be asked: everything in it was checked against its kind."""

    name: str
    description: str
    kind: str
    settings: BaseModel  # of the kind's own type
    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    metrics: tuple[Metric, ...]
    source: str = ""  # the file, as the user calls it
    said: Mapping[str, str] = field(default_factory=dict)  # where the parts were said that are not the file's

    def located(self, message: str) -> str:
        """A kind's complaint about one of the settings, with where that was said; any other as it is."""
        place = re.match(r"settings\b[\w.\[\]-]*", message)
        if place is None or not self.source:
            return message
        return _line(Problem(place[0].rstrip("."), message), self.said, self.source)


def shipped() -> tuple[str, ...]:
    """The names of the scenarios that come with Edgeward, sorted."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def locate(scenario: str) -> Path:
    """The file of a shipped scenario's name or of a path."""
    if scenario in shipped():
        return SHIPPED / f"{scenario}.yaml"
    path = Path(scenario)
    if path.is_file():
        return path
    if path.is_dir():
        raise InputError(f"{scenario}: a scenario is a YAML file, this is a folder")
    if path.suffix in {".yaml", ".yml"} or path.name != scenario:
        raise InputError(f"{scenario}: no such file")
    raise InputError(f"unknown scenario {scenario!r}{suggestion(scenario, shipped())}, and there is no such file")


def called(path: Path) -> str:
    """A scenario's file as the user calls it: one that is shipped by its name alone."""
    return path.name if path.parent == SHIPPED else str(path)


def read_mapping(path: Path) -> dict[str, Any]:
    """The content of a YAML file that is a mapping; what is wrong with the file is told with its line."""
    try:
        raw = load_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" line {mark.line + 1}, column {mark.column + 1}:" if mark else ""
        raise InputError(f"{path}:{line} not YAML: {error.problem or error.context}") from error
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ) as error:  # such as a control character, or 2026-13-45 as a date
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict):
        raise InputError(f"{path}: must be a mapping, got {shown(raw)}")
    return raw


def read_scenario(scenario: str, overrides: Overrides | None = None, *, policy_dirs: Sequence[Path] = ()) -> Scenario:
    """The scenario of that name or path; InputError with all problems, one a line."""
    path = locate(scenario)
    return build_scenario(
        read_mapping(path), overrides or Overrides(), name=path.stem, source=called(path), policy_dirs=policy_dirs
    )


def build_scenario(
    raw: Mapping[str, Any], overrides: Overrides, *, name: str, source: str, policy_dirs: Sequence[Path] = ()
) -> Scenario:
    """The scenario in a mapping that was read already."""
    asked, said = _joined(raw, overrides)
    told: list[Problem] = []
    form: ScenarioFile | None = None
    try:
        form = ScenarioFile.model_validate(asked)
    except ValidationError as error:
        told += found(error, model=ScenarioFile)
    kind = _kind(asked, told)
    settings = _settings(kind, asked, told) if kind else None
    if kind:
        told += _about_policies(kind, asked, policy_dirs)
        told += _about_metrics(kind, asked)
    told += repeated(asked.get("policies"), "policies") + repeated(asked.get("seeds"), "seeds")
    if told or form is None or kind is None or settings is None:
        raise InputError("\n".join(dict.fromkeys(_line(problem, said, source) for problem in told)))
    by_key = {metric.key: metric for metric in kind.METRICS}
    return Scenario(
        name=form.name or name,
        description=form.description,
        kind=form.kind,
        settings=settings,
        policies=tuple(form.policies),
        seeds=tuple(form.seeds),
        metrics=tuple(by_key[key] for key in form.metrics or by_key),
        source=source,
        said=said,
    )


def with_setting(settings: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The settings with one of them replaced; `a.b` is the `b` of the mapping `a`, which is made when there is none."""
    head, dot, rest = path.partition(".")
    inner = settings.get(head)
    if not dot:
        return {**settings, head: deepcopy(value)}
    return {**settings, head: with_setting(inner if isinstance(inner, Mapping) else {}, rest, value)}


def _joined(raw: Mapping[str, Any], overrides: Overrides) -> tuple[dict[str, Any], dict[str, str]]:
    """File and command line as one mapping, and where the parts were said that are not the file's."""
    asked, said = dict(raw), {}
    for option, key, values in (("--policy", "policies", overrides.policies), ("--seed", "seeds", overrides.seeds)):
        if values:
            asked[key] = list(values)
            said[key] = overrides.source or option
    settings = asked.get("settings")
    for path, value in overrides.settings.items():
        settings = with_setting(settings if isinstance(settings, Mapping) else {}, path, value)
        said[f"settings.{path}"] = overrides.options.get(path) or overrides.source or f"--set {path}={value}"
    if overrides.settings:
        asked["settings"] = settings
    elif settings is None and "settings" in asked:  # `settings:` with nothing below it
        asked["settings"] = {}
    return asked, said


def _line(problem: Problem, said: Mapping[str, str], source: str) -> str:
    for place, where in said.items():
        if problem.path == place or problem.path.startswith((f"{place}.", f"{place}[")):
            return f"{where}: {problem.text}"
    return f"{source}: {problem.text}"


def _kind(asked: Mapping[str, Any], told: list[Problem]) -> Kind | None:
    name = asked.get("kind")
    if not isinstance(name, str) or not name:
        return None  # the form has said so
    try:
        return load_kind(name)
    except InputError as error:
        told.append(Problem("kind", f"kind: {error}"))
        return None


def _settings(kind: Kind, asked: Mapping[str, Any], told: list[Problem]) -> BaseModel | None:
    settings = asked.get("settings", {})
    if not isinstance(settings, Mapping):
        return None
    try:
        return kind.SETTINGS.model_validate(settings)
    except ValidationError as error:
        told += found(error, model=kind.SETTINGS, at=("settings",))
        return None


def _about_policies(kind: Kind, asked: Mapping[str, Any], policy_dirs: Sequence[Path]) -> list[Problem]:
    if policy_dirs and not takes_policy_dirs(kind):
        own = f"kind {asked['kind']} has methods of its own; --policy-dir is for kinds that run placement policies"
        return [Problem("kind", own)]
    told = []
    policies = asked.get("policies")
    for index, name in enumerate(policies if isinstance(policies, list) else ()):
        if isinstance(name, str) and name:
            try:
                kind.check_policy(name, policy_dirs)
            except (InputError, PolicyError) as error:
                told.append(Problem(f"policies[{index}]", f"policies[{index}]: {error}"))
    return told


def _about_metrics(kind: Kind, asked: Mapping[str, Any]) -> list[Problem]:
    known = [metric.key for metric in kind.METRICS]
    metrics = asked.get("metrics")
    return [
        Problem("metrics", f"metrics[{index}]: kind {asked['kind']} has no figure {key!r}{suggestion(key, known)}")
        for index, key in enumerate(metrics if isinstance(metrics, list) else ())
        if isinstance(key, str) and key and key not in known
    ]


def repeated(values: Any, path: str) -> list[Problem]:
    """Each value of a list that is there twice: it would only count twice in the means."""
    told, first = list[Problem](), dict[Any, int]()
    for index, value in enumerate(values if isinstance(values, list) else ()):
        key = value if isinstance(value, Hashable) else repr(value)
        before = first.setdefault(key, index)
        if before != index:
            text = f"{path}[{index}]: {shown(value)} stands there twice, it is {path}[{before}]"
            told.append(Problem(f"{path}[{index}]", text))
    return told
