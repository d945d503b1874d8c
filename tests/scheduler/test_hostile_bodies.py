"""Any body at all: an answer or a WireError out of the decoder, 200 out of the server, and bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.errors import WireError
from scheduler.verbs import VERBS, Verb
from scheduler.wire import NodesAsked, PreemptAsked
from tests.conftest import ROOT
from tests.scheduler import questions
from tests.scheduler.questions import pod

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["Pod", "pod", "Nodes", "NODES", "NodeNames", "nodenames", "NodeNameToVictims", "nodeNameToMetaVictims", "PodName",
     "PodNamespace", "podUID", "Node", "items", "metadata", "name", "labels", "spec", "containers", "resources",
     "limits", "Pods", "UID", "NumPDBViolations", "priority", "affinity", "tolerations"]
)  # fmt: skip
# shaped almost like a question: the right keys in wrong places, the right places with wrong values
SHAPED = st.recursive(
    ODD | st.just(pod()) | st.just({"items": [{"metadata": {"name": "a"}}]}) | st.just(["a", "b", "a"]),
    lambda inner: st.dictionaries(KEYS, inner, max_size=5) | st.lists(inner, max_size=3),
    max_leaves=10,
)
WHOLE = [questions.by_name(["a", "b"]), questions.bind(), questions.preempt_meta({"a": ["u"]}), questions.by_node([])]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good body with a few bytes changed, lost or doubled."""
    body = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body) - 1))
        body[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(body)


BODIES = st.binary(max_size=60) | SHAPED.map(lambda told: json.dumps(told).encode()) | spoilt()


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
@settings(max_examples=400)
@given(body=BODIES)
@example(body=b"")
@example(body=b"\x00")
@example(body=b'{"Pod":{"metadata":{"name":"\\ud800"}},"NodeNames":["\\ud800"],"Nodes":null}')
@example(body=b'{"Pod":{"metadata":{"name":"a"},"spec":{"priority":1e999}},"NodeNames":[],"Nodes":null}')
@example(body=b'{"Pod":{"metadata":{"name":"a"},"spec":{"priority":99999999999999999999}},"NodeNames":[],"Nodes":null}')
@example(body=b"[" * 100_000)
@example(body=b'{"Pod":' * 50_000)
def test_any_body_becomes_a_question_or_a_complaint(verb: Verb[Any], body: bytes) -> None:
    asked, complaint = None, "none"
    try:
        asked = verb.read(body)
    except WireError as error:
        complaint = str(error)
    assert complaint
    # whatever it was, it can be answered
    assert json.loads(verb.failed(complaint)) is not None
    assert json.loads(verb.late(asked, 4.0)) is not None
    if isinstance(asked, NodesAsked):
        assert asked.items is None or len(asked.items) == len(asked.names) == len(set(asked.names))
    if isinstance(asked, PreemptAsked):
        assert all(isinstance(uid, str) for of in asked.victims.values() for uid in of.uids)


def test_memory_does_not_grow_with_what_a_body_would_become() -> None:
    """40 MB of two million nodes with victims: as objects they were a gigabyte, and took 44 s."""
    program = """
import resource
from scheduler.decoding import decode_preempt
from scheduler.errors import BodyTooLarge
body = b'{"NodeNameToMetaVictims":{' + b",".join(b'"%06x":{"Pods":[]}' % n for n in range(1_900_000)) + b"}}"
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decode_preempt(body)
except BodyTooLarge:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    child = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert int(child.stdout) < 50  # MiB
