"""metrics.k8s.io: what pods use of CPU and memory, read once a namespace, or once for all of them.

No selector is sent: a list by selector for each workload is what makes the horizontal pod autoscaler read as often as
there are autoscalers. Quantities are read only of the pods that somebody asks about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from autoscaler.planner.observation import PodValues, Sample
from autoscaler.sources.amounts import thousandths
from autoscaler.sources.asking import Asking
from autoscaler.sources.errors import NoMetric
from autoscaler.sources.paths import segment
from autoscaler.sources.question import Question
from autoscaler.sources.want import Want
from autoscaler.sources.wire import PodMetrics, items, window_s
from kube.decoding import meta

API = "resource metrics API"
PATH = "/apis/metrics.k8s.io/v1beta1"
CLUSTER_WIDE_FROM = 5  # namespaces: so many lists cost more than the pods of the others in one
UNSAID_S = 0.0  # older than any start of a pod, as Go's zero time is, which leaves a starting pod unready (rule 16)
_DECODER = msgspec.json.Decoder(PodMetrics)


class ResourceMetrics:
    """The source of Resource and ContainerResource metrics, which share their lists."""

    def __init__(self, asking: Asking, *, cluster_wide_from: int = CLUSTER_WIDE_FROM) -> None:
        self._asking, self._cluster_wide_from = asking, cluster_wide_from

    def questions(self, wants: Iterable[Want]) -> Iterator[Question]:
        """One a namespace, or a single one for all."""
        groups: defaultdict[str, list[Want]] = defaultdict(list)
        for want in wants:
            groups[want.namespace].append(want)
        if len(groups) >= self._cluster_wide_from:
            yield Question(tuple(want for group in groups.values() for want in group), partial(self._list, ""))
            return
        for namespace, group in groups.items():
            yield Question(tuple(group), partial(self._list, namespace))

    async def _list(self, namespace: str) -> _Pods:
        path = f"{PATH}/namespaces/{segment(namespace)}/pods" if namespace else f"{PATH}/pods"
        content = await self._asking.get(API, path)
        pods: dict[tuple[str, str], PodMetrics | str] = {}
        for raw, item in items(content, _DECODER):
            whose = meta(raw) if isinstance(item, str) else item.metadata
            pods[whose.namespace or namespace, whose.name] = item
        return _Pods(pods)


class _Pods:
    """A list, of which each workload takes its own."""

    def __init__(self, pods: Mapping[tuple[str, str], PodMetrics | str]) -> None:
        self._pods = pods

    def of(self, want: Want, names: Collection[str]) -> PodValues:
        found: dict[str, Sample] = {}
        for name in names:
            item = self._pods.get((want.namespace, name))
            if item is not None:
                found[name] = _sample(name, item, want.name)
        if not found:
            raise NoMetric(f"no metrics returned from {API}")
        return PodValues(samples=found)


def _sample(name: str, item: PodMetrics | str, resource: str) -> Sample:
    if isinstance(item, str):
        raise NoMetric(f"pod {name}: {item}")
    try:
        by_container = {
            container.name: thousandths(bytes(container.usage[resource]))
            if container.usage and resource in container.usage
            else None
            for container in item.containers or ()
        }
        return Sample(
            by_container=by_container,
            timestamp_s=item.timestamp.timestamp() if item.timestamp else UNSAID_S,
            window_s=window_s(item.window, 0.0),
        )
    except NoMetric as error:
        raise NoMetric(f"pod {name}: {error}") from error
