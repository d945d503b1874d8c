from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from policies.model.site import Tier
from simulations.errors import InputError
from simulations.workloads.dump import Dump, read_dump

Json = dict[str, Any]


def make_node(name: str, **labels: str) -> Json:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": {f"edgeward.dev/{k}": v for k, v in labels.items()}},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}},
    }


def make_pod(name: str, *, node: str = "", phase: str = "Running", annotations: Json | None = None) -> Json:
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "annotations": annotations or {}},
        "spec": {"containers": [{"resources": {"requests": {"cpu": "500m"}}}], "nodeName": node},
        "status": {"phase": phase},
    }


NODES = [make_node("n2", site="busan"), make_node("n1", site="seoul", tier="cloud")]
PODS = [
    make_pod("b", node="n1"),
    make_pod("a", phase="Pending"),
    make_pod("done", node="n1", phase="Succeeded"),
    make_pod("broken", node="n1", phase="Failed"),
]


def listed(items: list[Json], kind: str = "List") -> str:
    return json.dumps({"kind": kind, "apiVersion": "v1", "items": items}, indent=4)


def write(folder: Path, text: str, name: str = "dump.json") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def names(dump: Dump) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    bound = [(pod.pod.name, pod.node) for pod in dump.bound]
    return [node.name for node in dump.nodes], bound, [pod.name for pod in dump.pending]


EXPECTED = (["n1", "n2"], [("b", "n1")], ["a"])


def test_one_list_gives_nodes_and_living_pods_in_order(tmp_path: Path) -> None:
    dump = read_dump(write(tmp_path, listed(NODES + PODS)))
    assert names(dump) == EXPECTED
    assert dump.bound[0].pod.of.request("cpu") == 500
    assert [(site.name, site.tier) for site in dump.sites] == [("busan", Tier.EDGE), ("seoul", Tier.CLOUD)]


def test_two_lists_read_the_same_from_two_files_one_file_or_gzip(tmp_path: Path) -> None:
    nodes, pods = write(tmp_path, listed(NODES), "nodes.json"), write(tmp_path, listed(PODS), "pods.json")
    together = write(tmp_path, listed(NODES) + "\n" + listed(PODS) + "\n")
    packed = tmp_path / "dump.json.gz"
    packed.write_bytes(gzip.compress(together.read_bytes()))
    assert names(read_dump(nodes, pods)) == names(read_dump(together)) == names(read_dump(packed)) == EXPECTED


def test_items_of_a_raw_list_need_no_kind_of_their_own(tmp_path: Path) -> None:
    def bare(items: list[Json]) -> list[Json]:
        return [{key: value for key, value in item.items() if key != "kind"} for item in items]

    nodes = write(tmp_path, listed(bare(NODES), "NodeList"), "nodes.json")
    pods = write(tmp_path, listed(bare(PODS), "PodList"), "pods.json")
    assert names(read_dump(nodes, pods)) == EXPECTED


def test_pods_inherit_from_a_namespace_wherever_it_stands(tmp_path: Path) -> None:
    namespace = {"kind": "Namespace", "metadata": {"name": "shop", "annotations": {"edgeward.dev/origin": "busan"}}}
    other = {"kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}
    dump = read_dump(write(tmp_path, listed([*NODES, *PODS, other, namespace])))
    assert dump.pending[0].of.demand is not None
    assert dump.pending[0].of.demand.weights == (("busan", 1.0),)


def test_site_labels_can_be_chosen(tmp_path: Path) -> None:
    node = make_node("n", site="a")
    node["metadata"]["labels"]["rack"] = "r1"
    assert read_dump(write(tmp_path, listed([node])), site_labels=("rack",)).nodes[0].site == "r1"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty dump"),
        (" \n", "empty dump"),
        (listed([]), "no Node in it (wanted: kubectl get nodes,pods -A -o json)"),
        (listed(PODS), "no Node in it"),
        (listed(NODES)[:-40], "row 35: not JSON: Expecting ',' delimiter (is the file truncated?)"),
        ("[1]", "must be a v1 List of nodes and pods, got a JSON list"),
        ('{"kind": "List"}', "dump: items: missing in a List"),
        ('{"kind": "List", "items": [3]}', "dump: items[0]: must be an object, got 3"),
        (listed([*NODES, NODES[0]]), "node n2 is there twice, first in "),
        (listed([*NODES, *PODS, PODS[0]]), "pod shop/b is there twice, first in "),
        (listed([*NODES, {"kind": "Pod", "metadata": {}}]), "pod: metadata.name: must not be empty"),
        (
            listed([make_node("n") | {"status": {"allocatable": {"cpu": "4x"}}}]),
            "node n: status.allocatable.cpu: not a quantity: '4x'",
        ),
        (
            listed([*NODES, make_pod("p", annotations={"edgeward.dev/max-rtt-ms": "fast"})]),
            "pod shop/p: metadata.annotations: annotation edgeward.dev/max-rtt-ms: must be a number > 0, got 'fast'",
        ),
        ("[" * 100_000, "not JSON: "),
    ],
)
def test_a_bad_dump_is_refused_with_file_and_object(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read_dump(write(tmp_path, text))
    assert str(refused.value).startswith(str(tmp_path / "dump.json"))
    assert problem in str(refused.value)


def test_a_truncated_dump_says_so(tmp_path: Path) -> None:
    whole = listed(NODES + PODS)
    for length in range(1, len(whole) - 1, 97):
        with pytest.raises(InputError, match=r"dump\.json: row \d+: not JSON"):
            read_dump(write(tmp_path, whole[:length]))
