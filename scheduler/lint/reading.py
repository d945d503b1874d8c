"""Configurations out of a file: bare, one of several documents, or inside a ConfigMap as clusters keep them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from policies.engine.yaml_text import load_yaml
from scheduler.lint.configuration import Configuration, Content, mapping, mappings, text
from scheduler.lint.errors import UnreadableError
from scheduler.lint.surroundings import Surroundings, surroundings

KIND: Final = "KubeSchedulerConfiguration"
POLICY: Final = "Policy"  # the file of --policy-config-file, gone since 1.23
_SEPARATOR: Final = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_POLICY_KEYS: Final = ("predicates", "priorities", "extenders")


@dataclass(frozen=True)
class Read:
    """What there is to check in a file."""

    configurations: tuple[Configuration, ...]
    surroundings: Surroundings


def read(path: Path) -> Read:
    """All configurations of a file; UnreadableError says why there are none."""
    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UnreadableError(f"{path}: cannot be read: {problem}") from problem
    return parsed(written, str(path))


def parsed(written: str, source: str) -> Read:
    """All configurations of a text; *source* is what messages call it."""
    documents = [document for part in _SEPARATOR.split(written) for document in _flat(_loaded(part, source))]
    found = tuple(
        configuration for document in documents for configuration in _configurations(document, source, alone=True)
    )
    if not found:
        kinds = sorted({text(each, "kind") or "no kind" for each in documents if isinstance(each, dict)})
        raise UnreadableError(f"{source}: holds no {KIND}, got {', '.join(kinds) or 'nothing'}")
    return Read(found, surroundings(documents))


def _loaded(written: str, source: str) -> Any:
    try:
        return load_yaml(written)
    except (yaml.YAMLError, ValueError) as problem:  # ValueError: a day, a number that there is not
        raise UnreadableError(f"{source}: not YAML: {' '.join(str(problem).split())}") from problem
    except RecursionError:
        raise UnreadableError(f"{source}: not YAML: nested too deeply") from None


def _flat(document: Any) -> Iterator[Any]:
    """The document, or the entries of a List as `kubectl get -o yaml` writes it."""
    if isinstance(document, dict) and text(document, "kind").endswith("List") and "items" in document:
        yield from mappings(document, "items")
    elif document is not None:
        yield document


def _configurations(document: Any, source: str, *, alone: bool) -> Iterator[Configuration]:
    if not isinstance(document, dict):
        return
    if _is_configuration(document):
        yield Configuration(source, document)
    elif alone and text(document, "kind") == "ConfigMap":
        name = text(mapping(document, "metadata"), "name")
        for key, inner in mapping(document, "data").items():
            if isinstance(inner, str) and (KIND in inner or POLICY in inner):
                where = f"{source}: ConfigMap {name}: {key}"
                for part in _SEPARATOR.split(inner):
                    yield from _configurations(_loaded(part, where), where, alone=False)


def _is_configuration(document: Content) -> bool:
    kind = text(document, "kind")
    if kind == POLICY or not kind:  # JSON policy files often have no kind at all
        return any(key in document for key in _POLICY_KEYS)
    return kind == KIND
