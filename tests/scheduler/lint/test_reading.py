"""Configurations are found wherever people keep them, and what is none is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scheduler.lint.errors import UnreadableError
from scheduler.lint.reading import parsed, read
from tests.scheduler.lint.asking import GOOD

TEXT = yaml.safe_dump(GOOD)


def in_config_map(text: str) -> str:
    return yaml.safe_dump(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": {"config.yaml": text, "x": "y"}}
    )


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (TEXT, ["f"]),
        (f"# a comment\n--- # more\n{TEXT}---\n{TEXT}", ["f", "f"]),
        (in_config_map(TEXT), ["f: ConfigMap conf: config.yaml"]),
        (f"kind: Service\n---\n{in_config_map(TEXT)}", ["f: ConfigMap conf: config.yaml"]),
        (yaml.safe_dump({"kind": "List", "items": [yaml.safe_load(in_config_map(TEXT))]}),
         ["f: ConfigMap conf: config.yaml"]),
        ('{"kind": "Policy", "extenders": []}', ["f"]),
        ('{"predicates": [], "priorities": []}', ["f"]),
    ],
    ids=["bare", "several documents", "in a ConfigMap", "beside others", "in a list", "a policy", "one without kind"],
)  # fmt: skip
def test_configuration_is_found(text: str, sources: list[str]) -> None:
    assert [each.source for each in parsed(text, "f").configurations] == sources


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "f: holds no KubeSchedulerConfiguration, got nothing"),
        ("a: b", "f: holds no KubeSchedulerConfiguration, got no kind"),
        ("kind: Pod", "f: holds no KubeSchedulerConfiguration, got Pod"),
        ("a: [", "f: not YAML: while parsing a flow node"),
        ("a: 1\na: 2", "f: not YAML: key 'a' is there twice"),
        (in_config_map("kind: KubeSchedulerConfiguration\na: ["), "f: ConfigMap conf: config.yaml: not YAML"),
        ("[" * 5000, "f: not YAML: nested too deeply"),
    ],
)
def test_what_is_none_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        parsed(text, "f")
    assert str(refused.value).startswith(says)


def test_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"no\.yaml: cannot be read: .*No such file"):
        read(tmp_path / "no.yaml")


def test_separator_inside_a_config_map_is_not_one_of_the_file() -> None:
    inner = f"{TEXT}---\n{TEXT}"
    assert len(parsed(in_config_map(inner), "f").configurations) == 2
