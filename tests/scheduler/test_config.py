"""The configuration: right as it is shown, wrong with all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from kube.program.errors import ConfigError
from kube.program.example_config import example_config
from scheduler.config import Config, parse_config, read_config, with_options


def refused(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as told:
        parse_config(text, source="edge.yaml")
    assert told.value.exit_code == 2
    return told.value.problems


def test_empty_file_is_the_defaults() -> None:
    assert parse_config("", source="x") == parse_config("{}", source="x") == Config()


def test_example_is_the_defaults() -> None:
    assert parse_config(example_config(Config, "edgeward scheduler"), source="example") == Config()


def test_example_without_its_comment_signs_is_right_too() -> None:
    shown = example_config(Config, "edgeward scheduler")
    setting = re.compile(r"^( *)# (?=(?:# )*(?:  )*(?:[a-z_0-9]+:|-$)|(?:# )*(?:  )+# )", re.MULTILINE)
    bare = shown
    for _ in range(3):  # parts that are off inside of parts that are off
        bare = setting.sub(r"\1", bare)
    config = parse_config(bare, source="example")
    assert config.listen.tls is not None
    assert config.listen.tls.client_ca == Path("/etc/edgeward/tls/ca.crt")
    assert config.latency.queries[0].prometheus.url == "http://prometheus.monitoring:9090"
    assert config.demand is not None
    assert config.decisions is not None


def settings(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str | None]]:
    for name, field in model.model_fields.items():
        yield f"{path}{name}", field.description
        for option in get_args(field.annotation) or (field.annotation,):
            if isinstance(option, type) and issubclass(option, BaseModel):
                yield from settings(option, f"{path}{name}.")


def test_every_setting_is_described() -> None:
    told = dict(settings(Config))
    assert len(told) > 50
    assert [path for path, description in told.items() if not description] == []


WRONG = """
listen: {prot: 1, port: 99999, prefix: "a b", keepalive_s: 1m30s, verbs: {filter: bind}, tls: {cert: x}}
http_timeout_s: 20ms
scheduler_names: [edge, edge]
policy_dirs: [/nowhere]
default_tier: cloudy
latency: {queries: [{prometheus: {url: nonsense}, every_s: banana}]}
bind: {timeout_s: 0s}
log: {level: dbug}
nugde: {}
"""
PROBLEMS = """
edge.yaml: listen.port must be <= 65535, got 99999
edge.yaml: listen.prefix: must be a path of letters, digits and . _ ~ - with / in between, got 'a b'
edge.yaml: listen.verbs: two verbs have the same path 'bind'
edge.yaml: listen.tls.key is missing
edge.yaml: listen.keepalive_s must be >= 120, got 90.0
edge.yaml: listen.prot is not a known key (did you mean 'port'?)
edge.yaml: http_timeout_s must be >= 0.05, got 0.02
edge.yaml: scheduler_names: must be names, each once
edge.yaml: policy_dirs: there is no such folder: '/nowhere'
edge.yaml: default_tier must be one of edge, cloud, got 'cloudy' (did you mean 'cloud'?)
edge.yaml: latency.queries[0].prometheus.url must match ^https?://[^/\\s]+, got 'nonsense'
edge.yaml: latency.queries[0].every_s: must be seconds, or text such as 200ms, 5s or 1m30s, got 'banana'
edge.yaml: bind.timeout_s must be > 0, got '0s'
edge.yaml: log.level must be one of debug, info, warning, error, got 'dbug' (did you mean 'debug'?)
edge.yaml: nugde is not a known key (did you mean 'nudge'?)
"""


def test_all_problems_are_told_at_once_with_path_and_value() -> None:
    assert refused(WRONG) == tuple(PROBLEMS.strip().splitlines())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1]", "edge.yaml: it must be a mapping, got [1]"),
        ("port: 1\nport: 2", "edge.yaml: not YAML: key 'port' is there twice"),
        ("a: b: c", "edge.yaml: not YAML: "),
        ("a: " + "[" * 5000, "edge.yaml: not YAML: "),
        ("http_timeout_s: .inf", "edge.yaml: http_timeout_s must be a finite number, got inf"),
        ("namespace: Shop", "edge.yaml: namespace must match "),
        ("listen: {verbs: {filter: /filter}}", "edge.yaml: listen.verbs.filter: must be a path of letters"),
        (
            "latency: {queries: [{prometheus: {url: 'http://a'}}, {prometheus: {url: 'http://b'}}]}",
            "edge.yaml: latency.queries: two of the queries have the same name 'prometheus'",
        ),
    ],
)
def test_problem_is_told(text: str, problem: str) -> None:
    (told,) = refused(text)
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("prefix", "path"), [("scheduler", "/scheduler"), ("/api/v2/", "/api/v2"), ("/", ""), ("", "")]
)
def test_prefix_is_understood_with_and_without_slashes(prefix: str, path: str) -> None:
    assert parse_config(f"listen: {{prefix: '{prefix}'}}", source="x").listen.prefix == path


def test_answers_come_within_80_percent_of_the_timeout() -> None:
    assert parse_config("http_timeout_s: 200ms", source="x").deadline_s == pytest.approx(0.16)  # 0.8 × 0.2 s
    assert Config().deadline_s == 4.0  # 0.8 × 5 s


def test_command_line_wins() -> None:
    config = parse_config("listen: {port: 1, host: '::1'}\nkube: {context: edge}", source="x")
    told = with_options(config, kubeconfig=Path("k"), port=2)
    assert (told.listen.port, told.listen.host) == (2, "::1")
    assert (told.kube.kubeconfig, told.kube.context) == (Path("k"), "edge")
    assert with_options(config) == config


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    good = tmp_path / "edge.yaml"
    good.write_text("profile: latency-first\n")
    assert read_config(good).profile == "latency-first"
    bad: Any
    for bad in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError, match=f"{re.escape(str(bad))}: cannot be read: "):
            read_config(bad)


def test_editors_get_a_schema() -> None:
    schema = Config.model_json_schema()
    assert schema["properties"]["http_timeout_s"]["description"].startswith("The extender's httpTimeout")
    assert schema["additionalProperties"] is False
