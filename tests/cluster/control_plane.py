"""A whole control plane on the loopback address: etcd, kube-apiserver, kube-controller-manager, kwok, and schedulers.

Everything is the real program with its real defaults, except kubelets: kwok says of every node that it is Ready and of
every pod bound to one that it runs. kube-scheduler is started by each test with the configuration that it is about.
"""

from __future__ import annotations

import http.client
import json
import secrets
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.cluster import arguments
from tests.cluster.arguments import API_SERVER, CONTROLLER_MANAGER, ETCD, KWOK, METRICS_SERVER, SCHEDULER, Layout
from tests.cluster.build import Programs, build
from tests.cluster.certificates import Certificates
from tests.cluster.errors import ProgramError
from tests.cluster.kubeconfig import write_kubeconfig
from tests.cluster.metrics_api import api_service, service
from tests.cluster.ports import HOST, Ports
from tests.cluster.process import Processes
from tests.cluster.scheduler_config import scheduler_config
from tests.cluster.waiting import until_blocking

_READY_S = 60.0  # three seconds where it was measured; a loaded machine gets twenty times that
_KUBECTL_S = 60.0
_SCHEDULER_USER = "system:kube-scheduler"  # what RBAC's own roles give rights to


class ControlPlane:
    """`with ControlPlane() as plane:` is up at the first line inside and gone after the last.

    *flags* are more arguments for a program by its name: `{"kube-controller-manager": ["--v=4"]}`.
    """

    def __init__(
        self,
        programs: Programs | None = None,
        *,
        metrics_server: bool = False,
        flags: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.timings: dict[str, float] = {}  # seconds from a program's start until it says that it is ready
        self._flags = flags or {}
        self._metrics_server = metrics_server
        self._programs = programs or build()
        self._ports = Ports()
        self._processes = Processes()
        self._scheduler_ports: dict[str, int] = {}
        self._layout, self._token = self._lay_out()
        self._scheduler_kubeconfig = self.kubeconfig_for(user=_SCHEDULER_USER, group="system:authenticated")
        self._tls = ssl.create_default_context(cafile=self._layout.certificates.ca)

    @property
    def folder(self) -> Path:
        """Logs and data; gone after `stop`."""
        return self._processes.folder

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self._layout.server

    @property
    def etcd(self) -> str:
        """etcd's URL."""
        return f"http://{HOST}:{self._layout.etcd_port}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self._layout.admin

    @property
    def certificates(self) -> Certificates:
        """For a server of a test's own."""
        return self._layout.certificates

    @property
    def programs(self) -> Programs:
        return self._programs

    @property
    def processes(self) -> Processes:
        """To start a program beside the control plane, which then ends with it: an extender, a controller."""
        return self._processes

    @property
    def ports(self) -> Ports:
        """Where such a program may listen."""
        return self._ports

    def start(self) -> Self:
        """Return when all answer that they are ready."""
        began = time.monotonic()
        at = self._layout
        self._start(ETCD, arguments.etcd(at), lambda: self._answers(at.etcd_port, "/health", tls=False))
        self.start_apiserver()
        began_rest = time.monotonic()
        for name, argv in ((CONTROLLER_MANAGER, arguments.controller_manager(at)), (KWOK, arguments.kwok(at))):
            self._processes.start(name, [*argv, *self._flags.get(name, ())])
        self._await(CONTROLLER_MANAGER, began_rest, lambda: self._answers(at.controller_manager_port, "/healthz"))
        self._await(KWOK, began_rest, lambda: self._answers(at.kwok_port, "/healthz", tls=False))
        if self._metrics_server:
            self.start_metrics_server()
            port = at.metrics_server_port
            for manifest in (
                service(METRICS_SERVER, port),
                api_service("metrics.k8s.io", "v1beta1", service=METRICS_SERVER, port=port),
            ):
                self.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
        self.timings["all"] = time.monotonic() - began
        return self

    def stop(self) -> None:
        """End all, in the right order, and remove the folder; again is nothing."""
        try:
            self._processes.close()
        finally:
            self._ports.close()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start_apiserver(self) -> None:
        """Return when it is ready; after `stop_apiserver` it comes back on the same port with the same data."""
        port = self._layout.api_server_port
        self._start(API_SERVER, arguments.api_server(self._layout), lambda: self._answers(port, "/readyz"))

    def stop_apiserver(self, *, grace_s: float = 2.0) -> None:
        """It waits for its watchers as long as it may, and they do not go, so it is killed in the end."""
        self._processes.stop(API_SERVER, grace_s=grace_s)

    def restart_apiserver(self, *, grace_s: float = 2.0) -> None:
        """Every watch is cut; return when it is ready again."""
        self.stop_apiserver(grace_s=grace_s)
        self.start_apiserver()

    def start_metrics_server(self) -> None:
        """Return when it lives; after `stop_metrics_server` it comes back on the same port."""
        port = self._layout.metrics_server_port
        self._start(METRICS_SERVER, arguments.metrics_server(self._layout), lambda: self._answers(port, "/livez"))

    def stop_metrics_server(self) -> None:
        """The metrics API answers 503 then."""
        self._processes.stop(METRICS_SERVER)

    def start_scheduler(
        self, config: Mapping[str, Any] | Path | None = None, *, name: str = SCHEDULER, flags: Sequence[str] = ()
    ) -> None:
        """A stock kube-scheduler with that KubeSchedulerConfiguration, under RBAC's own role for it.

        What *config* does not say of its client and of leader election is filled in. Several run at once under several
        names; their profiles should differ in `schedulerName`.
        """
        written = self.folder / f"{name}.yaml"
        filled = scheduler_config(config, kubeconfig=self._scheduler_kubeconfig)
        written.write_text(yaml.safe_dump(filled, sort_keys=False), encoding="utf-8")
        if name not in self._scheduler_ports:
            self._scheduler_ports[name] = self._ports.free()
        port = self._scheduler_ports[name]
        argv = arguments.scheduler(self._layout, config=written, kubeconfig=self._scheduler_kubeconfig, port=port)
        # /readyz and not /healthz: it answers when the informers have synced, so the first pod meets a scheduler that
        # knows the nodes.
        self._start(name, [*argv, *self._flags.get(SCHEDULER, ()), *flags], lambda: self._answers(port, "/readyz"))

    def stop_scheduler(self, name: str = SCHEDULER) -> None:
        self._processes.stop(name)

    def scheduler_metrics(self, name: str = SCHEDULER) -> str:
        """Its /metrics, in Prometheus' text format."""
        status, text = self._get(self._scheduler_ports[name], "/metrics", tls=True)
        if status != http.HTTPStatus.OK:
            raise ProgramError(f"{name}: /metrics answered {status}: {text[:200]}")
        return text

    def kubeconfig_for(
        self, *, user: str = "", group: str = "", service_account: str = "", duration: str = "1h"
    ) -> Path:
        """A kubeconfig of *user* in *group*, or of a service account `NAMESPACE/NAME` that exists."""
        name = (service_account or user).replace("/", "-").replace(":", "-")
        path = self.folder / "kubeconfigs" / f"{name}.yaml"
        at = self._layout
        if service_account:
            namespace, _, account = service_account.partition("/")
            token = self.kubectl("create", "token", account, "-n", namespace, f"--duration={duration}").strip()
            return write_kubeconfig(path, server=at.server, ca=at.certificates.ca, token=token, user=name)
        client = at.certificates.client(user, group or "system:authenticated")
        return write_kubeconfig(path, server=at.server, ca=at.certificates.ca, client=client, user=name)

    def kubectl(self, *args: str, stdin: str | None = None, kubeconfig: Path | None = None, check: bool = True) -> str:
        """What `kubectl ARGS` prints, as the administrator unless said; what went wrong is printed, too, or raised."""
        command = [str(self._programs.controlplane), "kubectl", f"--kubeconfig={kubeconfig or self.kubeconfig}", *args]
        environ = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=environ, timeout=_KUBECTL_S, check=False
        )
        if check and done.returncode:
            raise ProgramError(f"kubectl {' '.join(args)} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout if check else done.stdout + done.stderr

    def logs(self, name: str) -> str:
        """All that *name* has printed so far."""
        return self._processes.log(name).read_text(encoding="utf-8", errors="replace")

    def memory_mib(self) -> dict[str, float]:
        """Resident memory of each program that runs."""
        found = {}
        for name in (ETCD, API_SERVER, CONTROLLER_MANAGER, KWOK, METRICS_SERVER, *self._scheduler_ports):
            if self._processes.log(name).exists() and self._processes.exit_code(name) is None:
                status = Path(f"/proc/{self._processes.pid(name)}/status").read_text(encoding="utf-8")
                found[name] = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        return found

    def _lay_out(self) -> tuple[Layout, str]:
        folder = self._processes.folder
        certificates = Certificates(folder / "pki")
        token = secrets.token_hex(16)
        tokens = folder / "pki" / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{token},admin,admin,"system:masters"\n', encoding="utf-8")
        api_server_port = self._ports.free()
        admin = write_kubeconfig(
            folder / "kubeconfigs" / "admin.yaml",
            server=f"https://{HOST}:{api_server_port}",
            ca=certificates.ca,
            token=token,
        )
        layout = Layout(
            programs=self._programs,
            folder=folder,
            certificates=certificates,
            admin=admin,
            tokens=tokens,
            etcd_port=self._ports.free(),
            etcd_peer_port=self._ports.free(),
            api_server_port=api_server_port,
            controller_manager_port=self._ports.free(),
            kwok_port=self._ports.free(),
            metrics_server_port=self._ports.free(),
        )
        return layout, token

    def _start(self, name: str, argv: Sequence[str], is_ready: Callable[[], bool]) -> None:
        began = time.monotonic()
        self._processes.start(name, [*argv, *self._flags.get(name, ())])
        self._await(name, began, is_ready)

    def _await(self, name: str, began: float, is_ready: Callable[[], bool]) -> None:
        def is_up() -> bool:
            code = self._processes.exit_code(name)
            if code is not None:
                raise ProgramError(f"{name} ended with {code}; {self._processes.last_words(name)}")
            return is_ready()

        until_blocking(
            is_up, what=lambda: f"{name} to be ready; {self._processes.last_words(name)}", timeout_s=_READY_S
        )
        self.timings[name] = time.monotonic() - began

    def _answers(self, port: int, path: str, *, tls: bool = True) -> bool:
        try:
            return self._get(port, path, tls=tls)[0] == http.HTTPStatus.OK
        except OSError:
            return False

    def _get(self, port: int, path: str, *, tls: bool) -> tuple[int, str]:
        connection = (
            http.client.HTTPSConnection(HOST, port, timeout=5, context=self._tls)
            if tls
            else http.client.HTTPConnection(HOST, port, timeout=5)
        )
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()
