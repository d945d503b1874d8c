"""A control plane as the autoscaler's tests and its demo need one, and what stands beside it."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.arguments import CONTROLLER_MANAGER, KWOK
from tests.cluster.autoscaling.resizing import write_stages
from tests.cluster.build import Programs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import recommended
from tests.cluster.extender import RunningExtender

HPA_PERIOD_S = 2
HINTED = "edgeward"  # the scheduler that places by hints


def autoscaling_plane(programs: Programs, folder: Path, *, metrics_server: bool = True) -> ControlPlane:
    """Not started yet: kwok resizes pods, and the HPA is in a hurry. *folder* keeps a file of it."""
    flags = {
        KWOK: [f"--config={write_stages(folder / 'resizing.yaml')}"],
        CONTROLLER_MANAGER: [f"--horizontal-pod-autoscaler-sync-period={HPA_PERIOD_S}s"],
    }
    return ControlPlane(programs, metrics_server=metrics_server, flags=flags)


def start_hinted(plane: ControlPlane) -> RunningExtender:
    """kube-scheduler with our extender, for the pods that name it; the extender, to be stopped."""
    extender = RunningExtender(plane, scheduler_names=[HINTED])
    config = extender.scheduler_config(scheduler_name=HINTED, weight=recommended("edge-default"))
    plane.start_scheduler(config, name=f"{HINTED}-scheduler")
    return extender


def stop_hinted(plane: ControlPlane, extender: RunningExtender) -> None:
    """Both of them."""
    plane.stop_scheduler(f"{HINTED}-scheduler")
    extender.stop()
