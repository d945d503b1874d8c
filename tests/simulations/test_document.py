from __future__ import annotations

import json

from simulations.document import document, encode
from tests.simulations.samples import make_run, make_study, world

TOP = {
    "schema_version", "scenario", "kind", "description", "data_source", "command", "settings",
    "policies", "seeds", "metrics", "runs", "summary",
}  # fmt: skip
RUN = {
    "scenario", "kind", "policy", "seed", "metrics", "curves", "shares", "sites", "refusals", "wall_seconds",
}  # fmt: skip


def test_the_keys_are_these() -> None:
    content = json.loads(encode(world(2, 3)))
    assert content.keys() == TOP
    assert all(run.keys() == RUN for run in content["runs"])
    assert content["schema_version"] == 1
    assert content["policies"] == ["edge-default", "latency-first"]
    assert content["seeds"] == [1, 2, 3]
    assert content["metrics"][0] == {"key": "placed_pods", "title": "Placed pods", "unit": "", "better": "higher"}


def test_the_summary_has_mean_interval_and_count() -> None:
    runs = [make_run(seed=seed, metrics={"rtt_mean_ms": float(seed), "gap_ms": None}) for seed in (1, 2, 3)]
    summary = document(make_study(*runs))["summary"]
    assert summary.keys() == {"greedy"}
    assert summary["greedy"]["rtt_mean_ms"].keys() == {"mean", "low", "high", "n"}
    assert summary["greedy"]["rtt_mean_ms"]["mean"] == 2.0
    assert summary["greedy"]["rtt_mean_ms"]["n"] == 3
    assert summary["greedy"]["gap_ms"] is None
    assert summary["greedy"]["wall_seconds"] == {"mean": 0.5, "low": 0.5, "high": 0.5, "n": 3}


def test_a_single_run_has_its_figures_at_the_top_too() -> None:
    content = document(make_study(make_run(metrics={"failed_pods": 7, "kind": 1.0})))
    assert (content["policy"], content["seed"], content["failed_pods"], content["wall_seconds"]) == (
        "greedy",
        1,
        7,
        0.5,
    )
    assert content["kind"] == "sampling"  # the document's own keys come first


def test_the_same_study_gives_the_same_bytes() -> None:
    assert encode(world(2, 2)) == encode(world(2, 2))
    assert encode(make_study(make_run("a"), make_run("b"))).endswith(b"}\n")
