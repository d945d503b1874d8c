"""Score cases of the published GPU packing experiment, from the shared data: node, pod, and each policy's score."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from policies.engine.contract import FilterScorer
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot
from tests.builders import make_class, make_left
from tests.conftest import SHARED

GOLDEN = SHARED / "data" / "openb" / "golden.json"


class Case(NamedTuple):
    nodes: Snapshot
    pod: PodClass
    expected: dict[str, Any]
    used: bool  # shared pods hold a part of the GPUs


def golden() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(GOLDEN.read_text())
    return content


def feasible_cases() -> Iterator[Case]:
    for entry in golden()["score_cases_default_typical"]:
        if entry["feasible_cpu_gpu"]:
            node, pod = entry["node"], entry["pod"]
            cluster = make_left(node["cpu_left"], node["gpu_left"], node["model"])
            asked = make_class(cpu=f"{pod['cpu_milli']}m", gpu_milli=pod["gpu_milli"], gpus=pod["num_gpu"])
            yield Case(cluster.live(), asked, entry, any(left < 1000 for left in node["gpu_left"]))


def points(policy: FilterScorer, nodes: Snapshot, pod: PodClass) -> int:
    """The first node's score in the experiment's whole numbers; 0 without an opinion."""
    score = policy.score(nodes, pod)
    return 0 if score is None else round(float(score[0]) * 100)
