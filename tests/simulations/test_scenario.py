"""A scenario that exists can run: all that is wrong with one is told at once, each problem with where and what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulations.errors import InputError
from simulations.kinds.contract import kinds, load_kind
from simulations.scenario import Overrides, build_scenario, locate, read_scenario, shipped, with_setting
from tests.simulations.asked import write_scenario


def told(**parts: Any) -> list[str]:
    raw = {"kind": "fake", "policies": ["near"], "seeds": [1]} | parts
    with pytest.raises(InputError) as caught:
        build_scenario(raw, Overrides(), name="s", source="s.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        pytest.param({"polices": []}, "polices is not a known key (did you mean 'policies'?)", id="unknown key"),
        pytest.param({"kind": "faek"}, "kind: unknown kind 'faek' (did you mean 'fake'?)", id="unknown kind"),
        pytest.param({"kind": "contract"}, None, id="the contract is no kind"),
        pytest.param({"kind": None}, "kind must be text, got nothing", id="no kind"),
        pytest.param({"policies": ["neer"]}, "policies[0]: unknown policy 'neer' (did you mean 'near'?)", id="policy"),
        pytest.param({"policies": []}, "policies must have at least 1 entries, got []", id="no policies"),
        pytest.param({"policies": "near"}, "policies must be a list, got 'near'", id="policies no list"),
        pytest.param({"seeds": []}, "seeds must have at least 1 entries, got []", id="no seeds"),
        pytest.param({"seeds": [-1]}, "seeds[0] must be >= 0, got -1", id="negative seed"),
        pytest.param({"seeds": [1.5]}, "seeds[0] must be a whole number, got 1.5", id="seed with a part"),
        pytest.param({"seeds": [1, 2, 1]}, "seeds[2]: 1 stands there twice, it is seeds[0]", id="seed twice"),
        pytest.param(
            {"policies": ["far", "far"]}, "policies[1]: 'far' stands there twice, it is policies[0]", id="policy twice"
        ),
        pytest.param({"settings": {"load": -3}}, "settings.load must be > 0, got -3", id="setting out of range"),
        pytest.param(
            {"settings": {"deep": {"shaer": 1}}},
            "settings.deep.shaer is not a known key (did you mean 'share'?)",
            id="unknown setting, deep",
        ),
        pytest.param({"settings": [1]}, "settings must be a mapping, got [1]", id="settings no mapping"),
        pytest.param(
            {"metrics": ["rtt_mean"]},
            "metrics[0]: kind fake has no figure 'rtt_mean' (did you mean 'rtt_mean_ms'?)",
            id="unknown figure",
        ),
        pytest.param(
            {"name": "a/b"}, "name must match ^[A-Za-z0-9][A-Za-z0-9._-]*$, got 'a/b'", id="name with a slash"
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(parts: dict[str, Any], line: str | None) -> None:
    lines = told(**parts)
    assert len(lines) == 1
    assert lines[0].startswith("s.yaml: ")
    assert line is None or lines == [f"s.yaml: {line}"]


def test_all_problems_are_told_at_once_and_where_each_was_said() -> None:
    said = Overrides(settings={"load": -3, "deep.share": 2}, policies=["neer"], seeds=[4, 4])
    with pytest.raises(InputError) as caught:
        build_scenario(
            {"kind": "fake", "sede": 1, "policies": ["nonsense"], "settings": {"seconds": -1}},
            said, name="s", source="s.yaml",
        )  # fmt: skip
    assert str(caught.value).splitlines() == [
        "s.yaml: sede is not a known key (did you mean 'seeds'?)",
        "--set load=-3: settings.load must be > 0, got -3",
        "s.yaml: settings.seconds must be >= 0, got -1",
        "--set deep.share=2: settings.deep.share must be <= 1, got 2",
        "--policy: policies[0]: unknown policy 'neer' (did you mean 'near'?)",
        "--seed: seeds[1]: 4 stands there twice, it is seeds[0]",
    ]


def test_what_is_said_beside_the_file_replaces_it(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, settings={"load": 0.1, "deep": {"share": 0.2}}, metrics=["share_pct"])
    scenario = read_scenario(str(path), Overrides(settings={"deep.share": 0.9}, seeds=[7]))
    assert (scenario.name, scenario.seeds, scenario.policies) == ("s", (7,), ("near", "far"))
    assert scenario.settings.model_dump(include={"load", "deep"}) == {"load": 0.1, "deep": {"share": 0.9}}
    assert [metric.key for metric in scenario.metrics] == ["share_pct"]


def test_file_without_settings_or_metrics_has_the_kinds_own(tmp_path: Path) -> None:
    scenario = read_scenario(str(write_scenario(tmp_path, settings=None)))
    assert scenario.settings == load_kind("fake").SETTINGS()
    assert scenario.metrics == load_kind("fake").METRICS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"kind: fake\npolicies: [near\nseeds: [1]\n", "s.yaml: line 3, column 6: not YAML: expected ',' or ']'"),
        (b"", "s.yaml: must be a mapping, got nothing"),
        (b"- 1\n", "s.yaml: must be a mapping, got [1]"),
        (b"kind: \x00", "s.yaml: not YAML: unacceptable character"),
        (b"kind: \xff", "s.yaml: cannot be read: "),
        (b"kind: 2026-13-45", "s.yaml: not YAML: month must be in 1..12"),
        (b"[" * 5000, "s.yaml: not YAML: "),
    ],
)
def test_file_that_is_no_scenario_is_told_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "s.yaml").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_scenario(str(tmp_path / "s.yaml"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("s1-replcas", "unknown scenario 's1-replcas' (did you mean 's1-replicas'?), and there is no such file"),
        ("nowhere.yaml", "nowhere.yaml: no such file"),
        ("nowhere/s1", "nowhere/s1: no such file"),
        (".", ".: a scenario is a YAML file, this is a folder"),
    ],
)
def test_scenario_that_is_not_there_is_told(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        locate(name)
    assert str(caught.value) == message


def test_policy_folder_is_refused_by_a_kind_with_methods_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fake has methods of its own; --policy-dir is for kinds that run placement"):
        read_scenario(str(write_scenario(tmp_path)), policy_dirs=[tmp_path])


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenario_can_run_and_is_called_as_its_file(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.name == name
    assert scenario.description.endswith((".", "?"))


@pytest.mark.parametrize("name", kinds())
def test_kind_fulfils_its_contract(name: str) -> None:
    kind = load_kind(name)
    assert len({metric.key for metric in kind.METRICS}) == len(kind.METRICS) > 0
    assert kind.SETTINGS.model_config.get("extra") == "forbid"
    with pytest.raises(InputError, match="no-such-policy"):
        kind.check_policy("no-such-policy", ())


def test_setting_by_a_dotted_path_leaves_the_others_and_the_original() -> None:
    before = {"a": {"b": 1, "c": 2}, "d": 3}
    assert with_setting(before, "a.b", 9) == {"a": {"b": 9, "c": 2}, "d": 3}
    assert with_setting(before, "e.f.g", 9) == before | {"e": {"f": {"g": 9}}}
    assert before == {"a": {"b": 1, "c": 2}, "d": 3}
