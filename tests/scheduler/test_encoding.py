"""What kube-scheduler's client makes of 40 answers, and that ours are never among those that it misreads.

Each row is one reaction of the real client (v1.36) and what follows for us. The laws below hold for any answer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.decoding import decode_nodes, decode_preempt
from scheduler.encoding import encode_bind, encode_error, encode_filter, encode_preempt, encode_prioritize
from scheduler.errors import AnswerError
from scheduler.verbs import VERBS
from scheduler.wire import BindAsked, FilterAnswer, NodeVictims
from tests.conftest import SHARED
from tests.scheduler import questions
from tests.scheduler.questions import node

PROBED = SHARED / "conformance" / "extender" / "probe_results.txt"
BY_NAME = decode_nodes(questions.by_name(["a", "b"]))
BY_NODE = decode_nodes(questions.by_node([node("a"), node("b")]))
TO_EVICT = decode_preempt(questions.preempt_meta({"a": ["u1"], "b": ["u2"]}, violations=1))
TO_BIND = BindAsked(namespace="shop", name="web-0", uid="u", node="a")
SPLIT = FilterAnswer(passed=["a"], failed={"b": "wants 1 GPU"})
FILTER_KEYS = ["Nodes", "NodeNames", "FailedNodes", "FailedAndUnresolvableNodes", "Error"]


def filtered(asked: Any = BY_NAME, answer: FilterAnswer = SPLIT) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(encode_filter(asked, answer))
    return told


def scored(*scores: Any) -> Any:
    return json.loads(encode_prioritize(BY_NAME, scores))


ASKED = {"filter": BY_NAME, "prioritize": BY_NAME, "bind": TO_BIND, "preempt": TO_EVICT}
LATE = {verb.name: verb.late(ASKED[verb.name], 4.0) for verb in VERBS}
FAILED = {verb.name: verb.failed("why") for verb in VERBS}
EVICTED = encode_preempt(TO_EVICT, TO_EVICT.victims)


def every_body() -> list[bytes]:
    """One of each kind of body that we ever send for a verb."""
    good = [
        encode_filter(BY_NAME, SPLIT), encode_filter(BY_NODE, SPLIT), encode_filter(BY_NAME, FilterAnswer(error="e")),
        encode_filter(BY_NAME, FilterAnswer(unresolvable={"a": "x", "b": "y"})),
        encode_prioritize(BY_NAME, [0, 10]), encode_bind(""), encode_bind("why"), encode_preempt(TO_EVICT, {}),
        encode_preempt(TO_EVICT, {"a": NodeVictims(uids=("u1",))}),
    ]  # fmt: skip
    return [*LATE.values(), *(verb.late(None, 4.0) for verb in VERBS), *FAILED.values(), *good]


def is_json(body: bytes) -> bool:
    return isinstance(json.loads(body), dict | list)


def keys_are_exact() -> None:
    """Go folds case but not snake_case; we are spelled as its fields are."""
    assert list(filtered()) == FILTER_KEYS
    assert [list(each) for each in scored(1, 2)] == [["Host", "Score"]] * 2


def nodes_or_names_are_there() -> None:
    """Without both the answer means that no node passed."""
    assert filtered(BY_NAME)["NodeNames"] == ["a"]
    assert [n["metadata"]["name"] for n in filtered(BY_NODE)["Nodes"]["items"]] == ["a"]
    assert filtered(answer=FilterAnswer(failed={"a": "x", "b": "y"}))["NodeNames"] == []  # none passed: said so


def refuses(call: Callable[[], object], complaint: str) -> None:
    with pytest.raises(AnswerError, match=complaint):
        call()


def refused_score(score: Any) -> Callable[[], None]:
    return lambda: refuses(lambda: scored(1, score), "the score of b must be an integer")


def only(condition: Callable[[], bool]) -> Callable[[], None]:
    def check() -> None:
        assert condition()

    return check


class Fact(NamedTuple):
    """What was answered to the client, what it made of it, and what must therefore be true of us."""

    answered: str
    so_we: str
    check: Callable[[], None]


def stranger(asked: Any) -> Callable[[], None]:
    return lambda: refuses(
        lambda: filtered(asked, FilterAnswer(passed=["a", "nope"], failed={"b": ""})), "look at nope"
    )


FACTS = [
    # filter
    Fact("lower-case keys: read", "spell exactly", keys_are_exact),
    Fact("camelCase keys: read", "spell exactly", keys_are_exact),
    Fact("snake_case keys: ignored", "spell exactly", keys_are_exact),
    Fact("{} to names: no node passes", "always name what passes", nodes_or_names_are_there),
    Fact("{} to nodes: no node passes", "always give what passes", nodes_or_names_are_there),
    Fact("no body: error", "always have one", only(lambda: all(every_body()))),
    Fact("null: no node passes", "never send null", only(lambda: b"null" not in every_body())),
    # that the status is 200 whatever happens is asserted in test_server
    Fact("204: error", "answer with a body", only(lambda: all(every_body()))),
    Fact("201: error", "answer with a body", only(lambda: all(every_body()))),
    Fact("a name that was not asked: error", "refuse to send it", stranger(BY_NAME)),
    Fact("a node that was not asked: taken", "refuse to send it", stranger(BY_NODE)),
    Fact("only names to nodes: none passes", "answer nodes", only(lambda: filtered(BY_NODE)["NodeNames"] is None)),
    Fact("only nodes to names: seen as empty nodes", "answer names", only(lambda: filtered(BY_NAME)["Nodes"] is None)),
    Fact("bare nodes: taken as they are", "echo whole ones",
         only(lambda: filtered(BY_NODE)["Nodes"]["items"] == [node("a")])),
    Fact("names null: no node passes", "never leave both out", nodes_or_names_are_there),
    Fact("a name twice: taken twice", "refuse to send it",
         lambda: refuses(lambda: filtered(BY_NAME, FilterAnswer(passed=["a", "a"])), "each of 2 nodes answered once")),
    Fact("a reason that is no text: error", "refuse to send it",
         lambda: refuses(lambda: filtered(answer=FilterAnswer(passed=["a"], failed={"b": 5})), "must be text, got 5")),  # type: ignore[dict-item]  # wrong on purpose
    Fact("Error beside names: error", "send no names beside it",
         only(lambda: filtered(answer=FilterAnswer(passed=["a"], error="why")) == json.loads(encode_error("why")))),
    Fact("bytes after the value: ignored", "send one value", only(lambda: all(map(is_json, every_body())))),
    Fact("another content type: read", "send UTF-8", only(lambda: all(body.decode() for body in every_body()))),
    Fact("gzip: read", "send plain JSON", only(lambda: all(body[:1] in b"{[" for body in every_body()))),
    Fact("NaN: error", "refuse to send it", refused_score(math.nan)),
    # that it comes in time is asserted in test_server
    Fact("nothing in time: error", "pass all nodes", only(lambda: b'"NodeNames":["a","b"]' in LATE["filter"])),
    # prioritize
    Fact("7.0: all scores dropped", "refuse to send it", refused_score(7.0)),
    Fact("7.5: all scores dropped", "refuse to send it", refused_score(7.5)),
    Fact("1e1: all scores dropped", "write digits only",
         only(lambda: b'"Score":1000000000000000}' in encode_prioritize(BY_NAME, [0, 10**15]))),
    Fact("text: all scores dropped", "refuse to send it", refused_score("7")),
    Fact("lower-case keys: read", "spell exactly", keys_are_exact),
    Fact("100: taken", "send it as it is", only(lambda: scored(0, 100)[1]["Score"] == 100)),
    Fact("-3: taken", "send it as it is", only(lambda: scored(0, -3)[1]["Score"] == -3)),
    Fact("an object around the list: dropped", "send the list", only(lambda: isinstance(scored(1, 2), list))),
    Fact("null: taken as 0", "refuse to send it", refused_score(None)),
    Fact("500: dropped", "prefer none when we fail", only(lambda: FAILED["prioritize"] == b"[]")),
    # bind
    Fact("Error with 500: text lost", "have a body for it", only(lambda: FAILED["bind"] == b'{"Error":"why"}')),
    Fact("Error with 200: shown", "say why", only(lambda: encode_bind("why") == b'{"Error":"why"}')),
    # preempt
    Fact("whole victims: ignored", "answer uids", only(lambda: list(json.loads(EVICTED)) == ["NodeNameToMetaVictims"])),
    Fact("{}: no candidate", "say so where nobody knows whom to evict",
         only(lambda: LATE["preempt"] == FAILED["preempt"] == encode_preempt(TO_EVICT, {}))),
    Fact("an unknown uid: error", "leave uids as they came", only(lambda: b'"UID":"u1"' in EVICTED)),
    Fact("an unknown node: error", "refuse to send it",
         lambda: refuses(lambda: encode_preempt(TO_EVICT, {"nope": NodeVictims(uids=("u",))}), "got nope")),
    Fact("lower-case uid: read", "spell exactly",
         only(lambda: b'"a":{"Pods":[{"UID":"u1"}],"NumPDBViolations":1}' in EVICTED)),
]  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.answered}; so we {fact.so_we}")
def test_answers_are_none_that_the_client_misreads(fact: Fact) -> None:
    fact.check()


def test_every_reaction_of_the_client_has_its_row() -> None:
    assert len(FACTS) == 40


@pytest.mark.skipif(not PROBED.is_file(), reason="counts recorded reactions: ../shared/conformance/extender is missing")
def test_rows_are_as_many_as_were_recorded() -> None:
    assert PROBED.read_text().count("\nPROBE ") == len(FACTS)


def test_numpy_scores_are_written_as_integers() -> None:
    assert scored(*np.array([3, 10])) == [{"Host": "a", "Score": 3}, {"Host": "b", "Score": 10}]
    assert scored(np.int8(-1), True)[1] == {"Host": "b", "Score": 1}


def test_a_score_too_few_is_refused() -> None:
    refuses(lambda: scored(1), "a score for each of 2 nodes, got 1")


def test_node_without_victims_is_left_out() -> None:
    """The client takes an empty list for an error."""
    told = json.loads(encode_preempt(TO_EVICT, {"a": NodeVictims(uids=()), "b": NodeVictims(uids=("u2", "u3"))}))
    assert told == {"NodeNameToMetaVictims": {"b": {"Pods": [{"UID": "u2"}, {"UID": "u3"}], "NumPDBViolations": 0}}}


@given(st.data())
def test_each_node_is_in_exactly_one_list_in_the_order_asked(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.text(max_size=20), max_size=12))  # also twice, also empty, any character
    whole = data.draw(st.booleans())
    if whole:
        names = [name for name in names if name]
    asked = decode_nodes(questions.by_node([node(name) for name in names]) if whole else questions.by_name(names))
    assert asked.names == (list(dict.fromkeys(names)) if whole else names)
    place = {name: data.draw(st.integers(0, 2)) for name in asked.names}  # one that is there twice has one answer
    passed, *refused = ([name for name in asked.names if place[name] == number] for number in range(3))
    failed, unresolvable = (list(dict.fromkeys(each)) for each in refused)
    answer = FilterAnswer(
        passed=passed, failed=dict.fromkeys(failed, "f"), unresolvable=dict.fromkeys(unresolvable, "u")
    )
    told = json.loads(encode_filter(asked, answer))
    told_passed = [item["metadata"]["name"] for item in told["Nodes"]["items"]] if whole else told["NodeNames"]
    assert told_passed == passed
    assert [list(told["FailedNodes"]), list(told["FailedAndUnresolvableNodes"])] == [failed, unresolvable]


def test_whole_nodes_are_echoed_byte_for_byte() -> None:
    odd = b'{ "metadata": {"name":"b","zz":1.0}, "x": "\\u00e9", "n": 1E2 }'
    body = questions.by_node([node("a"), node("b")]).replace(questions.encoded(node("b")), odd)
    answer = FilterAnswer(passed=["b"], failed={"a": "no"})
    assert b'{"Nodes":{"items":[' + odd + b']},"NodeNames":null,' in encode_filter(decode_nodes(body), answer)
