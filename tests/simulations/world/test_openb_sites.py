from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from policies.model.site import Tier
from simulations.errors import InputError
from simulations.world.openb_sites import NODES, PODS, openb
from simulations.world.workload import Workload
from tests.simulations.world.small import GEOGRAPHY

HEADER = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time\n"
ROWS = ["job-2,4000,1024,1,500,T4,200,260", "job-0,4000,1024,0,0,,0,40", "job-1,8000,1024,2,1000,,100,"]


def folder(at: Path, header: str = HEADER, nodes: int = 40) -> Path:
    (at / "openb").mkdir()
    (at / NODES).write_text(
        "sn,cpu_milli,memory_mib,gpu,model\n" + "".join(f"n{i:02d},64000,262144,2,T4\n" for i in range(nodes))
    )
    (at / PODS).write_text(header + "".join(f"{','.join(row.split(',')[: header.count(',') + 1])}\n" for row in ROWS))
    return at


def read(at: Path | None, *, load: float = 0.5) -> Workload:
    return openb(at, GEOGRAPHY, np.random.default_rng(1), load=load, duration_s=1000.0, alpha=2.0)


def test_pods_come_in_order_compressed_to_the_duration_and_run_as_long_as_they_did(tmp_path: Path) -> None:
    arrivals = read(folder(tmp_path)).arrivals
    assert [arrival.pod.name for arrival in arrivals] == ["job-0", "job-1", "job-2"]
    assert [arrival.time_s for arrival in arrivals] == pytest.approx([0, 495, 1000], abs=1)  # from the first hundredth
    assert [arrival.lifetime_s for arrival in arrivals] == [40.0, np.inf, 60.0]


def test_only_pods_with_gpus_have_users_and_a_wish(tmp_path: Path) -> None:
    batch, whole, share = (arrival.pod.of for arrival in read(folder(tmp_path)).arrivals)
    assert (batch.gpu, batch.demand, batch.hint) == (None, None, None)
    for of in (whole, share):
        assert of.hint is not None
        assert of.hint.groups[0] == ("local",)
        assert of.demand is not None
        assert of.demand.weights[0][0] in ("seoul", "busan")


@pytest.mark.parametrize(
    ("load", "nodes"),
    # two GPUs are held for 505 of 1000 s: 1.01 on average; a node has two
    [(0.5, 2), (0.1, 6), (0.001, 40), (5.0, 1)],
)
def test_as_many_nodes_are_taken_as_the_load_wants(tmp_path: Path, load: float, nodes: int) -> None:
    assert len(read(folder(tmp_path), load=load).nodes) == nodes


def test_nodes_stand_at_every_site_a_third_of_them_in_the_cloud(tmp_path: Path) -> None:
    nodes = read(folder(tmp_path, nodes=600), load=0.0001).nodes
    assert len({node.name for node in nodes}) == 600
    assert {node.site for node in nodes} == {"seoul", "busan", "aws"}
    assert sum(node.tier is Tier.CLOUD for node in nodes) == pytest.approx(200, rel=0.15)


def test_a_trace_without_times_or_without_files_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"source openb: no openb/nodes_gpu\.csv\.gz and .* \(none given\)"):
        read(None)
    with pytest.raises(InputError, match=r"pods_default\.csv\.gz: missing column creation_time or deletion_time"):
        read(folder(tmp_path, header="name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n"))
