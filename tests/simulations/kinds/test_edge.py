from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.engine.catalogue import shipped
from simulations.errors import InputError
from simulations.kinds import edge
from simulations.result import RunResult
from simulations.scenario import Overrides, build_scenario
from simulations.workloads.builtin_cities import builtin_cities
from simulations.workloads.rtt import read_cities
from simulations.world.sources import MEASURED, USUAL_CLOUD
from tests.conftest import SHARED

SMALL: dict[str, Any] = {"duration_h": 0.5, "sites_per_city": 2, "services": 10}


ASKS = {"resources": {"requests": {"cpu": "1"}}}


def run(policy: str = "edge-default", data: Path | None = None, seed: int = 1, **said: Any) -> RunResult:
    settings = edge.SETTINGS(**{**SMALL, **said})
    return edge.run(settings, scenario="t", policy=policy, seed=seed, data=data, progress=lambda *_: None)


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
        ({"source": "moon"},
         "settings.source must be one of auto, builtin, rtt_222_cities, linkhq, openb, dump, got 'moon'"),
        ({"laod": 1}, "settings.laod is not a known key (did you mean 'load'?)"),
        ({"outages": [{"at_s": -1, "for_s": 1}]}, "settings.outages[0].at_s must be >= 0, got -1"),
        ({"latency_changes": [{"at_s": 0, "for_s": 1, "site": "x", "factor": 0}]},
         "settings.latency_changes[0].factor must be > 0, got 0"),
        ({"trace": {"format": "csv", "file": "x"}},
         "settings.trace.format must be one of worldcup98, nab, azure-llm, got 'csv'"),
        ({"trace": {"format": "nab", "file": "x", "for_s": 0}}, "settings.trace.for_s must be > 0, got 0"),
        ({"rhythm": "trace"}, "rhythm: trace and a trace (format, file) come together"),
        ({"trace": {"format": "nab", "file": "x"}}, "rhythm: trace and a trace (format, file) come together"),
        ({"source": "openb", "rhythm": "trace", "trace": {"format": "nab", "file": "x"}},
         "a trace is of the sources auto, builtin and rtt_222_cities, got source openb"),
        ({"latency": "x.csv"}, "latency and replace_all are of the source dump, got source builtin"),
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
        (
            {"source": "openb"},
            "source openb: no openb/nodes_gpu.csv.gz and openb/pods",
        ),
        (
            {"rhythm": "trace", "trace": {"format": "nab", "file": "gone.csv"}},
            r"settings\.trace\.file: gone\.csv: no such file",
        ),
        ({"source": "rtt_222_cities"}, "no folder rtt_222_cities in the data folder"),
        ({"outages": [{"at_s": 0, "for_s": 1, "node": "n9"}]}, r"outages\[0\]\.node: unknown node 'n9'"),
        ({"outages": [{"at_s": 0, "for_s": 1, "site": "x9"}]}, r"outages\[0\]\.site: unknown site 'x9'"),
        ({"outages": [{"at_s": 0, "for_s": 1}]}, r"outages\[0\]: wants a node or a site"),
    ],
)
def test_what_is_not_there_is_bad_input(said: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(**said)


def test_a_trace_and_a_latency_file_are_looked_for_in_the_data_folder_too(tmp_path: Path) -> None:
    rows = ["period,count", "1998-06-30 00:00:00,9", "1998-06-30 00:01:00,0", "1998-06-30 00:02:00,1"]
    (tmp_path / "load.csv").write_text("\n".join(rows))
    said: dict[str, Any] = {"rhythm": "trace", "trace": {"format": "worldcup98", "file": "load.csv"}}
    result = run("random", tmp_path, **said)
    used = result.curves["utilisation"].y
    assert max(used) > 0
    settings = edge.SETTINGS(**{**SMALL, **said})
    assert edge.data_source(settings, None) == "builtin, arrivals like load.csv"
    (tmp_path / "rtt.csv").write_text("from,to,p50_ms\nn1,n2,5\n")
    dump = write_dump(tmp_path)
    assert run("latency", tmp_path, source="dump", dump=[dump], latency="rtt.csv").metrics["rtt_mean_ms"] == 5.0
    assert run("latency", tmp_path, source="dump", dump=[dump]).metrics["rtt_mean_ms"] is None


def write_dump(folder: Path) -> str:
    """A pod is on n1 and fills it, one with users there is pending, and one is on a node that is gone."""

    def pod(name: str, **spec: Any) -> dict[str, Any]:
        told = {"name": name, "annotations": {"edgeward.dev/origin": "n1"}}
        return {"kind": "Pod", "metadata": told, "spec": {"containers": [ASKS], **spec}}

    status = {"allocatable": {"cpu": "1", "pods": "9"}}
    nodes = [{"kind": "Node", "metadata": {"name": name}, "status": status} for name in ("n1", "n2")]
    items = [*nodes, pod("a", nodeName="n1"), pod("b"), pod("c", nodeName="n9")]
    (folder / "dump.json").write_text(json.dumps({"kind": "List", "items": items}))
    return str(folder / "dump.json")


def test_figures_of_a_dump_tell_what_was_there_and_what_could_not_be(tmp_path: Path) -> None:
    dump = write_dump(tmp_path)
    told = run("latency", source="dump", dump=[dump]).metrics
    assert {key: told[key] for key in ("bound_at_start", "left_out", "placed", "pending_at_end")} == {
        "bound_at_start": 1, "left_out": 1, "placed": 1, "pending_at_end": 0,
    }  # fmt: skip
    anew = run("latency", source="dump", dump=[dump], replace_all=True).metrics
    assert {key: anew[key] for key in ("bound_at_start", "left_out", "placed", "pending_at_end")} == {
        "bound_at_start": 0, "left_out": 0, "placed": 2, "pending_at_end": 1,
    }  # fmt: skip


def test_clouds_unless_named_are_cities_that_the_source_has() -> None:
    for source, cities in (("builtin", builtin_cities().names), *measured()):
        assert set(USUAL_CLOUD[source]) <= {name.lower() for name in cities}


def measured() -> list[tuple[str, tuple[str, ...]]]:
    folder = SHARED / "data" / MEASURED
    return [(MEASURED, read_cities(folder).names)] if folder.is_dir() else []


def test_policies_are_checked_by_name() -> None:
    for name in ("edge-default", "random", "kube-scheduler+latency-first", *shipped().policies):
        edge.check_policy(name)
    with pytest.raises(InputError, match=r"unknown policy 'edge-defualt' \(did you mean 'edge-default'\?\)"):
        edge.check_policy("edge-defualt")
