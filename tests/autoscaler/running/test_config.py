"""The configuration file: defaults, all problems at once, and the example that is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoscaler.planner.spec import Plausibility
from autoscaler.running.config import Config, parse_config, read_config, with_options
from kube.program.errors import ConfigError
from kube.program.example_config import example_config


def refused(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        parse_config(text, source="edge.yaml")
    return error.value.problems


def test_nothing_said_is_the_defaults() -> None:
    config = parse_config("", source="edge.yaml")
    assert config == Config()
    assert (config.sync_period_s, config.leader.lease_s, config.leader.renew_s, config.leader.retry_s) == (
        15,
        15,
        10,
        2,
    )
    assert config.defaults.plausibility == Plausibility()


def test_the_example_says_the_defaults() -> None:
    text = example_config(Config, "edgeward autoscaler")
    assert parse_config(text, source="example") == Config()
    assert "The pages for probes and Prometheus" in text


def test_all_problems_are_told_at_once() -> None:
    assert refused("sync_period_s: 0\nlease: x\ncalls: {qps: -1}\n") == (
        "edge.yaml: sync_period_s must be >= 1, got 0",
        "edge.yaml: calls.qps must be > 0, got -1",
        "edge.yaml: lease is not a known key (did you mean 'leader'?)",
    )


def test_times_of_the_lease_that_contradict_each_other_are_refused() -> None:
    (problem,) = refused("leader: {lease_s: 5, renew_s: 10}")
    assert problem.startswith("edge.yaml: leader: lease: must be lease_s > renew_s > 1.2 * retry_s > 0")


def test_what_holds_for_all_is_what_specs_are_read_with() -> None:
    config = parse_config("rules: {tolerance: 0.05}\ntrust: {stale_after_s: 1m}", source="edge.yaml")
    assert config.defaults.tolerance == 0.05
    assert config.defaults.plausibility.stale_after_s == 60


def test_the_command_line_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "edge.yaml"
    file.write_text("kube: {kubeconfig: /a}")
    assert with_options(read_config(file)).kube.kubeconfig == Path("/a")
    assert with_options(read_config(file), kubeconfig=Path("/b")).kube.kubeconfig == Path("/b")


def test_a_folder_that_is_not_there_is_refused() -> None:
    assert refused("policy_dirs: [/nowhere]") == ("edge.yaml: policy_dirs: there is no such folder: '/nowhere'",)
