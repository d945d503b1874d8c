"""YAML as people write it by hand: a key that is there twice is a mistake, not a way to overwrite the first."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Safe, and refuses keys that repeat; merge keys (`<<`) may still be overridden."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True) if isinstance(key_node, yaml.ScalarNode) else None
            if key_node.tag != "tag:yaml.org,2002:merge" and key is not None:
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        problem=f"key {key!r} is there twice", problem_mark=key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def load_documents(text: str) -> list[Any]:
    """What each document of the text says; yaml.YAMLError as `load_yaml` has it."""
    return list(yaml.load_all(text, Loader=_Loader))


def load_yaml(text: str) -> Any:
    """What the text says; yaml.YAMLError with the line when it is not YAML or repeats a key."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
