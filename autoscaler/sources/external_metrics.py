"""external.metrics.k8s.io: the sum of a metric's series, which are of nothing in the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from autoscaler.planner.observation import Total
from autoscaler.sources.amounts import thousandths, total
from autoscaler.sources.asking import Asking
from autoscaler.sources.errors import NoMetric
from autoscaler.sources.paths import segment
from autoscaler.sources.question import Question
from autoscaler.sources.want import Want
from autoscaler.sources.wire import ExternalValue, readable
from kube.client import NO_PARAMS

API = "external metrics API"
PATH = "/apis/external.metrics.k8s.io/v1beta1"
_DECODER = msgspec.json.Decoder(ExternalValue)


class ExternalMetrics:
    """The source of External metrics."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def questions(self, wants: Iterable[Want]) -> Iterator[Question]:
        """One for each; equal wants have become one before."""
        for want in wants:
            yield Question((want,), partial(self._sum, want))

    async def _sum(self, want: Want) -> Total:
        path = f"{PATH}/namespaces/{segment(want.namespace)}/{segment(want.name)}"
        params = {"labelSelector": want.selector} if want.selector else NO_PARAMS
        series = readable(await self._asking.get(API, path, params), _DECODER)
        if not series:
            raise NoMetric(f"no metrics returned from {API}")
        told = [each.timestamp.timestamp() for each in series if each.timestamp]
        oldest_s = min(told) if told else None  # a sum is as old as the oldest of its parts
        return Total(milli=total(thousandths(bytes(each.value)) for each in series), timestamp_s=oldest_s)
