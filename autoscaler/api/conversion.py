"""A file of HPAs as a file of EdgeAutoscalers: all of its documents, or all that is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from autoscaler.api.convert import converted, each_object, is_hpa
from autoscaler.api.errors import ObjectError
from policies.engine.yaml_text import load_documents


class Conversion(NamedTuple):
    """The new file, and what of the old one is not in it."""

    text: str
    passed_over: tuple[str, ...]


def read_text(path: Path) -> str:
    """What a file says; ObjectError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ObjectError((f"{path}: cannot be read: {error}",)) from error


def conversion(text: str, *, source: str) -> Conversion:
    """The documents of a text, converted. ObjectError with all problems of all of them, or when there is no HPA."""
    try:
        documents = load_documents(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a day that there is not
        raise ObjectError((f"{source}: not YAML: {' '.join(str(error).split())}",)) from error
    made: list[dict[str, Any]] = []
    passed_over: list[str] = []
    wrong: list[str] = []
    for called, manifest in each_object(documents, source=source):
        if not is_hpa(manifest):
            passed_over.append(f"{called}, which is of kind {manifest.get('kind')!r}")
            continue
        try:
            made.append(converted(manifest, source=called))
        except ObjectError as error:
            wrong += error.problems
    if wrong:
        raise ObjectError(tuple(wrong))
    if not made:
        raise ObjectError((f"{source}: no HorizontalPodAutoscaler in it",))
    said = yaml.safe_dump_all(made, sort_keys=False, allow_unicode=True, width=120)
    return Conversion(said, tuple(passed_over))
