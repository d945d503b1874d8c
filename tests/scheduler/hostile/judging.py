"""What an answer must be, whatever was asked: JSON of the verb's own type, and every node of a question told once.

Strict where Go's decoder is: no NaN, no score that is not an integer, no reason that is not a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from scheduler.errors import WireError
from scheduler.verbs import VERBS
from scheduler.wire import BindAsked, NodesAsked, PreemptAsked

_READ: dict[str, Callable[[bytes], Any]] = {verb.name: verb.read for verb in VERBS}


def judge(verb: str, body: bytes, answer: bytes) -> bool:
    """AssertionError when the answer is not what it must be. Could the question be read?"""
    told = json.loads(answer.decode(), parse_constant=_never, parse_int=_integer)
    try:
        asked = _READ[verb](body)
    except WireError:
        asked = None
    judges: dict[str, Callable[[Any, Any], None]]
    judges = {"filter": _filter, "prioritize": _prioritize, "bind": _bind, "preempt": _preempt}
    judges[verb](asked, told)
    return asked is not None


def _filter(asked: NodesAsked | None, told: Any) -> None:
    assert told.keys() == {"Nodes", "NodeNames", "FailedNodes", "FailedAndUnresolvableNodes", "Error"}
    failed, unresolvable = told["FailedNodes"], told["FailedAndUnresolvableNodes"]
    for reasons in (failed, unresolvable):
        assert all(isinstance(reason, str) and reason for reason in reasons.values())
    if asked is None:
        assert told["Error"]
        assert told["Nodes"] is None
        assert told["NodeNames"] is None
        return
    assert told["Error"] == ""
    if asked.items is None:
        assert told["Nodes"] is None
        passed = told["NodeNames"]
    else:
        assert told["NodeNames"] is None
        passed = [item["metadata"]["name"] for item in told["Nodes"]["items"]]
    assert sorted([*passed, *failed, *unresolvable]) == sorted(set(asked.names))


def _prioritize(asked: NodesAsked | None, told: Any) -> None:
    assert {entry["Host"] for entry in told} == set(asked.names if asked else ())
    for entry in told:
        assert entry.keys() == {"Host", "Score"}
        assert type(entry["Score"]) is int
        assert 0 <= entry["Score"] <= 100  # top_score of the shipped profiles


def _bind(asked: BindAsked | None, told: Any) -> None:
    assert isinstance(told["Error"], str)
    assert asked or told["Error"]


def _preempt(asked: PreemptAsked | None, told: Any) -> None:
    assert told.keys() == {"NodeNameToMetaVictims"}
    for node, victims in told["NodeNameToMetaVictims"].items():
        assert asked
        assert node in asked.victims
        assert victims.keys() == {"Pods", "NumPDBViolations"}
        assert type(victims["NumPDBViolations"]) is int
        assert victims["Pods"]
        assert all(pod.keys() == {"UID"} and pod["UID"] for pod in victims["Pods"])


def _integer(digits: str) -> int | str:
    """Nodes go back as they came, also with a number in them that Python would not read."""
    return int(digits) if len(digits) < 20 else digits


def _never(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")
