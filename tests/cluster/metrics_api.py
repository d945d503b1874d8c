"""How kube-apiserver finds a metrics server where there is no service network: a Service that is just a name."""

from __future__ import annotations

from tests.cluster.objects import Manifest

NAMESPACE = "kube-system"


def service(name: str, port: int) -> Manifest:
    """`localhost` as an ExternalName resolves on this machine; the port is the server's own."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
    }


def api_service(group: str, version: str, *, service: str, port: int) -> Manifest:
    """That this version of the group is served there."""
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"{version}.{group}"},
        "spec": {
            "service": {"name": service, "namespace": NAMESPACE, "port": port},
            "group": group,
            "version": version,
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    }
