"""The four verbs: what is read, who is asked, and what is answered when all goes well, too late, or wrong.

Too late is not a failure of the scheduling cycle: whatever happens, kube-scheduler gets an answer in time that lets it
go on by itself. Past the deadline filter passes all nodes, prioritize prefers none, and preempt has nobody evicted,
since that cannot be taken back; only bind must say that it did not work. A question that cannot be read, or on which we
failed, is an error where the protocol has a place for one; prioritize and preempt have none, and then nothing is
preferred and nobody is evicted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from scheduler import decoding, encoding
from scheduler.desk import Desk
from scheduler.wire import BindAsked, FilterAnswer, NodesAsked, PreemptAsked

Asked = TypeVar("Asked", bound=NodesAsked | BindAsked | PreemptAsked)
VerbName = Literal["filter", "prioritize", "bind", "preempt"]


@dataclass(frozen=True, slots=True)
class Answered:
    """A body, and what it says in one word, for the metrics."""

    body: bytes
    outcome: str


class Verb(Protocol[Asked]):
    """One verb. `asked` is None when the question did not even arrive."""

    name: ClassVar[VerbName]

    def read(self, body: bytes) -> Asked:
        """The question; WireError when it cannot be read."""

    async def answer(self, desk: Desk, asked: Asked) -> Answered:
        """What the desk says."""

    def late(self, asked: Asked | None, after_s: float) -> bytes:
        """The answer when the desk was not done after that time."""

    def failed(self, text: str) -> bytes:
        """The answer when the question cannot be read, or we failed."""


class Filter:
    """Which nodes."""

    name: ClassVar[VerbName] = "filter"

    def read(self, body: bytes) -> NodesAsked:
        return decoding.decode_nodes(body)

    async def answer(self, desk: Desk, asked: NodesAsked) -> Answered:
        answer = await desk.filter(asked)
        outcome = "error" if answer.error else "passed" if answer.passed else "refused"
        return Answered(encoding.encode_filter(asked, answer), outcome)

    def late(self, asked: NodesAsked | None, after_s: float) -> bytes:
        if asked is None:
            return encoding.encode_error(_not_read(after_s))
        return encoding.encode_filter(asked, FilterAnswer(passed=asked.names))

    def failed(self, text: str) -> bytes:
        return encoding.encode_error(text)


class Prioritize:
    """Which of them rather."""

    name: ClassVar[VerbName] = "prioritize"

    def read(self, body: bytes) -> NodesAsked:
        return decoding.decode_nodes(body)

    async def answer(self, desk: Desk, asked: NodesAsked) -> Answered:
        return Answered(encoding.encode_prioritize(asked, await desk.prioritize(asked)), "scored")

    def late(self, asked: NodesAsked | None, after_s: float) -> bytes:
        return encoding.encode_zeros(asked.names if asked else ())

    def failed(self, text: str) -> bytes:
        return encoding.encode_zeros()


class Bind:
    """Put it there."""

    name: ClassVar[VerbName] = "bind"

    def read(self, body: bytes) -> BindAsked:
        return decoding.decode_bind(body)

    async def answer(self, desk: Desk, asked: BindAsked) -> Answered:
        error = await desk.bind(asked)
        return Answered(encoding.encode_bind(error), "error" if error else "bound")

    def late(self, asked: BindAsked | None, after_s: float) -> bytes:
        if asked is None:
            return encoding.encode_bind(_not_read(after_s))
        return encoding.encode_bind(
            f"binding {asked.namespace}/{asked.name} to {asked.node} timed out after {after_s:g} s, will be retried; "
            "bind is idempotent"
        )

    def failed(self, text: str) -> bytes:
        return encoding.encode_bind(text)


class Preempt:
    """Whom to evict."""

    name: ClassVar[VerbName] = "preempt"

    def read(self, body: bytes) -> PreemptAsked:
        return decoding.decode_preempt(body)

    async def answer(self, desk: Desk, asked: PreemptAsked) -> Answered:
        victims = await desk.preempt(asked)
        return Answered(encoding.encode_preempt(asked, victims), "room" if victims else "no-room")

    def late(self, asked: PreemptAsked | None, after_s: float) -> bytes:
        return encoding.encode_no_room()  # nobody is evicted on a guess

    def failed(self, text: str) -> bytes:
        return encoding.encode_no_room()


VERBS: tuple[Verb[Any], ...] = (Filter(), Prioritize(), Bind(), Preempt())


def _not_read(after_s: float) -> str:
    return f"the request did not arrive whole, or was not read, within {after_s:g} s"
