"""A sweep on a Ray cluster of two nodes: both work, what is kept is byte for byte what processes give.

The cluster is Ray's own for tests: two nodes of one core each on this machine, with their own stores and workers, which
the program under test joins by its address as it would any other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.simulations.asked import edgeward_process, write_scenario
from tests.simulations.test_commands import without_measured

PATIENCE_S = 120.0
GRID = {"settings": {"load": [0.5, 0.7]}, "seeds": {"count": 4}}

# In a process of its own: Ray leaves threads, sockets and warnings behind that are no concern of the other tests.
CLUSTER = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster()
for _ in range(2):
    cluster.add_node(num_cpus=1, object_store_memory=80 * 2**20, include_dashboard=False)
print(f"address {cluster.address}", flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a cluster of two nodes answers."""
    log = tmp_path_factory.mktemp("ray") / "log"
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(ROOT)}
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True,
            env=environment,
        ) as cluster,
    ):  # fmt: skip
        assert cluster.stdin is not None
        assert cluster.stdout is not None
        try:
            said = next((line for line in cluster.stdout if line.startswith("address ")), "")
            assert said, f"the Ray cluster did not start:\n{log.read_text()}"
            yield said.split()[1]
        finally:
            cluster.stdin.close()
            cluster.wait(timeout=PATIENCE_S)


def kept(folder: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_bytes()) for path in folder.glob("*.json")}


def test_two_nodes_share_the_cells_and_give_what_processes_give(address: str, tmp_path: Path) -> None:
    write_scenario(tmp_path, settings={"seconds": 0.2})
    (tmp_path / "over.yaml").write_text(json.dumps(GRID), encoding="utf-8")
    sweep = ["sweep", "s.yaml", "--over", "over.yaml"]
    ray = edgeward_process(
        *sweep, "--on", "ray", "--address", address, "--out", "ray", "--json", "ray.json", folder=tmp_path
    )
    assert ray.returncode == 0, ray.stderr
    assert ray.stderr == "16 cells: 0 kept from before, 0 failed; kept in ray\nJSON: ray.json\n"
    here = edgeward_process(*sweep, "--out", "here", "--json", "here.json", folder=tmp_path)
    assert here.returncode == 0, here.stderr
    assert ray.stdout == here.stdout
    on_ray = kept(tmp_path / "ray")
    workers = {cell["wall_worker"].split(" process ")[0] for cell in on_ray.values()}
    assert len(workers) == 2
    assert all(worker.startswith("node ") for worker in workers)
    assert bare(on_ray) == bare(kept(tmp_path / "here"))
    documents = [json.loads((tmp_path / f"{name}.json").read_bytes()) for name in ("ray", "here")]
    assert bare(documents[0]) == bare(documents[1])


def bare(value: Any) -> bytes:
    """The bytes of a document without what a clock measured, or which worker it was."""
    return json.dumps(without_measured(value), sort_keys=True).encode()


def test_cell_that_fails_on_ray_is_told_by_its_parameters_and_the_others_go_on(address: str, tmp_path: Path) -> None:
    write_scenario(tmp_path, policies=["near", "failing", "bug"], seeds=[1])
    (tmp_path / "over.yaml").write_text("{}", encoding="utf-8")
    words = ["sweep", "s.yaml", "--over", "over.yaml", "--on", "ray", "--out", "kept"]
    result = edgeward_process(*words, folder=tmp_path, RAY_ADDRESS=address)
    assert result.returncode == 1
    summary, failing, bug = result.stderr.splitlines()
    assert summary == "3 cells: 0 kept from before, 2 failed; kept in kept"
    assert failing == "edgeward: failing, seed 1: the kernel stopped at 12 s"
    assert bug.startswith("bug, seed 1: LookupError: no such thing (fakes.py line ")
    assert len(kept(tmp_path / "kept")) == 1


def test_cluster_is_started_for_the_time_when_none_is_named(tmp_path: Path) -> None:
    write_scenario(tmp_path, seeds=[1])
    (tmp_path / "over.yaml").write_text("{}", encoding="utf-8")
    words = ["sweep", "s.yaml", "--over", "over.yaml", "--on", "ray"]
    result = edgeward_process(*words, folder=tmp_path, RAY_ADDRESS="")
    assert result.returncode == 0, result.stderr
    assert result.stderr == "2 cells: 0 kept from before, 0 failed; kept in .edgeward/sweeps/s\n"
