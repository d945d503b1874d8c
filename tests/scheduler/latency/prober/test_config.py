from __future__ import annotations

import re

import pytest

from kube.latency.errors import InputError
from scheduler.latency.prober.config import EXAMPLE, Config, parse_config
from scheduler.latency.prober.targets import PORT, Target, parse_targets


def test_the_example_is_right_with_its_comments_and_without() -> None:
    shown = parse_config(EXAMPLE, source="example")
    assert shown.targets == [
        Target(site="busan", host="10.2.0.7", port=PORT),
        Target(site="cloud", host="prober.cloud.example.org", port=443),
    ]
    everything = re.sub(r"^# (?=\w+: )", "", EXAMPLE, flags=re.MULTILINE)
    config = parse_config(everything, source="example")
    assert (config.peers is not None, config.targets_file is not None) == (True, True)
    assert shown.model_dump(exclude={"targets", "site"}) == Config(site="x").model_dump(exclude={"targets", "site"})


def test_the_site_that_is_given_goes_before_the_files() -> None:
    assert parse_config("targets: []", source="f", site="busan").site == "busan"
    assert parse_config("site: seoul", source="f", site="busan").site == "busan"


BAD = [
    ("targets: []", "f: site is missing"),
    ("site: 'a b'", "f: site must match"),
    ("site: a\ntargets: [{site: b, host: h, port: 0}]", "f: targets[0].port must be >= 1, got 0"),
    ("site: a\ntarget: []", "f: target is not a known key (did you mean 'targets'?)"),
    ("site: a\ntimeout_s: 2", "f: timeout_s must be <= 0.9, got 2"),
    ("site: a\nwindow_s: 15", "f: window_s must be at least two rounds of every_s, got 15"),
    ("- a", "f: must be a mapping with the key targets, got list"),
    ("site: [", "f: not YAML: "),
    ("[" * 3000, "f: not YAML: nested too deeply"),
]


@pytest.mark.parametrize(("text", "problem"), BAD, ids=range(len(BAD)))
def test_a_bad_configuration_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_config(text, source="f")
    assert any(each.startswith(problem) for each in raised.value.problems)
    assert raised.value.exit_code == 2


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as raised:
        parse_config("every_s: 0\nlisten: {port: -1}\nmetrics: 5", source="f")
    assert len(raised.value.problems) == 4  # and the site that is missing


def test_a_file_of_targets_is_a_list() -> None:
    assert parse_targets("- {site: a, host: h}", source="f") == (Target(site="a", host="h"),)
    assert parse_targets("", source="f") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- {site: a}", "f: [0].host is missing"),
        ("a: b", "f: it must be a list, got {'a': 'b'}"),
        ("- {site: a, host: h, site: b}", "f: not YAML: "),
    ],
)
def test_a_bad_file_of_targets_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_targets(text, source="f")
    assert raised.value.problems[0].startswith(problem)
