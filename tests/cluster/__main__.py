"""`make cluster`: a running cluster for a person, with the sites and GPUs of Set-up K, until Ctrl-C.

    python -m tests.cluster [--metrics-server]

Pods go to the default scheduler, which knows nothing of us, unless they name the second one, `edgeward`: kube-scheduler
with our extender. So a person sees the same pod placed by both.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
from pathlib import Path

import yaml

from policies.engine.catalogue import shipped
from policies.engine.weight import recommended_weight
from tests.cluster.api import Api
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import RTT_MS
from tests.cluster.errors import ClusterError
from tests.cluster.extender import RunningExtender, latency_config_map
from tests.cluster.objects import pod_manifest
from tests.cluster.setup_k import SetUp, setup_k

SECOND = "edgeward"  # schedulerName of the pods that we place
_WISHES = {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "local", "edgeward.dev/latency-class": "ar-vr"}


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
            extender = start_schedulers(plane)
            print(_words(plane, set_up, extender), flush=True)
            ended.wait()
            print("edgeward: ending it", file=sys.stderr)
    except ClusterError as error:
        print(f"edgeward: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def start_schedulers(plane: ControlPlane) -> RunningExtender:
    """The default scheduler as it is, and a second one with the extender, which both end with the plane."""
    plane.start_scheduler()
    extender = RunningExtender(plane, scheduler_names=[SECOND])
    weight = recommended_weight(shipped().profile("edge-default"))
    plane.start_scheduler(extender.scheduler_config(scheduler_name=SECOND, weight=weight), name=f"{SECOND}-scheduler")
    return extender


async def _create(plane: ControlPlane, set_up: SetUp) -> None:
    async with Api(plane.kubeconfig) as api:
        await api.create(*set_up.nodes, latency_config_map(RTT_MS))
        await api.wait_ready(set_up.names)


def _words(plane: ControlPlane, set_up: SetUp, extender: RunningExtender) -> str:
    sites = ", ".join(f"{len(set_up.of(site))} nodes at {site}" for site in set_up.rtt_ms)
    edgeward = Path(sys.executable).with_name("edgeward")
    return f"""\
A cluster is up at {plane.server}, started in {plane.timings["all"]:.1f} s: {sites}.

    export KUBECONFIG={plane.kubeconfig}
    alias kubectl={_our_kubectl(plane)}      # or your own
    kubectl get nodes -L edgeward.dev/site,edgeward.dev/tier,nvidia.com/gpu.product
    kubectl create deployment web --image=nothing --replicas=5 && kubectl get pods -o wide

Pods that name the scheduler `{SECOND}` are placed with the extender. One for users at `local`, at most 20 ms from them:

    kubectl apply -f {_camera(plane)}
    {edgeward} explain --server {extender.url} default/camera
    kubectl -n kube-system edit configmap latency      # tell it other round trips

Nodes and pods are kwok's: they are Ready and run, and do nothing. Logs: {plane.folder}/*.log
Ctrl-C ends it and removes all of it.
"""


def _camera(plane: ControlPlane) -> Path:
    """A pod with a hint and a limit, to apply and to edit."""
    path = plane.folder / "camera.yaml"
    pod = pod_manifest("camera", scheduler=SECOND, annotations=_WISHES)
    path.write_text(yaml.safe_dump(pod, sort_keys=False), encoding="utf-8")
    return path


def _our_kubectl(plane: ControlPlane) -> Path:
    """The one binary under a name that can be called without an argument before the command."""
    path = plane.folder / "kubectl"
    path.write_text(f'#!/bin/sh\nexec "{plane.programs.controlplane}" kubectl "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
