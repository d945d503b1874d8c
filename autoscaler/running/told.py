"""What becomes of what the loop says: Events for people, counters for Prometheus, log lines, records for replays."""

from __future__ import annotations

import logging
import math
from collections import Counter

from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused, Unanswered
from autoscaler.controller.conditions import Told
from autoscaler.controller.deciding import Decided
from autoscaler.planner import record
from autoscaler.planner.observation import PodValues, Total
from autoscaler.running.decision_file import DecisionFile
from autoscaler.running.metrics import Metrics
from autoscaler.watching.autoscalers import API_VERSION, KIND, Known
from kube.events import EventRecorder, ObjectRef

LOG = logging.getLogger(__name__)


class Teller:
    """`Telling` for a program. *decisions* None: no decision log."""

    def __init__(self, metrics: Metrics, events: EventRecorder, decisions: DecisionFile | None) -> None:
        self._metrics = metrics
        self._events = events
        self._decisions = decisions
        self._logged: dict[str, bytes] = {}  # uid → the answer that the decision log has last
        self._rungs: dict[str, str] = {}  # uid → rung
        self._foreign: dict[str, int] = {}
        self._oldest_s = self._ages_s = math.nan  # of the last pass, and of the one under way

    # asked

    def rungs(self) -> dict[str, int]:
        """How many are on each rung, as they were decided on last."""
        return Counter(self._rungs.values())

    def foreign(self) -> int:
        """Pods of other owners that selectors select."""
        return sum(self._foreign.values())

    def oldest_s(self) -> float:
        """Age of the oldest metric of the last pass."""
        return self._oldest_s

    # told

    def turned(self, known: Known, told: Told) -> None:
        """An Event, and a line."""
        self._events.note(about(known), told.reason, told.message, told.type)
        LOG.info("a condition turned", extra={**_named(known), "reason": told.reason, "why": told.message})

    def decided(self, decided: Decided) -> None:
        """Counted, and recorded if it is news."""
        uid, decision = decided.subject.uid, decided.decision
        self._metrics.decisions.labels(decision.step.kind if decision.step else "Hold").inc()
        self._rungs[uid] = decision.rung
        self._foreign[uid] = len(decided.subject.foreign)
        for reading in decided.seen.readings:
            self._age(decided.seen.now_s, reading)
        if self._decisions is not None:
            self._record(decided, self._decisions)

    def would(self, known: Known, decided: Decided) -> None:
        """An Event of what would have been done."""
        step = decided.decision.step
        assert step is not None
        self._metrics.steps.labels(step.kind, "DryRun").inc()
        message = f"dry run: would go from {step.before} to {step.after}: {step.why}"
        self._events.note(about(known), f"Would{step.kind}", message)
        LOG.info("would make a step", extra={**_named(known), "step": step.kind, "why": message})

    def done(self, known: Known, decided: Decided, outcome: Outcome) -> None:
        """One Event a step, with its numbers; or what came of it instead."""
        step = decided.decision.step
        assert step is not None
        unchanged = isinstance(outcome, Done) and not outcome.wrote
        self._metrics.steps.labels(step.kind, "Unchanged" if unchanged else type(outcome).__name__).inc()
        text = f"{step.before} → {step.after}: {step.why}"
        match outcome:
            case Done(wrote=False):
                LOG.info(
                    "it is already as a step would make it", extra={**_named(known), "step": step.kind, "why": text}
                )
            case Done():
                self._events.note(about(known), step.kind, text)
                LOG.info("made a step", extra={**_named(known), "step": step.kind, "why": text})
            case ChangedByOthers(message):
                kept = f"{message}; that is kept"
                self._events.note(about(known), "ChangedByOthers", kept, "Warning", action=step.kind)
                LOG.warning("somebody else changed it", extra={**_named(known), "step": step.kind, "why": kept})
            case Refused(reason, message):
                failed = f"{text}: {reason}: {message}"
                self._events.note(about(known), f"Failed{step.kind}", failed, "Warning", action=step.kind)
                LOG.warning("a step failed", extra={**_named(known), "step": step.kind, "why": failed})
            case Unanswered(message):
                unsure = f"{text}: no answer, so it may have been done: {message}"
                self._events.note(about(known), f"Unanswered{step.kind}", unsure, "Warning", action=step.kind)
                LOG.warning("a step was not answered", extra={**_named(known), "step": step.kind, "why": unsure})

    def status_failed(self, known: Known, problem: str) -> None:
        """Counted; the next pass tries again."""
        self._metrics.status_failures.inc()
        LOG.warning("a status is not written", extra={**_named(known), "why": problem})

    def failed(self, known: Known, error: Exception) -> None:
        """Counted; whoever caught it has logged it."""
        self._metrics.failures.inc()

    def passed(self, autoscalers: int, seconds: float) -> None:
        """A pass over all is over."""
        self._metrics.pass_s.observe(seconds)
        self._oldest_s, self._ages_s = self._ages_s, math.nan
        if self._decisions is not None:
            self._decisions.flush()
        LOG.debug("looked at all", extra={"autoscalers": autoscalers, "seconds": round(seconds, 3)})

    def forget(self, uid: str) -> None:
        """It is deleted."""
        for kept in (self._logged, self._rungs, self._foreign):
            kept.pop(uid, None)

    def clear(self) -> None:
        """Somebody else leads."""
        for kept in (self._logged, self._rungs, self._foreign):
            kept.clear()

    def _age(self, now_s: float, reading: object) -> None:
        stamps: list[float] = []
        if isinstance(reading, PodValues):
            stamps = [sample.timestamp_s for sample in reading.samples.values()]
        elif isinstance(reading, Total) and reading.timestamp_s is not None:
            stamps = [reading.timestamp_s]
        if stamps:
            self._ages_s = max(now_s - min(stamps), self._ages_s) if self._ages_s >= 0 else now_s - min(stamps)

    def _record(self, decided: Decided, file: DecisionFile) -> None:
        """Records with a step, and those that hold for another reason than the last."""
        decision, subject = decided.decision, decided.subject
        news = f"{decision.wanted} {decision.rung} {decision.desired}".encode()
        if decision.step is None and self._logged.get(subject.uid) == news:
            return
        self._logged[subject.uid] = news
        name = f"{subject.name[0]}/{subject.name[1]}@{decided.seen.now_s:.3f}"
        file.write(record.encode(name, subject.asked.spec, decided.seen, decided.before, decided.rooms_asked, decision))


def about(known: Known) -> ObjectRef:
    """What its Events are about."""
    return ObjectRef(kind=KIND, name=known.name, namespace=known.namespace, uid=known.uid, api_version=API_VERSION)


def _named(known: Known) -> dict[str, str]:
    return {"autoscaler": f"{known.namespace}/{known.name}", "uid": known.uid}
