"""custom.metrics.k8s.io, v1beta1 or v1beta2: a number for each pod of a namespace, or one of an object.

The `*` that stands for all pods is not escaped; every name is. An object that lives in no namespace is asked about
without one, and a namespace in a form of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from autoscaler.planner.observation import PodValues, Sample, Total
from autoscaler.sources.amounts import thousandths
from autoscaler.sources.asking import Asking
from autoscaler.sources.discovery import CUSTOM, Discovery
from autoscaler.sources.errors import NoMetric
from autoscaler.sources.paths import segment
from autoscaler.sources.question import Question
from autoscaler.sources.want import Described, Want
from autoscaler.sources.wire import MetricValue, described_name, items, readable, window_s
from kube.client import NO_PARAMS

API = "custom metrics API"
WINDOW_S = 60.0  # where the answer says none (rule 12)
_DECODER = msgspec.json.Decoder(MetricValue)


class CustomMetrics:
    """The source of Pods and Object metrics."""

    def __init__(self, asking: Asking, discovery: Discovery) -> None:
        self._asking, self._discovery = asking, discovery

    def questions(self, wants: Iterable[Want], now_s: float) -> Iterator[Question]:
        """One for each; equal wants have become one before."""
        for want in wants:
            if want.described is None:
                yield Question((want,), partial(self._pods, want, now_s))
            else:
                yield Question((want,), partial(self._object, want, want.described))

    async def _pods(self, want: Want, now_s: float) -> _Pods:
        content = await self._get(f"namespaces/{segment(want.namespace)}/pods/*", want)
        found: dict[str, MetricValue | str] = {}
        for raw, item in items(content, _DECODER):
            found[described_name(raw) if isinstance(item, str) else item.described_object.name] = item
        return _Pods(found, now_s)

    async def _object(self, want: Want, described: Described) -> Total:
        found = readable(await self._get(await self._place(want.namespace, described), want), _DECODER)
        if len(found) != 1:
            raise NoMetric(f"the custom metrics API server returned {len(found)} results when we asked for exactly one")
        (item,) = found
        at_s = item.timestamp.timestamp() if item.timestamp else None
        return Total(milli=thousandths(bytes(item.value)), timestamp_s=at_s)

    async def _place(self, namespace: str, described: Described) -> str:
        within = f"namespaces/{segment(namespace)}"
        if described.is_namespace:  # the autoscaler's own: no text may name another
            return f"{within}/metrics"
        resource = await self._discovery.resource(described)
        place = f"{segment(resource.name)}/{segment(described.name)}"
        return f"{within}/{place}" if resource.namespaced else place

    async def _get(self, place: str, want: Want) -> bytes:
        version = await self._discovery.custom_version()
        params = {"metricLabelSelector": want.selector} if want.selector else NO_PARAMS
        return await self._asking.get(API, f"/apis/{CUSTOM}/{version}/{place}/{segment(want.name)}", params)


class _Pods:
    """The pods of a namespace that have the metric; adapters may answer with some that are long gone."""

    def __init__(self, pods: Mapping[str, MetricValue | str], now_s: float) -> None:
        self._pods, self._now_s = pods, now_s

    def of(self, want: Want, names: Collection[str]) -> PodValues:
        found = {name: self._sample(name, self._pods[name]) for name in names if name in self._pods}
        if not found:
            raise NoMetric(f"no metrics returned from {API}")
        return PodValues(samples=found)

    def _sample(self, name: str, item: MetricValue | str) -> Sample:
        """The number under the name ''; one whose time is not told is of now, because no rule asks how old it is."""
        if isinstance(item, str):
            raise NoMetric(f"pod {name}: {item}")
        try:
            return Sample(
                by_container={"": thousandths(bytes(item.value))},
                timestamp_s=item.timestamp.timestamp() if item.timestamp else self._now_s,
                window_s=window_s(item.window if item.window_seconds is None else item.window_seconds, WINDOW_S),
            )
        except NoMetric as error:
            raise NoMetric(f"pod {name}: {error}") from error
