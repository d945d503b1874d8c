"""Whole simulations, small ones, of every kind on built-in data: they come out as they did when the file was made.

No single figure here is right or wrong by itself. What a change does to a run is seen in the diff after `make golden`,
and what ought not to change any run is seen to change none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from simulations.kinds.contract import kinds, load_kind
from simulations.result import RunResult, timeless

# file: kind, policy, settings. Each takes well below a second.
RUNS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "gpu-packing-fgd": ("gpu-packing", "fgd", {}),
    "gpu-packing-stranding": ("gpu-packing", "gpu-stranding", {}),
    "replicas-optimum": ("replicas", "optimum", {"k": 4, "users": "zipf"}),
    "replicas-tail": ("replicas", "tail", {"k": 4}),
    "microservices-anchored": ("microservices", "user-anchored", {"slots": 11}),
    "microservices-network-overhead": ("microservices", "network-overhead", {"slots": 11}),
    "requests-first-free": (
        "requests",
        "local-neighbors-cloud",
        {
            "place": "metro",
            "cloud": {"rtt_ms": 40.0},
            "requests": 2000,
            "staleness_s": 0.1,
            "failures": [{"site": "cloud", "at_s": 0.5, "for_s": 1.0}],
        },
    ),
    "requests-edgeward": ("requests", "edgeward", {"requests": 2000, "map_seed": 62}),
    "autoscaling-hpa": ("autoscaling", "hpa@60", {"days": 0.05, "start_s": 120}),
    "edge-default": (
        "edge",
        "edge-default",
        {
            "sites_per_city": 1,
            "services": 60,
            "load": 1.5,
            "duration_h": 0.5,
            "evict_after_s": 30,
            "outages": [{"site": "paris", "at_s": 600, "for_s": 400}],
            "latency_changes": [{"site": "frankfurt", "at_s": 1200, "for_s": 300, "factor": 4}],
        },
    ),
    "edge-linkhq-baseline": (
        "edge",
        "kube-scheduler+edge-default",
        {"source": "linkhq", "duration_h": 0.05, "tasks_per_s": 4},
    ),
}


def text(run: RunResult) -> str:
    """A run as JSON whose diff can be read: a line for each figure, each site and each point (x, y) of a curve.

    What libm and vector units make of the last digits differs from processor to processor, so nine count here.
    """
    content = json.loads(timeless(run).to_json(), parse_float=nine_digits)
    curves = {name: list(zip(curve["x"], curve["y"], strict=True)) for name, curve in content["curves"].items()}
    lines = json.dumps(content | {"curves": curves}, indent=1, ensure_ascii=False)
    return re.sub(r"(?<=\n)( +)([\[{][^][{}]*[]}])", lambda item: item[1] + " ".join(item[2].split()), lines) + "\n"


def nine_digits(number: str) -> float:
    value = float(number)
    return 0.0 if abs(value) < 1e-9 else float(f"{value:.9g}")


@pytest.mark.golden
@pytest.mark.parametrize("name", RUNS)
def test_run_is_what_it_was(name: str, golden: Callable[[str, str], None]) -> None:
    kind, policy, settings = RUNS[name]
    module = load_kind(kind)
    run = module.run(
        module.SETTINGS.model_validate({"source": "builtin", **settings}),
        scenario=name,
        policy=policy,
        seed=1,
        data=None,
        progress=lambda *_: None,
    )
    golden(f"{name}.json", text(run))


def test_every_kind_has_its_golden_runs_and_no_file_is_left_over() -> None:
    assert {kind for kind, _, _ in RUNS.values()} >= set(kinds()) - {"fake"}  # which tests add
    folder = Path(__file__).with_name("golden")
    assert sorted(path.stem for path in folder.iterdir()) == sorted(RUNS)
