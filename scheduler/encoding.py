"""Answers encoded as kube-scheduler's client reads them, or AnswerError: it never complains where it misunderstands.

What that client makes of 40 answers is known (`tests/scheduler/test_encoding.py` has the table). So all keys are
spelled exactly, a list that is meant is there, a score is an integer, and preemption answers with meta victims whatever
it was asked with. The check that every node is answered once costs nothing beside the encoding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import index

import msgspec

from scheduler.errors import AnswerError
from scheduler.wire import FilterAnswer, NodesAsked, NodeVictims, PreemptAsked

_ENCODER = msgspec.json.Encoder()


class _NodeList(msgspec.Struct):
    items: list[msgspec.Raw]


class _FilterResult(msgspec.Struct, rename="pascal"):
    nodes: _NodeList | None = None
    node_names: list[str] | None = None
    failed_nodes: Mapping[str, str] = {}
    failed_and_unresolvable_nodes: Mapping[str, str] = {}
    error: str = ""


class _HostPriority(msgspec.Struct, rename="pascal", gc=False):
    host: str
    score: int


class _BindResult(msgspec.Struct, rename="pascal"):
    error: str


class _Uid(msgspec.Struct):
    uid: str = msgspec.field(name="UID")


class _MetaVictims(msgspec.Struct):
    pods: list[_Uid] = msgspec.field(name="Pods")
    violations: int = msgspec.field(name="NumPDBViolations")


class _PreemptResult(msgspec.Struct, rename="pascal"):
    node_name_to_meta_victims: dict[str, _MetaVictims]


def encode_filter(asked: NodesAsked, answer: FilterAnswer) -> bytes:
    """The nodes that passed as they came (names, or the very bytes of whole nodes), and a reason for each other one."""
    if answer.error:
        return encode_error(answer.error)
    _check_each_once(asked, answer)
    _check_reasons(answer)
    whole: _NodeList | None = None
    names: list[str] | None = answer.passed
    if asked.items is not None:
        whole, names = _NodeList(_items(asked.items, asked.names, answer.passed)), None
    result = _FilterResult(whole, names, answer.failed, answer.unresolvable)
    return _ENCODER.encode(result)


def encode_error(text: str) -> bytes:
    """A filter or bind that did not work. For bind the keys of filter beside it mean nothing."""
    return _ENCODER.encode(_FilterResult(error=text))


def encode_bind(error: str) -> bytes:
    """Empty: bound."""
    return _ENCODER.encode(_BindResult(error))


def encode_prioritize(asked: NodesAsked, scores: Sequence[int]) -> bytes:
    """A score for each node, as a list at the top level; numpy's integers are integers here, and nothing else is."""
    if len(scores) != len(asked.names):
        raise AnswerError(f"prioritize wants a score for each of {len(asked.names)} nodes, got {len(scores)}")
    if set(map(type, scores)) - {int}:
        scores = _integers(asked.names, scores)
    return _ENCODER.encode(list(map(_HostPriority, asked.names, scores)))


def encode_zeros(names: Iterable[str] = ()) -> bytes:
    """No preference, which is also what kube-scheduler makes of nodes that are not listed."""
    return _ENCODER.encode([_HostPriority(name, 0) for name in names])


def encode_preempt(asked: PreemptAsked, answer: Mapping[str, NodeVictims]) -> bytes:
    """The victims on each node that is left. One without victims is left out: the client takes it for an error."""
    if strange := answer.keys() - asked.victims.keys():
        raise AnswerError(f"preempt may answer only nodes that it was asked of, got {min(strange)}")
    found = {
        node: _MetaVictims([_Uid(uid) for uid in of.uids], index(of.pdb_violations))
        for node, of in answer.items()
        if of.uids
    }
    return _ENCODER.encode(_PreemptResult(found))


def encode_no_room() -> bytes:
    """Nobody is to be evicted."""
    return _ENCODER.encode(_PreemptResult({}))


def _check_each_once(asked: NodesAsked, answer: FilterAnswer) -> None:
    if answer.passed == asked.names and not answer.failed and not answer.unresolvable:
        return
    silent = set(asked.names)
    wanted = len(silent)
    passed = len(answer.passed) if wanted == len(asked.names) else len(set(answer.passed))  # asked twice, told twice
    told = passed + len(answer.failed) + len(answer.unresolvable)
    silent.difference_update(answer.failed, answer.unresolvable, answer.passed)
    if silent or told != wanted:
        answered = [*answer.passed, *answer.failed, *answer.unresolvable]
        wrong = set(answered) ^ set(asked.names) or {name for name, times in Counter(answered).items() if times > 1}
        raise AnswerError(
            f"filter wants each of {wanted} nodes answered once, got {told} answers; look at {min(wrong)}"
        )


def _check_reasons(answer: FilterAnswer) -> None:
    for reasons in (answer.failed, answer.unresolvable):
        if set(map(type, set(reasons.values()))) - {str}:  # thousands, of which few differ
            node, reason = next((n, r) for n, r in reasons.items() if type(r) is not str)
            raise AnswerError(f"the reason why {node} is refused must be text, got {reason!r}")


def _items(items: list[msgspec.Raw], names: list[str], passed: list[str]) -> list[msgspec.Raw]:
    if len(passed) == len(names):
        return items
    of = dict(zip(names, items, strict=True))
    return [of[name] for name in passed]


def _integers(names: Sequence[str], scores: Sequence[object]) -> list[int]:
    found = []
    for name, score in zip(names, scores, strict=True):
        try:
            found.append(int(index(score)))  # type: ignore[arg-type]  # what has no index is what we look for
        except TypeError:
            raise AnswerError(f"the score of {name} must be an integer, got {score!r}") from None
    return found
