"""The desk that answers kube-scheduler: each verb by the part that knows it, and nothing before the nodes are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scheduler.binding import Binder
from scheduler.deciding import Decider
from scheduler.explaining import Explainer
from scheduler.placing import Placer
from scheduler.preempting import Preempter
from scheduler.wire import BindAsked, FilterAnswer, NodesAsked, NodeVictims, PreemptAsked

# A decision takes milliseconds. One that was given up and runs on is a policy that waits for something.
UNREADY_AFTER_S = 5.0
BROKEN_AFTER_S = 60.0


class Extender:
    """A `scheduler.desk.Desk`."""

    def __init__(
        self,
        placer: Placer,
        binder: Binder,
        preempter: Preempter,
        explainer: Explainer,
        decider: Decider,
        *,
        why_not: Callable[[], str],
    ) -> None:
        self._placer = placer
        self._binder = binder
        self._preempter = preempter
        self._explainer = explainer
        self._decider = decider
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
        told, problem = await self._explainer.explain(namespace, name), self.unready()
        return {"Error": f"edgeward is not ready: {problem}"} if told is None and problem else told

    def unready(self) -> str:
        """Also while decisions hang: an error lets kube-scheduler go on without us, or say why the pod waits."""
        stuck_s = self._decider.stuck_s
        return f"a decision has hung for {stuck_s:.0f} s" if stuck_s > UNREADY_AFTER_S else self._why_not()

    def broken(self) -> str:
        stuck_s = self._decider.stuck_s
        return f"a decision has hung for {stuck_s:.0f} s" if stuck_s > BROKEN_AFTER_S else ""
