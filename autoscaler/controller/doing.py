"""Doing one step: the writes that lead from what is seen to what is wanted, in the order that is safe.

What gives capacity comes first and what takes it away last, and the first write that does not come through ends the
step: what is left to do is decided anew in the next pass.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from autoscaler.applying.companion import keep_companion
from autoscaler.applying.outcome import Done, Outcome
from autoscaler.applying.places import companion_name
from autoscaler.applying.scale import scale
from autoscaler.applying.workload import Workload
from autoscaler.controller.subject import Subject
from autoscaler.planner.decision import Wanted
from kube.client import KubeClient

Write = tuple[str, Callable[[], Awaitable[Outcome]]]  # the path of what is written, and how


@dataclass(frozen=True, slots=True)
class Deed:
    """How a step ended, and the versions of what was written, by path; an empty one: it is gone."""

    outcome: Outcome
    versions: dict[str, str] = field(default_factory=dict)


class Doer:
    """Writes through one client. *may_act* is asked before each write: a step ends with the leadership."""

    def __init__(self, client: KubeClient, *, may_act: Callable[[], bool]) -> None:
        self._client = client
        self._may_act = may_act

    async def do(self, subject: Subject, wanted: Wanted) -> Deed:
        """Make it so."""
        versions: dict[str, str] = {}
        outcome: Outcome = Done(wrote=False)
        for path, write in self._writes(subject, wanted):
            if not self._may_act():
                break
            outcome = await write()
            if not isinstance(outcome, Done):
                break
            if outcome.wrote:
                versions[path] = outcome.version
        return Deed(outcome, versions)

    def _writes(self, subject: Subject, wanted: Wanted) -> Iterator[Write]:
        more = {place: number for place, number in wanted.beyond.items() if number > subject.beyond.get(place, 0)}
        fewer = {
            place: wanted.beyond.get(place, 0)
            for place, number in subject.beyond.items()
            if wanted.beyond.get(place, 0) < number
        }
        if wanted.home > subject.scaled.replicas:
            yield self._home(subject, wanted.home)
        for place, number in more.items():
            yield self._beyond(subject, place, number)
        for place, number in fewer.items():
            yield self._beyond(subject, place, number)
        if wanted.home < subject.scaled.replicas:
            yield self._home(subject, wanted.home)

    def _home(self, subject: Subject, to: int) -> Write:
        scaled = subject.scaled
        return subject.workload.path, lambda: scale(
            self._client, subject.workload, seen=scaled.replicas, version=scaled.version, to=to
        )

    def _beyond(self, subject: Subject, place: str, to: int) -> Write:
        companion = Workload(namespace=subject.name[0], name=companion_name(subject.workload.name, place))
        return companion.path, lambda: keep_companion(
            self._client,
            subject.workload,
            subject.owner,
            place,
            replicas=to,
            seen=subject.beyond.get(place, 0),
        )
