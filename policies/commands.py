"""`edgeward policies`: which policies and profiles there are, what can be set, and do one's own keep the contract."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policies.engine.catalogue import Catalogue, catalogue, shipped
from policies.engine.checks import check
from policies.engine.contract import FilterScorer
from policies.engine.profile import Profile, folded
from policies.errors import PolicyError, UnknownName
from policies.model.site import suggestion

# The simulator's own, which no profile can use: policies know nothing of simulations, so the names are said twice.
BASELINES = {
    "kube-scheduler": "The default plugins and the default sampling of nodes, as a cluster without us decides.",
    "least-allocated": "The emptiest node: that strategy of NodeResourcesFit alone, over all nodes.",
    "most-allocated": "The fullest node that has room: that strategy of NodeResourcesFit alone, over all nodes.",
    "random": "Any node that has room.",
    "kube-scheduler+PROFILE": "kube-scheduler with our extender and that profile, at its recommended weight.",
}
CHECK_SEED = 1  # the same events for everybody, so that a problem can be talked about
_LIMITS = {
    "exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<=",
    "minItems": "entries >=", "minProperties": "entries >=",
}  # fmt: skip
_WORDS = {"integer": "whole number", "string": "text", "array": "list", "object": "mapping", "boolean": "true or false"}


def policies(
    names: Annotated[list[str] | None, typer.Argument(help="Only these.", show_default=False)] = None,
    *,
    policy_dir: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="A folder of your own policies and profiles. Repeatable.", envvar="EDGEWARD_POLICY_DIR"
        ),
    ] = None,
    check_them: Annotated[
        bool, typer.Option("--check", help="Check the contract: of your own policies, or of all. Exit 1 when broken.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List policies and profiles with their parameters.

    A folder of your own holds one policy a file (my_policy.py) and profiles (my-profile.yaml) side by side; one with
    the name of a shipped one replaces it.

    Examples:

        edgeward policies latency edge-default
        edgeward policies spread --check
    """
    known = catalogue(policy_dir or ())
    chosen = _chosen(known, names or [])
    if check_them:
        _check(known, chosen, names or [], own=bool(policy_dir), as_json=as_json)
        return
    kinds = {name: known.policies[name] for name in chosen if name in known.policies}
    profiles = {name: known.profile(name) for name in chosen if name in known.profile_files}
    if as_json:
        told = {"policies": [_told(name, kind) for name, kind in kinds.items()],
                "profiles": [_profile(name, profile) for name, profile in profiles.items()]}  # fmt: skip
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    screen = Console(highlight=False)
    if kinds:
        screen.print(_section("Policies", (_policy_shown(_told(name, kind)) for name, kind in kinds.items())))
    if profiles:
        screen.print(_section("Profiles", (_profile_shown(_profile(name, p)) for name, p in profiles.items())))
    if not names:
        screen.print(_section("Baselines, in simulations only", baselines_shown()))


def _chosen(known: Catalogue, names: list[str]) -> list[str]:
    """Names as the catalogue has them; all of them when none is given."""
    everything = list(dict.fromkeys([*sorted(known.policies), *sorted(known.profile_files)]))
    if not names:
        return everything
    chosen = []
    for name in names:
        found = [each for each in everything if folded(name) in map(folded, (each, *_aliases(known, each)))]
        if not found:
            close = suggestion(name, everything)
            told = close if "did you mean" in close else f"; there are {', '.join(everything)}"
            raise UnknownName(f"unknown policy or profile {name!r}{told}")
        chosen += found
    return list(dict.fromkeys(chosen))


def _aliases(known: Catalogue, name: str) -> tuple[str, ...]:
    kind = known.policies.get(name)
    return kind.aliases if kind else ()


# what is told of each, the same for people and for programs


def _told(name: str, kind: type[FilterScorer]) -> dict[str, Any]:
    return {
        "name": name,
        "aliases": list(kind.aliases),
        "about": _first_line(kind.__doc__),
        "scope": kind.scope.name.lower(),
        "parameters": _parameters(kind),
    }


def _parameters(kind: type[FilterScorer]) -> list[dict[str, Any]]:
    if not is_dataclass(kind):
        return []
    try:
        adapter = TypeAdapter(kind)
        schema = adapter.json_schema()
        defaults: Mapping[str, Any] = adapter.dump_python(adapter.validate_python({}), mode="json", warnings=False)
    except (PydanticUserError, ValueError):
        schema, defaults = {}, {}  # a parameter that no schema can say, or one without default: its name must do
    return [
        {
            "name": field.name,
            "type": type_in_words(schema.get("properties", {}).get(field.name, {}), schema.get("$defs", {})),
            "default": defaults.get(field.name),
        }
        for field in fields(kind)
        if field.init
    ]


def type_in_words(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """A JSON schema as `number > 0, <= 1`, `mean | tail`, `list of …`."""
    if "$ref" in schema:
        schema = definitions.get(schema["$ref"].rpartition("/")[2], {})
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " | ".join(type_in_words(each, definitions) for each in schema["anyOf"])
    kind = schema.get("type", "any")
    words: str = _WORDS.get(kind, kind)
    bounds = ", ".join(f"{sign} {schema[key]:g}" for key, sign in _LIMITS.items() if key in schema)
    inside = schema.get("items") if kind == "array" else schema.get("additionalProperties")
    if isinstance(inside, Mapping):
        inner = type_in_words(inside, definitions)
        words += f" of ({inner})" if " " in inner else f" of {inner}"
    elif "properties" in schema:
        words += f" with {', '.join(schema['properties'])}"
    return f"{words} {bounds}".rstrip()


def _profile(name: str, profile: Profile) -> dict[str, Any]:
    return {
        "name": name,
        "about": profile.description,
        "top_score": profile.top_score,
        "shortlist": profile.shortlist.model_dump() if profile.shortlist else None,
        "origin": profile.origin.names if profile.origin else None,
        "policies": [
            {"policy": step.name, "weight": step.weight, "params": _changed(step.policy)} for step in profile.steps
        ],
    }


def _changed(policy: FilterScorer) -> dict[str, Any]:
    """Parameters that are not the default."""
    if not is_dataclass(policy):
        return {}
    default = type(policy)()
    return {
        field.name: getattr(policy, field.name)
        for field in fields(policy)
        if field.init and getattr(policy, field.name) != getattr(default, field.name)
    }


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]


# for people


def _section(title: str, entries: Iterable[RenderableType]) -> RenderableType:
    return Group(Text(title, style="bold underline"), *entries, Text(""))


def _entry(head: Text, lines: Iterable[RenderableType]) -> RenderableType:
    return Group(Text(""), head, *(Padding(line, (0, 0, 0, 2), expand=False) for line in lines))


def _policy_shown(told: Mapping[str, Any]) -> RenderableType:
    head = Text(told["name"], style="bold cyan")
    if told["aliases"]:
        head.append(f"  also {', '.join(told['aliases'])}", style="not bold dim")
    lines: list[RenderableType] = [Text(told["about"])]
    if told["parameters"]:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        for each in told["parameters"]:
            table.add_row(
                Text(each["name"], style="green"), f"{short(each['default'])}", Text(each["type"], style="dim")
            )
        lines.append(Padding(table, (0, 0, 0, 2), expand=False))
    return _entry(head, lines)


def baselines_shown() -> Iterator[RenderableType]:
    """The names that simulations know beside policies and profiles, a sentence each."""
    for name, about in BASELINES.items():
        yield _entry(Text(name, style="bold cyan"), [Text(about)])


def _profile_shown(told: Mapping[str, Any]) -> RenderableType:
    lines: list[RenderableType] = [Text(told["about"])]
    if told["shortlist"]:
        lines.append(Text("shortlist: " + ", ".join(f"{key} {value}" for key, value in told["shortlist"].items())))
    if told["origin"]:
        lines.append(Text(f"origin: {told['origin']}"))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)  # a name cut short cannot be asked for
    table.add_column(no_wrap=True)
    for step in told["policies"]:
        params = ", ".join(f"{key}: {short(value)}" for key, value in step["params"].items())
        table.add_row(Text(step["policy"], style="green"), f"× {step['weight']:g}", Text(params, style="dim"))
    lines.append(Padding(table, (0, 0, 0, 2), expand=False))
    return _entry(Text(told["name"], style="bold cyan"), lines)


def short(value: Any) -> str:
    """A value on one line; the entries of a long list are only counted."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 32 or not isinstance(value, list | tuple) else f"[{len(value)} entries]"


# the contract


def _check(known: Catalogue, chosen: list[str], names: list[str], *, own: bool, as_json: bool) -> None:
    ours = shipped()
    kinds = {
        name: known.policies[name]
        for name in chosen
        if name in known.policies and (names or not own or known.policies[name] is not ours.policies.get(name))
    }
    found = {name: check(kind, np.random.default_rng(CHECK_SEED)) for name, kind in kinds.items()}
    for name in chosen:
        path = known.profile_files.get(name)
        if path is None or (own and not names and path == ours.profile_files.get(name)):
            continue
        try:
            known.read(path)
        except PolicyError as error:
            found[f"profile {name}"] = str(error).splitlines()
        else:
            found[f"profile {name}"] = []
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show_found(found)
    if any(found.values()):
        raise typer.Exit(1)


def _show_found(found: Mapping[str, list[str]]) -> None:
    screen = Console(highlight=False)
    table = Table.grid(padding=(0, 2))
    for name, problems in found.items():
        good = Text("ok", style="green") if not problems else Text("broken", style="bold red")
        table.add_row(good, Text(name), Text("\n".join(f"• {problem}" for problem in problems)))
    screen.print(table)
    broken = sum(bool(problems) for problems in found.values())
    screen.print(f"{len(found)} checked, {broken} broken" if found else "nothing to check in there")
