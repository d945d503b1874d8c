"""What operators see of decisions: explanations of pods, bound and pending, and a log that plays again to the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed
from tests.cluster.extender import NAMESPACE, latency_config_map
from tests.cluster.objects import pod_manifest
from tests.cluster.setup_k import setup_k

ROOT = Path(__file__).resolve().parents[2]
COMMAND_S = 60.0
HINTED = {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "local"}
TOO_STRICT = {"edgeward.dev/max-rtt-ms": "0.5", "edgeward.dev/origin": "local"}


def edgeward(*args: str) -> str:
    """What the command prints; it must end well."""
    command = [sys.executable, "-m", "edgeward", *args]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=COMMAND_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_bound_and_pending_pods_are_explained_over_http_and_on_the_command_line(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with deployed(control_plane, api) as extender:
        await api.create(pod_manifest("bound", annotations=HINTED), namespace=namespace)
        placed = await api.wait_placed("bound", namespace=namespace)
        await api.create(pod_manifest("pending", annotations=TOO_STRICT), namespace=namespace)
        await api.wait_unschedulable("pending", namespace=namespace)
        bound, pending = extender.explain(namespace, "bound"), extender.explain(namespace, "pending")
        shown_bound = edgeward("explain", f"{namespace}/bound", "--server", extender.url)
        shown_pending = edgeward("explain", f"{namespace}/pending", "--server", extender.url)
        as_json = json.loads(edgeward("explain", f"{namespace}/pending", "--server", extender.url, "--json"))
        assert extender.get(f"/scheduler/explain/{namespace}/nobody")[0] == 404
    assert bound["node"] == placed["bound"]
    assert bound["chosen"] in setup_k().of("local")
    assert len(bound["nodes"]) == 20
    assert {"hint", "latency", "spread"} <= {each["policy"] for each in bound["nodes"][0]["opinions"]}
    assert (pending["node"], pending["chosen"]) == (None, None)
    assert {each["refusal"]["policy"] for each in pending["nodes"]} == {"latency"}
    assert as_json["last_answer"] == pending["last_answer"]
    assert sum(each["nodes"] for each in pending["last_answer"]["reasons"]) == 20
    assert f"{namespace}/bound is on {placed['bound']}" in shown_bound
    assert f"{namespace}/pending waits" in shown_pending
    assert "rtt p95 41 ms > 0.5 ms from local" in shown_pending


async def test_decision_log_of_a_whole_run_plays_again_to_the_same_answers(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k(cpu="2").nodes)
    log = control_plane.folder / "decisions.jsonl"
    kinds: list[dict[str, Any]] = [
        {"annotations": HINTED, "cpu": "500m"},
        {"annotations": {"edgeward.dev/gpu-milli": "300"}},
        {"annotations": {"edgeward.dev/gpu-models": "T4|A100"}, "gpus": 1},
        {"annotations": {**HINTED, "edgeward.dev/profile": "edge-shortlist"}},
        {"annotations": TOO_STRICT},
        {"annotations": {"edgeward.dev/max-rtt-ms": "far"}},  # nobody can read that
    ]
    async with (
        deployed(control_plane, api, decisions={"path": str(log)}) as extender,
        aiohttp.ClientSession() as client,
    ):
        names = []
        for number in range(10):
            some = [(f"p{number}-{kind}", asked) for kind, asked in enumerate(kinds)]
            await api.create(*(pod_manifest(name, **asked) for name, asked in some), namespace=namespace)
            names += [name for name, _ in some]
            if number == 4:  # the world changes meanwhile
                nearer = latency_config_map({("local", "neighbor"): 3.0, ("local", "cloud"): 19.0})
                await api.patch("ConfigMap", "latency", {"data": nearer["data"]}, namespace=NAMESPACE)
                await api.delete("Node", "cloud-3")
                await api.delete("Pod", "p0-0", "p1-1", namespace=namespace)
            # kube-scheduler has the scores of the filter; somebody else may ask for them alone
            stranger = {"Pod": pod_manifest(f"s{number}", namespace=namespace, annotations=HINTED)}
            await client.post(f"{extender.url}/prioritize", json=stranger | {"NodeNames": setup_k().names[number:]})
        await api.wait_settled(*(set(names) - {"p0-0", "p1-1"}), namespace=namespace, timeout_s=60)
    played = control_plane.folder / "played.json"
    said = edgeward("simulate", "--decisions", str(log), "--json", str(played))
    decisions = json.loads(played.read_text(encoding="utf-8"))["decisions"]
    assert {verb: count["different"] for verb, count in decisions.items()} == dict.fromkeys(decisions, 0), said
    # of 60 pods 50 can be read and are asked about (two were deleted soon), 20 get a GPU or a share of one
    assert decisions["filter"]["same"] >= 48
    assert decisions["devices"]["same"] >= 18
    assert decisions["prioritize"]["same"] == 10
