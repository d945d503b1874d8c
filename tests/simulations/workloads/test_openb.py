from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.errors import InputError
from simulations.workloads.openb import NOT_TOLD, read_nodes, read_pods
from tests.conftest import SHARED, needs_data

PODS = "name,cpu_milli,memory_mib,num_gpu,gpu_milli"
OPENB = SHARED / "data" / "openb"


def write(folder: Path, text: str) -> Path:
    path = folder / "trace.csv"
    path.write_text(text)
    return path


def test_pods_come_in_name_order_with_every_column_following(tmp_path: Path) -> None:
    pods = read_pods(write(tmp_path, f"{PODS},gpu_spec\nb,2,20,1,500,T4|G2\na,1,10,2,1000,\n"))
    assert pods.names == ("a", "b")
    assert pods.cpu_milli.tolist() == [1, 2]
    assert pods.memory_mib.tolist() == [10, 20]
    assert pods.total_gpu_milli.tolist() == [2000, 500]
    assert pods.gpu_spec == ("", "T4|G2")


def test_a_file_without_specification_and_times_is_read_too(tmp_path: Path) -> None:
    pods = read_pods(write(tmp_path, f"{PODS}\na,1,10,1,500\n"))
    assert pods.gpu_spec == ("",)
    assert pods.created_s is None
    assert pods.deleted_s is None


@pytest.mark.parametrize(
    ("row", "gpus", "milli", "spec"),
    [
        ("a,1,1,0,700,T4", 0, 0, ""),
        ("a,1,1,1,1800,T4", 1, 1000, "T4"),
        ("a,1,1,4,0,T4", 0, 0, ""),
        ("a,1,1,1,50,T4", 1, 50, "T4"),
    ],
    ids=[
        "no GPU asks for nothing of one",
        "more than a whole GPU is a whole one",
        "nothing of four is none",
        "a share",
    ],
)
def test_requests_are_normalised(tmp_path: Path, row: str, gpus: int, milli: int, spec: str) -> None:
    pods = read_pods(write(tmp_path, f"{PODS},gpu_spec\n{row}\n"))
    assert (pods.num_gpu[0], pods.gpu_milli[0], pods.gpu_spec[0]) == (gpus, milli, spec)


def test_times_that_are_not_told_are_marked(tmp_path: Path) -> None:
    pods = read_pods(write(tmp_path, f"{PODS},creation_time,deletion_time\na,1,1,0,0,5,\nb,1,1,0,0,5,9\n"))
    assert pods.created_s is not None
    assert pods.deleted_s is not None
    assert pods.created_s.tolist() == [5, 5]
    assert pods.deleted_s.tolist() == [NOT_TOLD, 9]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,cpu_milli,memory_mib,num_gpu\na,1,1,0\n", "missing column gpu_milli, the header has name, cpu_milli"),
        (f"{PODS}\na,-5,1,0,0\n", "row 2: cpu_milli must be >= 0, got -5"),
        (f"{PODS}\na,1,1,0,0\na,1,1,0,0\n", "row 3: name 'a' was on row 2 already"),
        (f"{PODS}\na,1,1,2,500\n", "row 2: gpu_milli must be 1000 for a pod with num_gpu 2, got 500"),
        (f"{PODS}\na,1,1,5000,1000\n", "row 2: num_gpu must be <= 4096, got 5000"),
        (f"{PODS}\na,1,{10**15},1,1000\n", f"row 2: memory_mib must be <= 1000000000, got {10**15}"),
        (f"{PODS}\na,1,1,nan,500\n", "row 2: num_gpu must be a whole number, got 'nan'"),
        (
            f"{PODS},creation_time,deletion_time\na,1,1,0,0,9,5\n",
            "row 2: deletion_time must be >= creation_time 9, got 5",
        ),
        (f"{PODS}\n", "empty trace: the file has a header and no rows"),
    ],
)
def test_bad_pods_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read_pods(write(tmp_path, text))
    assert str(refused.value).startswith(f"{tmp_path / 'trace.csv'}: {problem}")


@pytest.mark.parametrize("column", ["sn", "name"])
def test_nodes_are_named_by_either_column(tmp_path: Path, column: str) -> None:
    nodes = read_nodes(write(tmp_path, f"{column},cpu_milli,memory_mib,gpu,model\nn2,2,20,0,\nn1,1,10,4,T4\n"))
    assert nodes.names == ("n1", "n2")
    assert nodes.models == ("T4", "")
    assert nodes.gpu_capacity_milli == 4000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cpu_milli,memory_mib,gpu,model\n1,1,1,T4\n", "missing column sn or name"),
        ("sn,cpu_milli,memory_mib,gpu,model\nn,1,1,1,\n", "row 2: model must not be empty for a node with 1 GPUs"),
        ("sn,cpu_milli,memory_mib,gpu,model\nn,1,1,-1,T4\n", "row 2: gpu must be >= 0, got -1"),
        ("sn,cpu_milli,memory_mib,gpu,model\n", "empty node list"),
    ],
)
def test_bad_nodes_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_nodes(write(tmp_path, text))


def test_columns_cannot_be_written(tmp_path: Path) -> None:
    pods = read_pods(write(tmp_path, f"{PODS}\na,1,10,1,500\n"))
    with pytest.raises(ValueError, match="read-only"):
        pods.cpu_milli[0] = 7


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 8), st.integers(0, 1500)),
        min_size=1,
        max_size=30,
    )
)
def test_a_written_trace_is_read_back_normalised(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, ...]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.csv.gz"
    asked = [(cpu, memory, gpus, milli if gpus < 2 else 1000) for cpu, memory, gpus, milli in rows]
    lines = [f"pod-{i:03d},{','.join(map(str, row))}" for i, row in enumerate(asked)]
    path.write_bytes(gzip.compress("\n".join([PODS, *reversed(lines)]).encode()))
    pods = read_pods(path)
    assert pods.cpu_milli.tolist() == [cpu for cpu, *_ in asked]
    assert pods.total_gpu_milli.tolist() == [gpus * min(milli, 1000) for _, _, gpus, milli in asked]
    assert ((pods.gpu_milli > 0) == (pods.num_gpu > 0)).all()


@needs_data("openb")
def test_the_real_trace_has_the_published_totals() -> None:
    nodes, pods = read_nodes(OPENB / "nodes_gpu.csv.gz"), read_pods(OPENB / "pods_default.csv.gz")
    assert (len(nodes), nodes.gpu_capacity_milli, nodes.cpu_milli.sum()) == (1213, 6_212_000, 107_018_000)
    assert len(pods) == 8152
    assert len(read_pods(OPENB / "pods_multigpu40.csv.gz")) == 8746
