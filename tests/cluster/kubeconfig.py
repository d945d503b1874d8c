"""Kubeconfig files that hold all they need, so that a copy of one works wherever the port can be reached."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.certificates import KeyPair

CLUSTER = "edgeward-test"


def write_kubeconfig(
    path: Path, *, server: str, ca: Path, token: str | None = None, client: KeyPair | None = None, user: str = "admin"
) -> Path:
    """*path*, written: the user shows a token or a client certificate."""
    credentials: dict[str, Any] = {}
    if token is not None:
        credentials["token"] = token
    if client is not None:
        credentials["client-certificate-data"] = _encoded(client.certificate)
        credentials["client-key-data"] = _encoded(client.key)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CLUSTER,
        "clusters": [{"name": CLUSTER, "cluster": {"server": server, "certificate-authority-data": _encoded(ca)}}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": CLUSTER, "context": {"cluster": CLUSTER, "user": user, "namespace": "default"}}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
