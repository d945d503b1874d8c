"""One EdgeAutoscaler in one pass, and the status that it gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autoscaler.applying.places import companion_name
from autoscaler.applying.workload import Workload
from autoscaler.controller import conditions, status
from autoscaler.controller.deciding import Decided
from autoscaler.controller.memory import Memory
from autoscaler.controller.subject import Subject
from autoscaler.planner.decision import Condition
from autoscaler.watching.autoscalers import Known

_OF_A_STEP = ("lastDecision", "lastScaleTime", "desiredReplicas")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was decided, and what was remembered before."""

    known: Known
    memory: Memory
    decided: Decided
    now_s: float

    def held(self) -> dict[str, Any]:
        """The status when no step is made."""
        return self._status(_conditions(self), is_made=False)

    def made(self) -> dict[str, Any]:
        """The status when the step is made."""
        step = self.decided.decision.step
        message = f"the target was changed to {step.after}" if step is not None else ""
        done = Condition(type="AbleToScale", status="True", reason="SucceededRescale", message=message)
        return self._status(_with(_conditions(self), done), is_made=True)

    def undone(self, failure: str, before: dict[str, Any]) -> dict[str, Any]:
        """The status when the step could not be made, for *failure*; empty: somebody else's number counts.

        What was said of the last step *before* holds.
        """
        found = _conditions(self)
        if failure:
            reason = conditions.FAILED_UPDATE
            found = _with(found, Condition(type="AbleToScale", status="False", reason=reason, message=failure))
        after = self._status(found, is_made=False)
        for name in _OF_A_STEP:
            after.pop(name, None)
        return {**after, **{name: before[name] for name in _OF_A_STEP if name in before}}

    def _status(self, found: Iterable[Condition], *, is_made: bool) -> dict[str, Any]:
        subject, before = self.decided.subject, self.memory.status
        said = conditions.merged(before.get("conditions") or (), found, now_s=self.now_s, generation=subject.generation)
        return status.decided(before, said, subject, self.decided.decision, now_s=self.now_s, is_made=is_made)


def versions(subject: Subject) -> dict[str, str]:
    """What the watch shows of all that a step may write, by path."""
    shown = {subject.workload.path: subject.scaled.version}
    for place, companion in subject.companions.items():
        name = companion_name(subject.workload.name, place)
        shown[Workload(namespace=subject.name[0], name=name).path] = companion.version
    return shown


def _conditions(case: Case) -> list[Condition]:
    decision, subject = case.decided.decision, case.decided.subject
    found = list(decision.conditions)
    for each in (
        conditions.of_metrics(decision),
        conditions.of_foreign(subject.foreign, subject.scaled.selector_text),
        conditions.of_dry_run(decision.step) if subject.asked.dry_run else None,
    ):
        if each is not None:
            found = _with(found, each)
    return found


def _with(found: Iterable[Condition], other: Condition) -> list[Condition]:
    return [*(each for each in found if each.type != other.type), other]
