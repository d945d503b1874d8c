"""Keeping the mirror's latency up to date: all sources into one matrix, and the matrix into the snapshot.

The matrix is given to the mirror when it changed, at most once a second, and again every so often when it did not,
since what is believed of a measurement depends on its age; and as soon as one of its entries is fresh no longer, since
from then on it must pass no hard limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kube.latency.configmap import SOURCE as CONFIG_MAP
from kube.latency.configmap import ConfigMaps
from kube.latency.measurement import LatencySource, Measurement, Read
from kube.latency.merged import Merged
from kube.latency.network_topology import SOURCE as NETWORK_TOPOLOGY
from kube.latency.network_topology import NetworkTopologies
from kube.program.waiting import stopped_within
from policies.model.cluster import Cluster
from policies.model.latency import LatencyMatrix
from policies.model.site import Sites

_LOOK_S = 1.0
_AGE_S = 15.0


class RoundTrips:
    """The latency of one mirror's cluster. To be used from the event loop only."""

    def __init__(
        self,
        cluster: Cluster,
        merged: Merged,
        *,
        sources: Sequence[LatencySource] = (),
        topologies: NetworkTopologies | None = None,
        fresh_s: float,
        half_life_s: float,
        clock: Callable[[], float],
        on_change: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self.merged = merged
        self._cluster = cluster
        self._sources = tuple(sources)
        self._config_maps = ConfigMaps()
        self._topologies = topologies
        self._fresh_s, self._half_life_s = fresh_s, half_life_s
        self._clock = clock
        self._on_change = on_change
        self._tell = tell
        self._problems: dict[str, tuple[str, ...]] = {}  # by source, as they were told
        self._matrix: LatencyMatrix | None = None
        self._due_s = 0.0  # when it has to be given again

    def config_maps(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        """The ConfigMaps with latency are these now."""
        self._replace(CONFIG_MAP, self._config_maps.read(texts))

    def network_topologies(self, contents: Mapping[str, Mapping[str, Any]], sites: Sites) -> None:
        """The NetworkTopology resources are these now."""
        if self._topologies is not None:
            self._replace(NETWORK_TOPOLOGY, self._topologies.read(contents, sites))

    def give(self) -> None:
        """Let the snapshot have what is to be believed now."""
        matrix, now = self.merged.matrix(), self._clock()
        is_news = matrix is not self._matrix
        if not is_news and now <= self._due_s:
            return
        stale_s = matrix.measured_at_s + self._fresh_s
        self._matrix = matrix
        self._due_s = min(now + _AGE_S, float(stale_s[stale_s >= now].min(initial=np.inf)))
        if is_news or len(matrix.sites):
            self._cluster.set_latency(matrix, now_s=now, fresh_s=self._fresh_s, half_life_s=self._half_life_s)
        if is_news:
            self._on_change()

    async def run(self, stop: asyncio.Event) -> None:
        """Ask all sources until *stop*."""
        async with asyncio.TaskGroup() as tasks:
            for source in self._sources:
                tasks.create_task(source.run(stop, self._publish), name=f"latency from {source.name}")
            while not await stopped_within(stop, _LOOK_S):
                self.give()

    def oldest_s(self) -> float:
        """Age of the oldest measurement that is kept; NaN without one. What stands has none."""
        ages = [each.oldest_s for each in self.merged.ages().values() if each.dated]
        return max(ages, default=float("nan"))

    def _publish(self, measurements: Sequence[Measurement]) -> None:
        self.merged.publish(measurements)

    def _replace(self, source: str, read: Read) -> None:
        self.merged.replace(source, read.measurements)
        for problem in read.problems:
            if problem not in self._problems.get(source, ()):  # each text is read again when another changes
                self._tell(problem)
        self._problems[source] = read.problems
