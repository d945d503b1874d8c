"""A load on a workload: so much in all, spread evenly over the pods that run, as they come and go.

Each pod is told its share of CPU by the annotation that kwok reads, which metrics-server then measures; and the
exporter shows the requests a second of each pod, of the service in front of them, and of a queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.cluster.api import Api, Object
from tests.cluster.autoscaling.beside import beside
from tests.cluster.autoscaling.exporter import Exporter, Labels
from tests.cluster.errors import ApiError

USAGE = "kwok.x-k8s.io/usage-cpu"
POD_METRIC, OBJECT_METRIC, QUEUE_METRIC = "pod_requests", "service_requests", "queue_length"
_EVERY_S = 0.5


class Load:
    """`cpu_milli` and `requests` are totals, and may be set at any time. None: the pods' CPU is left alone."""

    def __init__(self, api: Api, namespace: str, app: str, exporter: Exporter | None) -> None:
        self.cpu_milli: int | None = None
        self.requests: float | None = None
        self._api, self._namespace, self._app, self._exporter = api, namespace, app, exporter

    async def spread(self) -> None:
        """Over the pods that run now."""
        pods = await self._api.all("Pod", namespace=self._namespace, labelSelector=f"app={self._app}")
        running = [pod for pod in pods if _runs(pod)]
        if self.cpu_milli is not None and running:
            usage = f"{self.cpu_milli // len(running)}m"
            await asyncio.gather(*(self._use(pod, usage) for pod in running))
        if self.requests is not None and self._exporter:
            where, whole = {"namespace": self._namespace}, self.requests
            names = [pod["metadata"]["name"] for pod in running]
            share = whole / max(1, len(names))
            self._show(POD_METRIC, *(({**where, "pod": name}, share) for name in names))
            self._show(OBJECT_METRIC, ({**where, "resource": "services", "name": self._app}, whole))
            self._show(QUEUE_METRIC, ({**where, "queue": self._app}, whole))

    def end(self) -> None:
        """No metric of it is shown any more."""
        for metric in (POD_METRIC, OBJECT_METRIC, QUEUE_METRIC):
            self._show(metric)

    def _show(self, metric: str, *series: tuple[Labels, float]) -> None:
        if self._exporter:
            self._exporter.show(metric, *series, of=f"{self._namespace}/{self._app}")

    async def _use(self, pod: Object, usage: str) -> None:
        if pod["metadata"].get("annotations", {}).get(USAGE) == usage:
            return
        change = {"metadata": {"annotations": {USAGE: usage}}}
        try:
            await self._api.patch("Pod", pod["metadata"]["name"], change, namespace=self._namespace)
        except ApiError as error:
            if error.status != 404:  # it has gone since
                raise


@asynccontextmanager
async def loaded(
    api: Api,
    namespace: str,
    app: str,
    *,
    exporter: Exporter | None = None,
    cpu_milli: int | None = None,
    requests: float | None = None,
) -> AsyncIterator[Load]:
    """A load on the pods with label `app`, which follows them inside; an error of it is raised there."""
    load = Load(api, namespace, app, exporter)
    load.cpu_milli, load.requests = cpu_milli, requests

    async def follow() -> None:
        while True:
            await load.spread()
            await asyncio.sleep(_EVERY_S)

    try:
        async with beside(follow()):
            yield load
    finally:
        load.end()


def _runs(pod: Object) -> bool:
    return pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
