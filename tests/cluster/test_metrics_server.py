"""metrics-server on kwok: what a pod's annotation says it uses is what the metrics API tells."""

from __future__ import annotations

from tests.cluster.api import Api
from tests.cluster.build import Programs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ApiError
from tests.cluster.objects import node_manifest, pod_manifest
from tests.cluster.waiting import until


async def test_usage_of_a_pod_is_what_its_annotation_says(programs: Programs) -> None:
    with ControlPlane(programs, metrics_server=True) as plane:
        plane.start_scheduler()
        async with Api(plane.kubeconfig) as api:
            await api.create(node_manifest("n1"))
            await api.wait_ready(["n1"])
            busy = pod_manifest("busy", annotations={"kwok.x-k8s.io/usage-cpu": "75m"})
            await api.create(busy, namespace="default")

            async def usage() -> str:
                path = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/busy"
                try:
                    return str((await api.request("GET", path))["containers"][0]["usage"]["cpu"])
                except ApiError as error:  # not served yet, or not measured twice yet
                    if error.status not in {404, 503}:
                        raise
                    return ""

            cpu = await until(usage, what="the metrics API to tell busy's usage", timeout_s=90, every_s=0.5)
            used_milli = int(cpu.removesuffix("n")) / 1e6  # it comes in billionths of a core
            assert 70 < used_milli < 80  # from two readings and the time between, which no clock keeps exactly
