"""`edgeward simulate --list` and `--settings`: everything that there is to ask can be found from the command line."""

from __future__ import annotations

from pathlib import Path

from policies.engine.catalogue import shipped as shipped_policies
from simulations.kinds.contract import kinds, load_kind
from simulations.offered import policies_of, settings_of
from simulations.scenario import shipped
from tests.simulations.asked import edgeward, write_scenario


def test_list_has_every_shipped_scenario_with_its_kind() -> None:
    result = edgeward("simulate", "--list")
    assert result.exit_code == 0, result.stderr
    assert set(shipped()) <= {line.split()[0] for line in result.stdout.splitlines() if line}
    assert "s1-replicas  kind replicas" in result.stdout


def test_help_names_every_shipped_scenario() -> None:
    text = " ".join(word.strip("│") for word in edgeward("simulate", "--help").stdout.split())
    assert all(name in text for name in shipped())


def test_settings_have_type_bounds_default_and_what_the_scenario_says(tmp_path: Path) -> None:
    result = edgeward("simulate", write_scenario(tmp_path, settings={"load": 0.7}, policies=["near"]), "--settings")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "load  number > 0  default 0.5, here 0.7" in lines
    assert "deep.share  number >= 0, <= 1  default 0.5" in lines


def test_settings_of_a_kind_are_described_and_its_policies_named() -> None:
    text = edgeward("simulate", "s1-replicas", "--settings").stdout
    assert "k  whole number >= 1  default 10\n  replicas\n" in text
    assert "optimum *" in text


def test_every_kind_can_be_shown() -> None:
    for name in kinds():
        kind = load_kind(name)
        assert {setting.path for setting in settings_of(kind.SETTINGS)} >= set(kind.SETTINGS.model_fields)


def test_kinds_that_run_policies_know_baselines_profiles_and_policies() -> None:
    names = policies_of(load_kind("microservices"))
    assert {"network-overhead", "kube-scheduler", *shipped_policies().policies, *shipped_policies().profile_files} <= {
        *names
    }
    assert names["random"] == "Any node that has room."
