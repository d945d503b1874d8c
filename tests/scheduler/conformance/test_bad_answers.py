"""Each way of answering badly is found and said, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from scheduler.conformance.cases import Mode
from tests.scheduler.conformance.extender import (
    Content,
    Twist,
    application,
    broken,
    reported,
)


def only(verb: str, change: Any) -> Twist:
    """Answers that verb with *change* of the request and the good answer."""

    def twist(asked_verb: str, asked: Content, answer: Any) -> Any:
        return change(asked, answer) if asked_verb == verb and asked else answer

    return twist


def in_mode(mode: Mode, change: Any) -> Twist:
    """Changes filter answers of that mode only."""

    def twist(verb: str, asked: Content, answer: Any) -> Any:
        there = verb == "filter" and asked and (asked["nodes"] is None) is (mode is Mode.NAMES)
        return change(answer) if there and "Error" not in answer else answer

    return twist


def with_status(status: int) -> Any:
    return lambda asked, answer: web.Response(body=json.dumps(answer).encode(), status=status)


def each_score(change: Any) -> Twist:
    return only("prioritize", lambda asked, answer: [{**entry, "Score": change(entry["Score"])} for entry in answer])


def each_node(change: Any) -> Any:
    """Changes the victims of every node."""
    return lambda asked, answer: {"NodeNameToMetaVictims": {
        node: change(victims) for node, victims in answer["NodeNameToMetaVictims"].items()}}  # fmt: skip


def renamed(key: str, other: str) -> Any:
    return lambda asked, answer: {other if name == key else name: value for name, value in answer.items()}


def raw(text: str) -> Any:
    return lambda *answer: text.encode()


BAD = [
    # the answer as such
    ("created", only("filter", with_status(201)), "status-200", "status 201"),
    ("no content", only("preempt", with_status(204)), "status-200", "status 204"),
    ("a failure with its reason", only("bind", with_status(500)), "status-200", "status 500: {"),
    ("an empty body", only("filter", raw("")), "readable", "the body is empty (EOF)"),
    ("no JSON", only("filter", raw("ok")), "readable", "no JSON"),
    ("not a number", only("prioritize", raw('[{"Host": "a", "Score": NaN}]')), "readable", "NaN is no JSON"),
    ("a list for an object", only("filter", raw("[]")), "readable", "the answer is a list, not an object"),
    ("underscores", only("filter", renamed("FailedNodes", "failed_nodes")), "known-keys", "ignored: failed_nodes"),
    # filter
    ("an error", only("filter", lambda asked, answer: {"Error": "boom"}), "filter-no-error", "Error: boom"),
    ("an error beside nodes", only("filter", lambda asked, answer: {**answer, "Error": "boom"}), "filter-no-error",
     "Error: boom"),
    ("nothing said", only("filter", lambda asked, answer: {}), "filter-says-something", "neither nodes nor refusals"),
    ("null", only("filter", raw("null")), "filter-says-something", "neither nodes nor refusals"),
    ("names for whole nodes", in_mode(Mode.NODES, lambda answer: {
        "NodeNames": [node["metadata"]["name"] for node in answer["Nodes"]["items"]],
        "FailedNodes": answer["FailedNodes"]}), "filter-right-list", "only NodeNames"),
    ("whole nodes for names", in_mode(Mode.NAMES, lambda answer: {
        "Nodes": {"items": [{"metadata": {"name": name}} for name in answer["NodeNames"]]}}),
     "filter-right-list", "only Nodes"),
    ("a name never offered", in_mode(Mode.NAMES, lambda answer: {**answer, "NodeNames": ["moon"]}),
     "filter-only-offered", "never offered: moon"),
    ("a node never offered", in_mode(Mode.NODES, lambda answer: {
        **answer, "Nodes": {"items": [*answer["Nodes"]["items"], {"metadata": {"name": "moon"}}]}}),
     "filter-only-offered", "never offered: moon"),
    ("a node twice", in_mode(Mode.NAMES, lambda answer: {**answer, "NodeNames": answer["NodeNames"] * 2}),
     "filter-once", "twice: conformance-edge-1"),
    ("no reasons for what failed", only("filter", lambda asked, answer: {**answer, "FailedNodes": None}),
     "filter-every-node", "not in exactly one: conformance-cloud-1"),
    ("failed in two ways", only("filter", lambda asked, answer: {
        **answer, "FailedAndUnresolvableNodes": answer.get("FailedNodes")}), "filter-every-node",
     "not in exactly one: conformance-cloud-1"),
    ("another order", in_mode(Mode.NAMES, lambda answer: {**answer, "NodeNames": answer["NodeNames"][::-1]}),
     "filter-order", "another order"),
    ("a changed node", in_mode(Mode.NODES, lambda answer: {
        **answer, "Nodes": {"items": [{**node, "spec": {}} for node in answer["Nodes"]["items"]]}}),
     "filter-unchanged", "changed: conformance-edge-1"),
    ("empty reasons", only("filter", lambda asked, answer: {
        **answer, "FailedNodes": dict.fromkeys(answer.get("FailedNodes", {}), " ")}), "filter-reasons",
     "no reason: conformance-cloud-1"),
    ("reasons that are no texts", only("filter", lambda asked, answer: {
        **answer, "FailedNodes": {"a": 1}}), "readable", "FailedNodes[a] is a number, not a string"),
    ("an error for a new node", only("filter", lambda asked, answer: (
        {"Error": "who?"} if "conformance-no-such-node" in (asked["nodenames"] or []) else answer)),
     "filter-unknown-node", "no answer for the others"),
    # prioritize
    ("an object round the scores", only("prioritize", lambda asked, answer: {"HostPriorityList": answer}), "readable",
     "the answer is an object, not a list"),
    ("scores with a point", each_score(float), "readable", "Score of conformance-edge-1 is 10.0, which is no whole"),
    ("scores with an exponent", only("prioritize", raw('[{"Host": "a", "Score": 1e1}]')), "readable", "1e1"),
    ("scores as text", each_score(str), "readable", "Score of conformance-edge-1 is a string"),
    ("scores too large for Go", each_score(lambda score: 2**63), "readable", "more than an int64 holds"),
    ("scores that are null", each_score(lambda score: None), "prioritize-numbers", "null: conformance-edge-1"),
    ("negative scores", each_score(lambda score: -3), "prioritize-range", "outside: conformance-edge-1 -3"),
    ("huge scores", each_score(lambda score: 100_000), "prioritize-range", "outside: conformance-edge-1 100000"),
    ("a node without score", only("prioritize", lambda asked, answer: answer[1:]), "prioritize-every-node",
     "no score: conformance-edge-1"),
    ("a node with two scores", only("prioritize", lambda asked, answer: answer + answer[:1]), "prioritize-once",
     "twice: conformance-edge-1"),
    ("a score for a stranger", only("prioritize", lambda asked, answer: [*answer, {"Host": "moon", "Score": 1}]),
     "prioritize-only-offered", "never offered: moon"),
    # preempt
    ("whole victims", only("preempt", renamed("NodeNameToMetaVictims", "NodeNameToVictims")), "preempt-meta-victims",
     "only NodeNameToVictims"),
    ("a stranger as candidate", only("preempt", lambda asked, answer: {
        "NodeNameToMetaVictims": {"moon": {"Pods": [{"UID": "a"}]}}}), "preempt-only-candidates", "no candidate: moon"),
    ("a stranger as victim", only("preempt", each_node(lambda victims: {"Pods": [{"UID": "zzz"}]})),
     "preempt-known-victims", "unknown: zzz on conformance-edge-1"),
    ("victims without UID", only("preempt", each_node(lambda victims: {"Pods": [{"Name": "a"}]})),
     "preempt-known-victims", "unknown: no UID on conformance-edge-1"),
    ("nodes without victims", only("preempt", each_node(lambda victims: {"Pods": []})), "preempt-not-empty",
     "no victim: conformance-edge-1"),
    ("fewer violations than none", only("preempt", each_node(lambda victims: {**victims, "NumPDBViolations": -1})),
     "preempt-pdb-count", "negative: conformance-edge-1"),
    ("violations with a point", only("preempt", each_node(lambda victims: {**victims, "NumPDBViolations": 0.0})),
     "readable", "NumPDBViolations is 0.0"),
    # bind
    ("bound what is not there", only("bind", lambda asked, answer: {}), "bind-says-error", "no Error"),
    ("bound, and null", only("bind", raw("null")), "bind-says-error", "no Error"),
]  # fmt: skip


@pytest.mark.parametrize(("twist", "rule", "seen"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_bad_answer_is_found(twist: Twist, rule: str, seen: str) -> None:
    found = broken(await reported(application(twist)))
    assert seen in found.get(rule, f"not among {found}")


async def test_rules_that_an_answer_does_not_break_are_kept() -> None:
    twist = only("preempt", each_node(lambda victims: {"Pods": []}))
    assert set(broken(await reported(application(twist)))) == {"preempt-not-empty"}


async def test_preempting_nobody_is_no_fault() -> None:
    assert broken(await reported(application(only("preempt", lambda asked, answer: {})))) == {}
