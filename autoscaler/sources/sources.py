"""All metric sources, asked at once: `await Sources(kube).read(wants, now_s=now)` in each pass of the controller.

Each source has its own bound on calls that are under way, so an adapter that hangs delays nobody else's metrics, and a
pass has an end: what has not answered by then is unavailable, which lets a workload only hold or grow.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from autoscaler.planner.observation import Reading, Total
from autoscaler.sources import custom_metrics, external_metrics, prometheus_metrics, resource_metrics
from autoscaler.sources.asking import CALL_S, Asking, told
from autoscaler.sources.custom_metrics import CustomMetrics
from autoscaler.sources.discovery import Discovery
from autoscaler.sources.errors import NoMetric
from autoscaler.sources.external_metrics import ExternalMetrics
from autoscaler.sources.prometheus_metrics import PrometheusMetrics
from autoscaler.sources.question import Answer, Question
from autoscaler.sources.resource_metrics import CLUSTER_WIDE_FROM, ResourceMetrics
from autoscaler.sources.want import Want
from kube.client import KubeClient
from kube.errors import KubeError
from kube.program.instant_query import InstantQuery

PASS_S = 12.0  # within the 15 s after which the horizontal pod autoscaler looks again
AT_ONCE = 16  # calls of one source


class Readings:
    """What a pass was told. Each workload takes its own part."""

    def __init__(self, answers: Mapping[Want, Answer | str]) -> None:
        self._answers = answers

    def of(self, want: Want, names: Collection[str] = ()) -> Reading:
        """The reading for a workload whose pods are *names* (they do not matter for one number); KeyError: not read."""
        answer = self._answers[want]
        if isinstance(answer, str):
            return want.unavailable(answer)
        if isinstance(answer, Total):
            return answer
        try:
            return answer.of(want, names)
        except NoMetric as error:
            return want.unavailable(str(error))


class Sources:
    """`reads` counts calls since the start, by API and by how they ended (see Asking)."""

    def __init__(
        self,
        kube: KubeClient,
        *,
        prometheus: InstantQuery | None = None,
        call_s: float = CALL_S,
        pass_s: float = PASS_S,
        at_once: int = AT_ONCE,
        cluster_wide_from: int = CLUSTER_WIDE_FROM,
    ) -> None:
        asking = Asking(kube, call_s=call_s)
        self.reads: Counter[tuple[str, str]] = asking.reads
        self._pass_s, self._at_once = pass_s, at_once
        self._resource = ResourceMetrics(asking, cluster_wide_from=cluster_wide_from)
        self._custom = CustomMetrics(asking, Discovery(asking))
        self._external = ExternalMetrics(asking)
        self._prometheus = PrometheusMetrics(prometheus, asking.reads)

    async def read(self, wants: Collection[Want], *, now_s: float) -> Readings:
        """Every want is answered, if only with why not; nothing is raised. *now_s* is the wall clock's."""
        answers: dict[Want, Answer | str] = {}
        deadline_s = asyncio.get_running_loop().time() + self._pass_s

        async def answer(api: str, question: Question, gate: asyncio.Semaphore) -> None:
            got = await self._answer(api, question, gate, deadline_s)
            answers.update(dict.fromkeys(question.wants, got))

        async with asyncio.TaskGroup() as group:
            for api, questions in self._questions(wants, now_s):
                gate = asyncio.Semaphore(self._at_once)
                for question in questions:
                    group.create_task(answer(api, question, gate))
        return Readings(answers)

    def _questions(self, wants: Collection[Want], now_s: float) -> Iterator[tuple[str, Iterator[Question]]]:
        asked = dict.fromkeys(wants)  # each once, in order
        by_kind = {kind: [want for want in asked if want.kind in kind] for kind in _KINDS}
        resource, custom, external, prometheus = (by_kind[kind] for kind in _KINDS)
        yield resource_metrics.API, self._resource.questions(resource)
        yield custom_metrics.API, self._custom.questions(custom, now_s)
        yield external_metrics.API, self._external.questions(external)
        yield prometheus_metrics.API, self._prometheus.questions(prometheus)

    async def _answer(self, api: str, question: Question, gate: asyncio.Semaphore, deadline_s: float) -> Answer | str:
        """The answer, or in words why there is none."""
        try:
            async with asyncio.timeout_at(deadline_s), gate:
                return await question.ask()
        except NoMetric as error:
            return str(error)
        except KubeError as error:
            return f"unable to fetch metrics from {api}: {told(error)}"
        except TimeoutError:
            return f"unable to fetch metrics from {api}: no answer within {self._pass_s:g} s"


_KINDS = (("Resource", "ContainerResource"), ("Pods", "Object"), ("External",), ("Prometheus",))
