"""Bodies that no scheduler sends are refused before they become objects."""

from __future__ import annotations

import pytest

from scheduler.bounds import MOST_DECODED_BYTES, MOST_NODES, MOST_VALUES
from scheduler.decoding import decode_nodes, decode_preempt
from scheduler.errors import BodyTooLarge, WireError
from tests.scheduler import questions
from tests.scheduler.questions import encoded, node, pod

LONG = "x" * MOST_DECODED_BYTES
TOO_MANY = MOST_NODES + 1


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b'{"x":[' + b"1," * (MOST_VALUES + 1) + b"1]}", f"the body has {MOST_VALUES + 1} values, more than "),
        (encoded({"Pod": pod(nodeName=LONG), "Nodes": None, "NodeNames": []}), "Pod has "),
        (encoded({"pod": pod(nodeName=LONG), "nodenames": []}), "Pod has "),
        (questions.by_name([LONG]), "NodeNames has "),
        (b'{"Pod":{"metadata":{"name":"a"}},"NodeNames":null,"Nodes":{"items":[' + b"{}," * TOO_MANY + b"{}]}}",
         f"Nodes.items has {TOO_MANY + 1} nodes, more than the {MOST_NODES} that are read"),
    ],
    ids=["values", "pod", "pod in lower case", "names", "nodes"],
)  # fmt: skip
def test_filter_body_that_is_too_much_is_refused(body: bytes, complaint: str) -> None:
    with pytest.raises(BodyTooLarge) as refused:
        decode_nodes(body)
    assert str(refused.value).startswith(complaint)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (questions.preempt_meta({"a": [LONG]}), "NodeNameToMetaVictims has "),
        (questions.preempt_whole({f"node-{number}": [] for number in range(TOO_MANY)}),
         f"NodeNameToVictims has {TOO_MANY} nodes"),
    ],
    ids=["uids", "nodes"],
)  # fmt: skip
def test_preempt_body_that_is_too_much_is_refused(body: bytes, complaint: str) -> None:
    with pytest.raises(BodyTooLarge) as refused:
        decode_preempt(body)
    assert str(refused.value).startswith(complaint)


def test_large_cluster_is_not_too_much() -> None:
    nodes = [node(f"edge-{number:04}", labels=40, images=50) for number in range(500)]
    names = [each["metadata"]["name"] for each in nodes]
    assert decode_nodes(questions.by_node(nodes)).names == names
    assert decode_nodes(questions.by_node(nodes).replace(b'"Nodes"', b'"nodes"')).names == names
    whole = decode_preempt(questions.preempt_whole({name: [f"{name}-{n}" for n in range(20)] for name in names}))
    assert list(whole.victims) == names
    names = [f"edge-{number:05}.some-site.example.com" for number in range(20_000)]
    assert decode_nodes(questions.by_name(names)).names == names


def test_strange_keys_of_a_large_body_are_passed_over() -> None:
    strange = b",".join(b'"%06x":1' % number for number in range(250_000))
    assert decode_nodes(b"{" + strange + b"," + questions.by_name(["a"])[1:]).names == ["a"]
    with pytest.raises(WireError, match="Pod is missing"):
        decode_nodes(b"{" + strange + b"}")
