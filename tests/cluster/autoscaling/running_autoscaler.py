"""`edgeward autoscaler` as a process beside a control plane, as a user starts it; two of them at once, if asked for.

autoscaler = RunningAutoscaler(plane, prometheus=url)
"""

from __future__ import annotations

from typing import Any

from tests.cluster.control_plane import ControlPlane
from tests.cluster.ports import HOST
from tests.cluster.program import Program

NAMESPACE = "kube-system"  # where its Lease and its ConfigMaps are
USER = "the-autoscaler"  # not the one that tests are; it may do all the same
PERIOD_S = 1.0  # from pass to pass; a test must not wait for 15


class RunningAutoscaler(Program):
    """One autoscaler. *settings* are those of its configuration file, beside where it listens and what it watches."""

    def __init__(
        self,
        plane: ControlPlane,
        *,
        name: str = "autoscaler",
        prometheus: str = "",
        await_ready: bool = True,
        **settings: Any,
    ) -> None:
        port = plane.ports.free()
        kubeconfig = plane.kubeconfig_for(user=USER, group="system:masters")
        filled = {
            "pages": {"host": HOST, "port": port},
            "kube": {"kubeconfig": str(kubeconfig)},
            "namespace": NAMESPACE,
            "sync_period_s": PERIOD_S,
            "log": {"format": "text"},
            **({"prometheus": {"url": prometheus}} if prometheus else {}),
            **settings,
        }
        super().__init__(plane, command="autoscaler", name=name, port=port, settings=filled)
        self.start(await_ready=await_ready)

    def leads(self) -> bool:
        """Is it the one that acts?"""
        return bool(self.metric("edgeward_autoscaler_leader"))
