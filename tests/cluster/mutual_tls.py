"""Certificates for an extender and for the kube-scheduler that asks it, as each of the two is told of them."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from tests.cluster.certificates import Certificates


class MutualTls:
    """Files in *folder*."""

    def __init__(self, folder: Path) -> None:
        made = Certificates(folder)
        self.ca, self._server = made.ca, made.server
        self._client = made.client("kube-scheduler", "schedulers")

    @property
    def listen(self) -> dict[str, Any]:
        """More of `listen` in the extender's configuration."""
        server = self._server
        return {"tls": {"cert": str(server.certificate), "key": str(server.key), "client_ca": str(self.ca)}}

    @property
    def extender(self) -> dict[str, Any]:
        """More of the extender's entry in a KubeSchedulerConfiguration."""
        files = {"caFile": self.ca, "certFile": self._client.certificate, "keyFile": self._client.key}
        return {"enableHTTPS": True, "tlsConfig": {key: str(path) for key, path in files.items()}}

    @property
    def context(self) -> ssl.SSLContext:
        """For a client in Python."""
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(self._client.certificate, self._client.key)
        return context
