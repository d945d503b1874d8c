"""Beside the real HPA on the same load, an EdgeAutoscaler made of the same HPA takes the same way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import loaded
from tests.cluster.autoscaling.scalers import hpa_manifest, queue_length
from tests.cluster.autoscaling.standing import wait_active
from tests.cluster.autoscaling.witness import witnessed
from tests.cluster.conftest import FreshNodes
from tests.cluster.objects import Manifest, deployment_manifest, node_manifest

EDGEWARD = Path(sys.executable).with_name("edgeward")
LOADS = {100.0: 10, 44.0: 5, 12.0: 2}  # at 10 for each
WAY = [2, 6, 10, 5, 2]  # four more, or twice as many, are allowed every 15 s


def converted(hpa: Manifest, folder: Path) -> Manifest:
    """What `edgeward convert` makes of it."""
    file = folder / "hpa.yaml"
    file.write_text(yaml.safe_dump(hpa), encoding="utf-8")
    done = subprocess.run([EDGEWARD, "convert", file], capture_output=True, text=True, check=True, timeout=60)
    made: Manifest = yaml.safe_load(done.stdout)
    return made


@pytest.mark.usefixtures("autoscaler")
async def test_the_same_hpa_takes_the_same_way(
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    exporter: Exporter,
    tmp_path: Path,
) -> None:
    await fresh_nodes([node_manifest("n1", cpu="32")])
    await api.create(
        *(deployment_manifest(name, replicas=2, cpu="100m") for name in ("ours", "theirs")), namespace=namespace
    )
    behavior: dict[str, Any] = {"scaleDown": {"stabilizationWindowSeconds": 0}}
    hpa = hpa_manifest("theirs", queue_length("10", queue="ours"), behavior=behavior)
    ours = converted({**hpa, "metadata": {"name": "ours", "namespace": namespace}}, tmp_path)
    ours["spec"]["scaleTargetRef"]["name"] = "ours"
    async with (
        witnessed(api, namespace) as seen,
        loaded(api, namespace, "ours", exporter=exporter, requests=20.0) as load,
    ):
        await api.create(hpa, ours, namespace=namespace)
        await wait_active(api, namespace, "ours")
        await wait_active(api, namespace, "theirs", kind="HorizontalPodAutoscaler")
        for requests, replicas in LOADS.items():
            load.requests = requests
            for name in ("ours", "theirs"):
                await seen.reached(name, replicas, timeout_s=45.0)
        assert seen.path("ours") == seen.path("theirs") == WAY
