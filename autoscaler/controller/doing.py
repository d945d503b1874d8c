"""Doing one step: the writes that lead from what is seen to what is wanted, in the order that is safe.

What gives capacity comes first and what takes it away last, and the first write that does not come through ends the
step: what is left to do is decided anew in the next pass. Replicas that come home are a step of two parts: those beyond
go when those at home serve, which `Deed.owed` is about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from autoscaler.applying.companion import keep_companion
from autoscaler.applying.outcome import Done, Outcome
from autoscaler.applying.places import CLUSTER, companion_name
from autoscaler.applying.scale import scale
from autoscaler.applying.workload import Workload
from autoscaler.controller.abroad import Abroad
from autoscaler.controller.deciding import Decided
from autoscaler.controller.farthest import Farthest
from autoscaler.controller.sizing import Sizer
from autoscaler.controller.subject import Subject
from kube.client import KubeClient

Write = tuple[str, Callable[[], Awaitable[Outcome]]]  # the path of what is written ('': of pods), and how


@dataclass(frozen=True, slots=True)
class Deed:
    """How a step ended, the versions of what was written by path (an empty one: it is gone), and what is left of it."""

    outcome: Outcome
    versions: Mapping[str, str] = field(default_factory=dict)
    wrote: bool = False
    owed: Mapping[str, int] = field(default_factory=dict)  # place → replicas, when home is ready


class Doer:
    """Writes through one client. *may_act* is asked before each write: a step ends with the leadership."""

    def __init__(
        self, client: KubeClient, sizer: Sizer, farthest: Farthest, abroad: Abroad, *, may_act: Callable[[], bool]
    ) -> None:
        self._client = client
        self._sizer = sizer
        self._farthest = farthest
        self._abroad = abroad
        self._may_act = may_act

    async def do(self, decided: Decided) -> Deed:
        """Make the step."""
        wanted, subject = decided.decision.wanted, decided.subject
        deed = await self._all(self._writes(decided))
        comes_home = wanted.home > subject.scaled.replicas
        owed = _fewer(subject, wanted.beyond) if comes_home and isinstance(deed.outcome, Done) else {}
        return Deed(deed.outcome, deed.versions, deed.wrote, owed)

    async def give_back(self, subject: Subject, owed: Mapping[str, int]) -> Deed:
        """The second part of coming home."""
        return await self._all(self._beyond(subject, place, number) for place, number in owed.items())

    async def keep(self, subject: Subject, place: str) -> Deed:
        """The companion there has home's present pod template, and as many replicas as before."""
        return await self._all(iter([self._beyond(subject, place, subject.beyond[place])]))

    async def _all(self, writes: Iterator[Write]) -> Deed:
        versions: dict[str, str] = {}
        outcome: Outcome = Done(wrote=False)
        wrote = False
        for path, write in writes:
            if not self._may_act():
                break
            outcome = await write()
            if not isinstance(outcome, Done):
                break
            wrote = wrote or outcome.wrote
            if outcome.wrote and path:
                versions[path] = outcome.version
        if isinstance(outcome, Done):  # of all writes, not of the last
            outcome = replace(outcome, wrote=wrote)
        return Deed(outcome, versions, wrote)

    def _writes(self, decided: Decided) -> Iterator[Write]:
        subject, wanted = decided.subject, decided.decision.wanted
        scaled = subject.scaled
        if decided.decision.step is not None and decided.decision.step.kind in ("ScaleUp", "ScaleDown"):
            yield "", lambda: self._sizer.step(decided)
        if wanted.home > scaled.replicas:
            yield self._home(subject, wanted.home)
        for place, number in wanted.beyond.items():
            if number > subject.beyond.get(place, 0):
                yield self._beyond(subject, place, number)
        if wanted.home > scaled.replicas:
            return
        for place, number in _fewer(subject, wanted.beyond).items():
            yield self._beyond(subject, place, number)
        if wanted.home < scaled.replicas:
            yield "", lambda: self._farthest.mark(subject, scaled.replicas - wanted.home)
            yield self._home(subject, wanted.home)

    def _home(self, subject: Subject, to: int) -> Write:
        scaled = subject.scaled
        return subject.workload.path, lambda: scale(
            self._client, subject.workload, seen=scaled.replicas, version=scaled.version, to=to
        )

    def _beyond(self, subject: Subject, place: str, to: int) -> Write:
        seen = subject.beyond.get(place, 0)
        if place.startswith(CLUSTER):
            secret = subject.asked.clusters[place.removeprefix(CLUSTER)]
            return "", lambda: self._abroad.keep(subject.workload, subject.owner, place, secret, replicas=to, seen=seen)
        companion = Workload(namespace=subject.name[0], name=companion_name(subject.workload.name, place))
        return companion.path, lambda: keep_companion(
            self._client, subject.workload, subject.owner, place, replicas=to, seen=seen
        )


def _fewer(subject: Subject, wanted: Mapping[str, int]) -> dict[str, int]:
    return {place: wanted.get(place, 0) for place, number in subject.beyond.items() if wanted.get(place, 0) < number}
