from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policies.engine.catalogue import shipped
from simulations.errors import InputError
from simulations.kinds import gpu_packing
from simulations.result import RunResult
from simulations.scenario import Overrides, build_scenario

NODES = "sn,cpu_milli,memory_mib,gpu,model\nn1,64000,262144,4,T4\nn2,64000,262144,2,A100\n"
PODS = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n" + "".join(
    f"p{number},4000,8192,1,{500 if number % 3 else 1000},{'A100' if number % 4 == 0 else ''}\n" for number in range(8)
)


def run(policy: str = "fgd", seed: int = 1, data: Path | None = None, **said: Any) -> RunResult:
    settings = gpu_packing.SETTINGS(**said)
    return gpu_packing.run(settings, scenario="t", policy=policy, seed=seed, data=data, progress=lambda *_: None)


def trace(folder: Path, nodes: str = NODES, pods: str = PODS) -> dict[str, Any]:
    (folder / "nodes.csv").write_text(nodes)
    (folder / "pods.csv").write_text(pods)
    return {"nodes": str(folder / "nodes.csv"), "pods": str(folder / "pods.csv")}


def test_a_trace_of_ones_own_is_packed(tmp_path: Path) -> None:
    metrics: dict[str, Any] = dict(run(inflate=1.3, **trace(tmp_path)).metrics)
    assert metrics["pods"] >= 8
    assert {metric.key for metric in gpu_packing.METRICS} <= metrics.keys()


def test_all_pods_fit_where_there_is_room_and_nothing_fails(tmp_path: Path) -> None:
    # 8 pods of 5 · 500 + 3 · 1000 = 5500 of 6000 milli; only p0, p4 need an A100
    result = run(inflate=1.0, **trace(tmp_path))
    assert (result.metrics["pods"], result.metrics["failed_pods"]) == (8, 0)
    assert sum(result.refusals.values()) == 0


def test_the_same_question_has_the_same_answer() -> None:
    first, again = run(source="builtin"), run(source="builtin")
    assert first.curves == again.curves
    assert {k: v for k, v in first.metrics.items() if k != "pods_per_second"} == {
        k: v for k, v in again.metrics.items() if k != "pods_per_second"
    }


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"nodes": "nodes.csv"}, "--nodes and --pods come together"),
        ({"pods": "pods.csv"}, "--nodes and --pods come together"),
        ({"source": "openb"}, "source openb: no openb/nodes_gpu.csv.gz in the data folder"),
        ({"nodes": "/nowhere/n.csv", "pods": "/nowhere/p.csv"}, "/nowhere/n.csv"),
        ({"source": "builtin", "orders": "x.npz"}, "--orders and --trace come together"),
        ({"source": "builtin", "orders": "x.npz", "trace": "t"}, "--nodes and --pods must name it"),
    ],
)
def test_half_a_trace_or_none_is_bad_input(said: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(**said)


@pytest.mark.parametrize(
    ("nodes", "pods", "words"),
    [
        (NODES.replace("64000", "-1", 1), PODS, "cpu_milli"),
        ("sn,cpu_milli,memory_mib,gpu\nn1,64000,262144,4\n", PODS, "model"),
        (NODES, PODS.replace("num_gpu", "gpus"), "num_gpu"),
        (NODES.splitlines()[0] + "\n", PODS, "nodes.csv"),
        (NODES, PODS.splitlines()[0] + "\n", "pods.csv"),
        ("sn,cpu_milli,memory_mib,gpu,model\nn1,64000,262144,0,\n", PODS, "no node has a GPU"),
    ],
    ids=["negative", "missing column", "missing column of pods", "no nodes", "no pods", "no GPU"],
)
def test_a_broken_trace_is_bad_input(tmp_path: Path, nodes: str, pods: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(**trace(tmp_path, nodes, pods))


@pytest.mark.parametrize("inflate", [0, -1, float("inf")])
def test_an_inflation_that_cannot_be_is_bad_input(inflate: float) -> None:
    raw = {"kind": "gpu-packing", "policies": ["fgd"], "seeds": [1], "settings": {"inflate": inflate}}
    with pytest.raises(InputError, match=rf"settings\.inflate must be .*, got {inflate}"):
        build_scenario(raw, Overrides(), name="s", source="s.yaml")


def test_a_name_that_is_a_policys_and_a_profiles_means_the_policy() -> None:
    assert {"gpu-packing"} <= set(shipped().policies) & set(shipped().profile_files)
    gpu_packing.check_policy("gpu-packing")
    alone = run("gpu-packing", source="builtin")
    mixed = run("edge-default", source="builtin")
    assert alone.metrics["alloc_pct_at100"] is not None
    assert mixed.metrics["alloc_pct_at100"] is not None
    with pytest.raises(InputError, match="unknown policy 'fdg'"):
        gpu_packing.check_policy("fdg")
