"""What there is to ask: the shipped scenarios, and of one all settings of its kind and the policies that it knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policies.commands import BASELINES, short, type_in_words
from policies.engine.catalogue import catalogue
from simulations.kinds.contract import Kind, load_kind, takes_policy_dirs
from simulations.scenario import locate, read_mapping, read_scenario, shipped


class Setting(NamedTuple):
    """One that can be changed, by its dotted path."""

    path: str
    type: str
    default: Any
    about: str


def scenarios() -> RenderableType:
    """Every shipped scenario with its kind and its sentence."""
    parts: list[RenderableType] = []
    for name in shipped():
        raw = read_mapping(locate(name))
        parts.append(Text.assemble((name, "bold cyan"), (f"  kind {raw['kind']}", "dim")))
        parts.append(_indented(Text(str(raw.get("description", "")))))
    parts.append(Text("\nWhat can be changed in one, and its policies: edgeward simulate NAME --settings"))
    return Group(*parts)


def choices(scenario: str, policy_dirs: Sequence[Path] = ()) -> RenderableType:
    """All settings of the scenario's kind, with what the scenario says of them, and the policies that it takes."""
    asked = read_scenario(scenario, policy_dirs=policy_dirs)
    kind = load_kind(asked.kind)
    parts: list[RenderableType] = [
        Text.assemble((asked.name, "bold cyan"), (f"  kind {asked.kind}", "dim")),
        _indented(Text(asked.description)),
        Text("\nSettings (--set KEY=VALUE)", style="bold underline"),
    ]
    for setting in settings_of(kind.SETTINGS):
        here = _value(asked.settings, setting.path)
        line = Text.assemble(
            (setting.path, "green"), "  ", (setting.type, "dim"), f"  default {short(setting.default)}"
        )
        if here != setting.default:
            line.append(f", here {short(here)}", style="bold")
        parts.append(line)
        if setting.about:
            parts.append(_indented(Text(setting.about)))
    parts.append(Text("\nPolicies (--policy NAME)", style="bold underline"))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for name, about in policies_of(kind, policy_dirs).items():
        mine = " *" if name in asked.policies else ""
        table.add_row(Text(f"{name}{mine}", style="green"), Text(about))
    return Group(*parts, table, Text("* in the scenario", style="dim"))


def settings_of(model: type[BaseModel]) -> list[Setting]:
    """Every setting of a kind, those inside a mapping behind the mapping itself."""
    schema = model.model_json_schema()
    return list(_settings(schema, schema.get("$defs", {}), ""))


def policies_of(kind: Kind, policy_dirs: Sequence[Path] = ()) -> dict[str, str]:
    """Each name that the kind takes, with a sentence where there is one."""
    names = dict.fromkeys(getattr(kind, "POLICIES", ()), "")
    if not takes_policy_dirs(kind):
        return names
    known = catalogue(policy_dirs)
    profiles = {name: known.profile(name).description for name in known.profile_files}
    policies = {name: (each.__doc__ or "").strip().partition("\n")[0] for name, each in known.policies.items()}
    ours = dict(sorted((policies | profiles).items()))
    return names | BASELINES | {name: about for name, about in ours.items() if name not in BASELINES}


def _settings(schema: Mapping[str, Any], definitions: Mapping[str, Any], above: str) -> Iterator[Setting]:
    for name, field in schema.get("properties", {}).items():
        inner = _mapping(field, definitions)
        path = f"{above}{name}"
        yield Setting(path, type_in_words(field, definitions), field.get("default"), field.get("description", ""))
        if inner is not None:
            yield from _settings(inner, definitions, f"{path}.")


def _mapping(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The mapping with keys of its own that the field is, or may be; a list of mappings is none."""
    for part in (field, *field.get("anyOf", ())):
        resolved = definitions.get(part["$ref"].rpartition("/")[2], {}) if "$ref" in part else part
        if "properties" in resolved:
            return resolved if isinstance(resolved, Mapping) else None
    return None


def _value(settings: BaseModel, path: str) -> Any:
    value: Any = settings.model_dump(mode="json")
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _indented(text: Text) -> RenderableType:
    return Padding(text, (0, 0, 0, 2), expand=False)
