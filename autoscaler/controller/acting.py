"""What follows from one decision: a step or none, the status, the Events, and what is remembered.

A step's history is written before the step. Should we die between the two, whoever leads next waits one period too
long; the other way round it would make the step twice. A history that cannot be written means that nothing is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autoscaler.applying.outcome import ChangedByOthers, Done, Refused
from autoscaler.controller import behind, conditions, status
from autoscaler.controller.abroad import Abroad
from autoscaler.controller.case import Case, versions
from autoscaler.controller.deciding import Decider
from autoscaler.controller.doing import Deed, Doer
from autoscaler.controller.finding import find
from autoscaler.controller.memory import Memories, Memory
from autoscaler.controller.refusal import Refusal
from autoscaler.controller.sizing import Sizer, late
from autoscaler.controller.statuses import Statuses
from autoscaler.controller.subject import Subject
from autoscaler.controller.telling import Telling
from autoscaler.planner.decision import Condition
from autoscaler.planner.observation import HOME, UP
from autoscaler.sources.sources import Readings
from autoscaler.watching.autoscalers import Known
from autoscaler.watching.watched import Watched

HOME_READY_S = 120.0  # for replicas that came home to serve; else those beyond stay
AGAIN_S = 60.0  # at least, before what was refused is tried again
AT_ONCE = 16  # steps under way, and as many statuses

LOG = logging.getLogger(__name__)


class Actor:
    """Decides on one after the other, and acts beside the pass."""

    def __init__(
        self,
        watched: Watched,
        decider: Decider,
        doer: Doer,
        sizer: Sizer,
        abroad: Abroad,
        statuses: Statuses,
        memories: Memories,
        telling: Telling,
        *,
        clock: Callable[[], float],
        may_act: Callable[[], bool],
        at_once: int = AT_ONCE,
    ) -> None:
        self.clock = clock
        self.may_act = may_act
        self.goes_on = True
        self._watched = watched
        self._decider = decider
        self._doer = doer
        self._sizer = sizer
        self._abroad = abroad
        self._statuses = statuses
        self._memories = memories
        self._telling = telling
        self._steps = asyncio.Semaphore(at_once)
        self._says = asyncio.Semaphore(at_once)

    def begin(self) -> None:
        """A pass begins."""
        self._statuses.begin()

    def lead(self, *, now: bool) -> None:
        """Whether one goes on leading. When not, steps under way are ended, and nothing else is begun."""
        self.goes_on = now

    def one(self, known: Known, readings: Readings, steps: asyncio.TaskGroup, says: asyncio.TaskGroup) -> None:
        """Decide on this one. A step becomes a task of *steps*; a status that changed without one, of *says*."""
        memory, now_s = self._memories.of(known), self.clock()
        if known.deleting:
            return
        subject = find(known, self._watched, self._abroad.of(known.uid))
        if isinstance(subject, Refusal):
            self._say(known, memory, _refused(known, memory, subject, now_s), says)
            return
        if behind.is_behind(memory, versions(subject), now_s):
            return
        decided = self._decider.decide(subject, memory, readings, now_s)
        self._telling.decided(decided)
        case, decision = Case(known=known, memory=memory, decided=decided, now_s=now_s), decided.decision
        if decision.step is not None and not subject.asked.dry_run:
            steps.create_task(self._guarded(known, self._steps, self._act(case)))
            return
        self._mend(case, steps)
        memory.history = decision.history if decision.step is None else decision.unmoved
        would = f"{decision.step.kind} {decision.step.before} {decision.step.after}" if decision.step else ""
        if would and memory.said != would:
            self._telling.would(known, decided)
        memory.said = would
        self._say(known, memory, case.held(), says)

    def _mend(self, case: Case, steps: asyncio.TaskGroup) -> None:
        """What earlier steps still ask for: replicas beyond to give back, new replicas to be given their size."""
        subject, memory = case.decided.subject, case.memory
        asked, size = subject.asked, memory.history.size
        if asked.dry_run or asked.spec.paused:
            return
        if memory.owed and (_is_ready(subject) or case.now_s >= memory.owed_until_s):
            owed, memory.owed = memory.owed, {}
            if _is_ready(subject):  # else they stay, and the planner sees both
                steps.create_task(self._guarded(case.known, self._steps, self._give_back(case, owed)))
                return
        if (stale := _stale(case)) and case.now_s >= memory.keep_after_s:
            memory.keep_after_s = case.now_s + AGAIN_S
            steps.create_task(self._guarded(case.known, self._steps, self._keep(case, stale)))
        if asked.spec.vertical.mode == "InPlace" and case.decided.seen.resizable and late(subject.pods, size):
            steps.create_task(self._guarded(case.known, self._steps, self._sizer.late(subject, size)))

    async def _give_back(self, case: Case, owed: Mapping[str, int]) -> None:
        deed = await self._doer.give_back(case.decided.subject, owed)
        behind.note(case.memory, deed.versions, self.clock())

    async def _keep(self, case: Case, places: Sequence[str]) -> None:
        subject, memory = case.decided.subject, case.memory
        for place in places:
            deed = await self._doer.keep(subject, place)
            behind.note(memory, deed.versions, self.clock())
            if isinstance(deed.outcome, Done):
                memory.kept[place] = subject.scaled.template
            else:
                extra = {"autoscaler": f"{case.known.namespace}/{case.known.name}", "why": deed.outcome.message}
                LOG.warning("a companion is not in step with its target", extra=extra)

    def _say(self, known: Known, memory: Memory, after: Mapping[str, Any], says: asyncio.TaskGroup) -> None:
        """Write the status if that is due, beside the pass; of one autoscaler only the latest waits for its turn."""
        if memory.pending is not None:
            memory.pending = after
        elif not memory.lock.locked() and self._statuses.is_due(memory, after):
            memory.pending = after
            says.create_task(self._guarded(known, self._says, self._write(known, memory)))

    async def _write(self, known: Known, memory: Memory, after: Mapping[str, Any] | None = None) -> bool:
        """Write that status, or else the one that waits; what waits is older than a step's, and goes with it."""
        async with memory.lock:
            after, memory.pending = after or memory.pending, None
            if after is None or not self.may_act():
                return False
            before = memory.status.get("conditions") or ()
            problem = await self._statuses.write(known, memory, after, memory.history)
        if problem:
            self._telling.status_failed(known, problem)
            return False
        for told in conditions.turns(before, after["conditions"]):
            self._telling.turned(known, told)
        return True

    async def _act(self, case: Case) -> None:
        known, memory, decision = case.known, case.memory, case.decided.decision
        before = dict(memory.status)
        memory.history = decision.history
        if not await self._write(known, memory, case.made()):
            memory.history = decision.unmoved
            return
        deed = await self._doer.do(case.decided)
        behind.note(memory, deed.versions, self.clock())
        memory.owed, memory.owed_until_s = deed.owed, self.clock() + HOME_READY_S
        self._telling.done(known, case.decided, deed.outcome)
        if _is_undone(deed):
            memory.history = decision.unmoved
            if isinstance(deed.outcome, ChangedByOthers):  # a change like ours: nothing is taken away for a period
                memory.history = replace(decision.unmoved, last_change_s=case.now_s)
            if isinstance(deed.outcome, Refused):
                again_s = case.now_s + max(AGAIN_S, case.decided.subject.asked.spec.horizontal.out_period_s)
                memory.refused.update(dict.fromkeys(_grown(case), (deed.outcome.message, again_s)))
            failure = deed.outcome.message if isinstance(deed.outcome, Refused) else ""
            await self._write(known, memory, case.undone(failure, before))

    async def _guarded(self, known: Known, gate: asyncio.Semaphore, work: Coroutine[Any, Any, object]) -> None:
        async with gate:
            if not self.goes_on:  # many may have waited for their turn
                work.close()
                return
            try:
                await work
            except Exception as error:  # the reconcile loop: one that fails must not stop the others
                LOG.exception("failed to act", extra={"autoscaler": f"{known.namespace}/{known.name}"})
                self._telling.failed(known, error)


def _is_undone(deed: Deed) -> bool:
    """Nothing was written. A step of which a part was, or may have been, counts: its period begins."""
    return isinstance(deed.outcome, ChangedByOthers | Refused) and not deed.wrote


def _grown(case: Case) -> list[str]:
    """What the step was to make bigger, where another rung or place can do instead."""
    decision, beyond = case.decided.decision, case.decided.subject.beyond
    match decision.step.kind if decision.step else None:
        case "ScaleUp":
            return [UP]
        case "OverEdge":
            return [place for place, number in decision.wanted.beyond.items() if number > beyond.get(place, 0)]
        case _:
            return []


def _stale(case: Case) -> list[str]:
    """Places whose companions may have another template than home by now; after a change of leader all may."""
    subject = case.decided.subject
    template, places = subject.scaled.template, subject.asked.spec.over_edge.places
    return [place for place in places if subject.beyond.get(place) and case.memory.kept.get(place, b"") != template]


def _is_ready(subject: Subject) -> bool:
    """Do all replicas at home serve?"""
    home = [pod for pod in subject.pods if pod.place == HOME and not pod.deleting and pod.ready == "True"]
    return len(home) >= subject.scaled.replicas


def _refused(known: Known, memory: Memory, refusal: Refusal, now_s: float) -> dict[str, Any]:
    before = memory.status.get("conditions") or ()
    gone = {refusal.type, conditions.VALID}
    kept = [
        Condition(type=each["type"], status=each["status"], reason=each["reason"], message=each["message"])
        for each in before
        if each["type"] not in gone
    ]
    found = [*kept, conditions.of_refusal(refusal)]
    said = conditions.merged(before, found, now_s=now_s, generation=known.generation)
    return status.refused(memory.status, said, generation=known.generation)
