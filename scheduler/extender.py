"""The desk that answers kube-scheduler: each verb by the part that knows it, and nothing before the nodes are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scheduler.binding import Binder
from scheduler.explaining import Explainer
from scheduler.placing import Placer
from scheduler.preempting import Preempter
from scheduler.wire import BindAsked, FilterAnswer, NodesAsked, NodeVictims, PreemptAsked


class Extender:
    """A `scheduler.desk.Desk`."""

    def __init__(
        self,
        placer: Placer,
        binder: Binder,
        preempter: Preempter,
        explainer: Explainer,
        *,
        why_not: Callable[[], str],
    ) -> None:
        self._placer = placer
        self._binder = binder
        self._preempter = preempter
        self._explainer = explainer
        self._why_not = why_not

    async def filter(self, asked: NodesAsked) -> FilterAnswer:
        """An error while nodes and pods are not known: passing all on would place a pod with limits anywhere.

        A request with whole nodes brings what is needed to judge their labels, so it is answered all the same.
        """
        problem = self.unready() if asked.items is None else ""
        return FilterAnswer(error=f"edgeward is not ready: {problem}") if problem else await self._placer.filter(asked)

    async def prioritize(self, asked: NodesAsked) -> list[int]:
        """Zeros while nothing is known: kube-scheduler's own scores decide then."""
        if asked.items is None and self.unready():
            return [0] * len(asked.names)
        return await self._placer.prioritize(asked)

    async def bind(self, asked: BindAsked) -> str:
        """Nothing is promised before it is known what is held."""
        problem = self.unready()
        return f"edgeward is not ready: {problem}" if problem else await self._binder.bind(asked)

    async def preempt(self, asked: PreemptAsked) -> dict[str, NodeVictims]:
        """Nobody is evicted on a guess."""
        return {} if self.unready() else await self._preempter.preempt(asked)

    async def explain(self, namespace: str, name: str) -> Mapping[str, object] | None:
        return await self._explainer.explain(namespace, name)

    def unready(self) -> str:
        return self._why_not()
