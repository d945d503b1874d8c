"""The command line of each program, as a function of where things are: ports, files, kubeconfigs.

Each list says only what differs from the program's own defaults, with the reason where it is not plain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.build import Programs
from tests.cluster.certificates import FRONT_PROXY, Certificates
from tests.cluster.ports import HOST

ETCD = "etcd"
API_SERVER = "kube-apiserver"
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
KWOK = "kwok"
METRICS_SERVER = "metrics-server"

Argv = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the parts of one control plane are."""

    programs: Programs
    folder: Path
    certificates: Certificates
    admin: Path  # kubeconfig
    tokens: Path
    etcd_port: int
    etcd_peer_port: int
    api_server_port: int
    controller_manager_port: int
    kwok_port: int
    metrics_server_port: int

    @property
    def server(self) -> str:
        return f"https://{HOST}:{self.api_server_port}"


def etcd(at: Layout) -> Argv:
    clients, peers = f"http://{HOST}:{at.etcd_port}", f"http://{HOST}:{at.etcd_peer_port}"
    return [
        str(at.programs.controlplane), ETCD,
        f"--data-dir={at.folder / 'etcd'}",
        "--name=default",
        f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",  # the data need not outlive the machine, and a shared disk is slow
        "--log-level=warn",
    ]  # fmt: skip


def api_server(at: Layout) -> Argv:
    made = at.certificates
    return [
        str(at.programs.controlplane), API_SERVER,
        f"--etcd-servers=http://{HOST}:{at.etcd_port}",
        *_secure(at, at.api_server_port),
        "--endpoint-reconciler-type=none",  # nobody reaches it through a Service, and loopback may not be in Endpoints
        f"--service-account-issuer=https://{HOST}:{at.api_server_port}",
        f"--service-account-key-file={made.service_account_key}",
        f"--service-account-signing-key-file={made.service_account_key}",
        f"--token-auth-file={at.tokens}",
        f"--client-ca-file={made.ca}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",  # pods on kwok need no token, and need not wait for an account
        "--allow-privileged=true",  # DaemonSets of device plugins and probers ask for it
        "--service-cluster-ip-range=10.0.0.0/24",
        f"--requestheader-client-ca-file={made.front_proxy_ca}",
        f"--requestheader-allowed-names={FRONT_PROXY}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={made.front_proxy.certificate}",
        f"--proxy-client-key-file={made.front_proxy.key}",
    ]  # fmt: skip


def controller_manager(at: Layout) -> Argv:
    return [
        str(at.programs.controlplane), CONTROLLER_MANAGER,
        f"--kubeconfig={at.admin}", f"--authentication-kubeconfig={at.admin}", f"--authorization-kubeconfig={at.admin}",
        *_secure(at, at.controller_manager_port),
        "--leader-elect=false",
        f"--service-account-private-key-file={at.certificates.service_account_key}",
        f"--root-ca-file={at.certificates.ca}",
        "--kube-api-qps=500", "--kube-api-burst=1000",  # with its 20 a second it is what tests would measure
    ]  # fmt: skip


def scheduler(at: Layout, *, config: Path, kubeconfig: Path, port: int) -> Argv:
    return [
        str(at.programs.controlplane), SCHEDULER,
        f"--config={config}",
        f"--authentication-kubeconfig={kubeconfig}", f"--authorization-kubeconfig={kubeconfig}",  # else no /metrics
        *_secure(at, port),
    ]  # fmt: skip


def kwok(at: Layout) -> Argv:
    return [
        str(at.programs.kwok),
        f"--kubeconfig={at.admin}",
        f"--config={at.programs.stages}",
        "--manage-all-nodes=true",
        "--node-lease-duration-seconds=40",  # without leases nodes are NotReady after 50 s
        # It is the kubelet of all nodes.
        f"--server-address={HOST}:{at.kwok_port}", f"--node-ip={HOST}", f"--node-port={at.kwok_port}",
    ]  # fmt: skip


def metrics_server(at: Layout) -> Argv:
    return [
        str(at.programs.controlplane), METRICS_SERVER,
        f"--kubeconfig={at.admin}", f"--authentication-kubeconfig={at.admin}", f"--authorization-kubeconfig={at.admin}",
        *_secure(at, at.metrics_server_port),
        "--kubelet-insecure-tls", "--kubelet-use-node-status-port", "--kubelet-preferred-address-types=InternalIP",
        "--metric-resolution=10s", "--kubelet-request-timeout=5s",  # the least it takes, and less than that
    ]  # fmt: skip


def _secure(at: Layout, port: int) -> Argv:
    pair = at.certificates.server
    return [
        f"--bind-address={HOST}",
        f"--secure-port={port}",
        f"--tls-cert-file={pair.certificate}",
        f"--tls-private-key-file={pair.key}",
    ]
