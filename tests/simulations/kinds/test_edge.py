from __future__ import annotations

from typing import Any

import pytest

from policies.engine.catalogue import shipped
from simulations.errors import InputError
from simulations.kinds import edge
from simulations.result import RunResult
from simulations.scenario import Overrides, build_scenario

SMALL: dict[str, Any] = {"duration_h": 0.5, "sites_per_city": 2, "services": 10}


def run(policy: str = "edge-default", seed: int = 1, **said: Any) -> RunResult:
    settings = edge.SETTINGS(**{**SMALL, **said})
    return edge.run(settings, scenario="t", policy=policy, seed=seed, data=None, progress=lambda *_: None)


def without_clock(result: RunResult) -> dict[str, Any]:
    return {name: getattr(result, name) for name in ("metrics", "curves", "shares", "sites", "refusals")}


@pytest.mark.parametrize("policy", ["edge-default", "kube-scheduler", "kube-scheduler+edge-default", "random"])
def test_the_same_question_has_the_same_answer_and_another_seed_another(policy: str) -> None:
    first, again, other = run(policy), run(policy), run(policy, seed=2)
    assert without_clock(first) == without_clock(again)
    assert first.metrics != other.metrics


@pytest.mark.parametrize("source", ["builtin", "linkhq"])
def test_figures_add_up(source: str) -> None:
    result = run(source=source, outages=[{"at_s": 600, "for_s": 600, "node": first_node(source)}], evict_after_s=60)
    metrics: dict[str, Any] = dict(result.metrics)
    assert metrics["placed"] == metrics["finished"] + metrics["running_at_end"] + metrics["evicted"]
    assert metrics["limit_violations"] == 0
    assert sum(site.load for site in result.sites) == metrics["placed"]
    for shares in result.shares.values():
        assert sum(shares.values()) == pytest.approx(100)
    assert {metric.key for metric in edge.METRICS} <= metrics.keys()


def first_node(source: str) -> str:
    settings = edge.SETTINGS(**{**SMALL, "source": source})
    return edge._workload(settings, 1, None).nodes[0].name


def test_the_hint_keeps_more_pods_where_they_wish_than_kube_scheduler_does() -> None:
    ours, theirs = run("edge-default").metrics["first_choice_pct"], run("kube-scheduler").metrics["first_choice_pct"]
    assert ours is not None
    assert theirs is not None
    assert ours > theirs


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"load": 0}, "settings.load must be > 0, got 0"),
        ({"duration_h": -1}, "settings.duration_h must be > 0, got -1"),
        ({"sites_per_city": 0}, "settings.sites_per_city must be >= 1, got 0"),
        ({"source": "moon"}, "settings.source must be one of auto, builtin, rtt_222_cities, linkhq, dump, got 'moon'"),
        ({"laod": 1}, "settings.laod is not a known key (did you mean 'load'?)"),
        ({"outages": [{"at_s": -1, "for_s": 1}]}, "settings.outages[0].at_s must be >= 0, got -1"),
        ({"latency_changes": [{"at_s": 0, "for_s": 1, "site": "x", "factor": 0}]},
         "settings.latency_changes[0].factor must be > 0, got 0"),
        ({"load": float("nan")}, "settings.load must be a finite number, got nan"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_bad_input_with_its_path_and_value(said: dict[str, Any], line: str) -> None:
    raw = {"kind": "edge", "policies": ["edge-default"], "seeds": [1], "settings": said}
    with pytest.raises(InputError) as error:
        build_scenario(raw, Overrides(), name="s", source="s.yaml")
    assert any(line in told for told in str(error.value).splitlines()), str(error.value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"cloud": ["atlantis"]}, "unknown site 'atlantis'"),
        ({"source": "dump"}, "settings.dump must name the file"),
        ({"source": "dump", "dump": ["/nowhere/dump.json"]}, "/nowhere/dump.json"),
        ({"source": "rtt_222_cities"}, "no folder rtt_222_cities in the data folder"),
        ({"outages": [{"at_s": 0, "for_s": 1, "node": "n9"}]}, r"outages\[0\]\.node: unknown node 'n9'"),
        ({"outages": [{"at_s": 0, "for_s": 1, "site": "x9"}]}, r"outages\[0\]\.site: unknown site 'x9'"),
        ({"outages": [{"at_s": 0, "for_s": 1}]}, r"outages\[0\]: wants a node or a site"),
    ],
)
def test_what_is_not_there_is_bad_input(said: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(**said)


def test_policies_are_checked_by_name() -> None:
    for name in ("edge-default", "random", "kube-scheduler+latency-first", *shipped().policies):
        edge.check_policy(name)
    with pytest.raises(InputError, match=r"unknown policy 'edge-defualt' \(did you mean 'edge-default'\?\)"):
        edge.check_policy("edge-defualt")
