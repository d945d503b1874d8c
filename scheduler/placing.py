"""Filter and prioritize: which of the nodes offered the pod may go to, and how good each is.

Both are pure: nothing is promised or written (only bind does that), so anybody may ask what would be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import msgspec

from policies.engine.answers import UNKNOWN, Filtered, filtered, prioritized
from policies.engine.decide import Engine
from policies.errors import PolicyError
from policies.model.snapshot import Snapshot
from scheduler.deciding import Decider
from scheduler.decisions import DecisionLog
from scheduler.ledger import Ledger
from scheduler.reading import PodReader, Subject
from scheduler.recent import Recent
from scheduler.short import short
from scheduler.strangers import UNREADABLE, Surroundings, judged
from scheduler.wire import FilterAnswer, NodesAsked

PROMISE = "promise"  # in the place of a policy's name
_OURS = "policies."
WISHES = "wishes"  # in the place of a policy's name: what the pod asks for cannot be read


class Placer:
    """Answers filter and prioritize."""

    def __init__(
        self,
        reader: PodReader,
        decider: Decider,
        *,
        snapshot: Callable[[], Snapshot],
        unreadable: Callable[[str], str],
        surroundings: Callable[[], Surroundings],
        ledger: Ledger,
        log: DecisionLog,
        recent: Recent,
        tell: Callable[[Subject, Filtered], None],
        clock: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._decider = decider
        self._snapshot = snapshot
        self._unreadable = unreadable
        self._surroundings = surroundings
        self._ledger = ledger
        self._log = log
        self._recent = recent
        self._tell = tell
        self._clock = clock

    async def filter(self, asked: NodesAsked) -> FilterAnswer:
        """Every node offered, in one of the three lists."""
        try:
            subject = self._reader.read(asked.pod)
        except PolicyError as error:
            return _unreadable(asked.names, error)
        if subject.is_pinned:  # a DaemonSet's pod: its node is no choice of ours, even if it is not ready
            return FilterAnswer(passed=list(asked.names), failed={}, unresolvable={})
        pod, engine = subject.pod, subject.engine
        promised = self._promised(pod.uid, asked.names)
        if promised:
            return _only(promised, asked.names)
        shortlist = self._recent.begin(pod.uid)
        nodes = self._snapshot()
        strange = _strangers(asked, nodes)
        if strange:
            around, known = self._surroundings(), [name for name in asked.names if name not in strange]
            answer = await self._decider.ask(
                lambda: _together(
                    asked.names,
                    filtered(engine, nodes, pod.of, known, shortlist=shortlist),
                    judged(engine, pod.of, strange, around=around),
                )
            )
        else:
            question = self._log.ask("filter", pod, engine.profile.name, nodes, asked.names, shortlist=shortlist)
            try:
                answer = await self._decider.ask(
                    lambda: filtered(engine, nodes, pod.of, asked.names, shortlist=shortlist),
                    is_short=_is_short(engine),
                )
                self._log.filtered(question, answer)
            finally:
                self._log.late(question)
        self._recent.keep(pod.uid, answer, profile=engine.profile.name, by_shortlist=shortlist, at_s=self._clock())
        self._tell(subject, answer)
        return self._told(answer)

    async def prioritize(self, asked: NodesAsked) -> list[int]:
        """The score of each node offered, in their order."""
        known = self._recent.scores(asked.pod.uid, asked.names)
        if known is not None:
            return known
        try:
            subject = self._reader.read(asked.pod)
        except PolicyError:
            return [0] * len(asked.names)  # filter has said why
        if subject.is_pinned:
            return [0] * len(asked.names)
        pod, engine, nodes = subject.pod, subject.engine, self._snapshot()
        last = self._recent.answer(pod.uid)
        shortlist = last is None or last.by_shortlist
        question = self._log.ask("prioritize", pod, engine.profile.name, nodes, asked.names, shortlist=shortlist)
        try:
            integers = await self._decider.ask(
                lambda: prioritized(engine, nodes, pod.of, asked.names, shortlist=shortlist),
                is_short=_is_short(engine),
            )
            self._log.prioritized(question, integers)
        finally:
            self._log.late(question)
        return integers

    def _promised(self, uid: str, names: Sequence[str]) -> str:
        """The node on which the pod's devices are promised to it, if it is among those offered.

        It comes again because nobody knows whether its binding came through. Where it holds a place it has one, and
        anywhere else it would be charged twice. A promise that is of no use any more is given back.
        """
        held = self._ledger.held(uid)
        if held is None or held.node in names:
            return held.node if held else ""
        self._ledger.release(uid)
        return ""

    def _told(self, answer: Filtered) -> FilterAnswer:
        failed: dict[str, str] = {}
        unresolvable: dict[str, str] = {}
        for policy, is_final, nodes, reasons in answer.refused:
            into = unresolvable if is_final else failed
            texts = {reason: told(policy, reason) for reason in set(reasons)}  # of thousands few differ
            if len(texts) == 1:
                into |= dict.fromkeys(nodes, *texts.values())
            else:
                into.update(zip(nodes, map(texts.__getitem__, reasons), strict=True))
            if policy == UNKNOWN:
                problems = ((node, self._unreadable(node)) for node in nodes)
                failed |= {node: told(UNREADABLE, problem) for node, problem in problems if problem}
        return FilterAnswer(passed=answer.passed, failed=failed, unresolvable=unresolvable)


def _is_short(engine: Engine) -> bool:
    """Our own policies are plain arithmetic on arrays; a user's may do anything."""
    return all(type(step.policy).__module__.startswith(_OURS) for step in engine.profile.steps)


def told(policy: str, reason: str) -> str:
    """A refusal as an operator reads it in `kubectl describe pod`, where equal ones are counted together."""
    # kube-scheduler takes the text for a format, in which a per-cent sign would be missing its argument
    return f"edgeward {policy}: {short(reason)}".replace("%", " per cent")


def _unreadable(names: Sequence[str], error: PolicyError) -> FilterAnswer:
    """No node will do until the pod is mended; it must not be placed as if it had asked for nothing."""
    return FilterAnswer(passed=[], failed={}, unresolvable=dict.fromkeys(names, told(WISHES, str(error))))


def _only(node: str, names: Sequence[str]) -> FilterAnswer:
    reason = told(PROMISE, f"{node} is promised to it already")
    return FilterAnswer(passed=[node], failed={name: reason for name in names if name != node}, unresolvable={})


def _strangers(asked: NodesAsked, nodes: Snapshot) -> Mapping[str, msgspec.Raw]:
    if asked.items is None:
        return {}
    return {
        name: item
        for name, item, slot in zip(asked.names, asked.items, nodes.slots_of(asked.names).tolist(), strict=True)
        if slot < 0
    }


def _together(names: Sequence[str], ours: Filtered, strangers: Filtered) -> Filtered:
    """Both answers as one; what passed is in the order of *names*."""
    score = dict(
        chain(zip(ours.passed, ours.integers, strict=True), zip(strangers.passed, strangers.integers, strict=True))
    )
    passed = [name for name in names if name in score]
    return Filtered(
        passed=passed,
        integers=[score[name] for name in passed],
        refused=[*ours.refused, *strangers.refused],
        shortened=ours.shortened,
    )
