"""What a stock kube-scheduler needs beyond what a test says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

API_VERSION = "kubescheduler.config.k8s.io/v1"


def scheduler_config(given: Mapping[str, Any] | Path | None, *, kubeconfig: Path) -> dict[str, Any]:
    """The KubeSchedulerConfiguration *given*, with the rest filled in where it says nothing."""
    said: Mapping[str, Any] = (
        yaml.safe_load(given.read_text(encoding="utf-8")) if isinstance(given, Path) else given or {}
    )
    filled: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "KubeSchedulerConfiguration",
        "leaderElection": {"leaderElect": False},  # one is enough, and waiting for a lease takes seconds
        "clientConnection": {"kubeconfig": str(kubeconfig), "qps": 1000, "burst": 2000},
    }
    return _over(filled, said)


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _over(under, value) if isinstance(under, dict) and isinstance(value, Mapping) else value
    return merged
