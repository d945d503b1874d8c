"""`make cluster`: a running cluster for a person, with the sites and GPUs of Set-up K, until Ctrl-C.

    python -m tests.cluster [--metrics-server]

What the cluster has besides nodes is started in `start_schedulers`.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
from pathlib import Path

from tests.cluster.api import Api
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ClusterError
from tests.cluster.setup_k import SetUp, setup_k


def main(arguments: list[str]) -> int:
    """0 after Ctrl-C or SIGTERM; an error's own exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description="A running cluster, until Ctrl-C.")
    parser.add_argument("--metrics-server", action="store_true", help="`kubectl top` and the HPA work, too")
    asked = parser.parse_args(arguments)
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    try:
        with ControlPlane(metrics_server=asked.metrics_server) as plane:
            set_up = setup_k()
            asyncio.run(_create(plane, set_up))
            start_schedulers(plane)
            print(_words(plane, set_up), flush=True)
            ended.wait()
            print("edgeward: ending it", file=sys.stderr)
    except ClusterError as error:
        print(f"edgeward: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def start_schedulers(plane: ControlPlane) -> None:
    """The schedulers of the person's cluster; one with an extender would start here, extender first."""
    plane.start_scheduler()


async def _create(plane: ControlPlane, set_up: SetUp) -> None:
    async with Api(plane.kubeconfig) as api:
        await api.create(*set_up.nodes)
        await api.wait_ready(set_up.names)


def _words(plane: ControlPlane, set_up: SetUp) -> str:
    sites = ", ".join(f"{len(set_up.of(site))} nodes at {site}" for site in set_up.rtt_ms)
    return f"""\
A cluster is up at {plane.server}, started in {plane.timings["all"]:.1f} s: {sites}.

    export KUBECONFIG={plane.kubeconfig}
    alias kubectl={_our_kubectl(plane)}      # or your own
    kubectl get nodes -L edgeward.dev/site,edgeward.dev/tier,nvidia.com/gpu.product
    kubectl create deployment web --image=nothing --replicas=5 && kubectl get pods -o wide

Nodes and pods are kwok's: they are Ready and run, and do nothing. Logs: {plane.folder}/*.log
Ctrl-C ends it and removes all of it.
"""


def _our_kubectl(plane: ControlPlane) -> Path:
    """The one binary under a name that can be called without an argument before the command."""
    path = plane.folder / "kubectl"
    path.write_text(f'#!/bin/sh\nexec "{plane.programs.controlplane}" kubectl "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
