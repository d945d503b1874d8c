"""What is read out of a question's body, and what is said of one that cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scheduler.decoding import decode_bind, decode_nodes, decode_preempt
from scheduler.errors import WireError
from scheduler.wire import BindAsked, NodeVictims
from tests.conftest import SHARED
from tests.scheduler import questions
from tests.scheduler.questions import encoded, node, pod

RECORDED = sorted(SHARED.glob("conformance/extender/*.json"))
NAMES = ["edge-b-2", "edge-a-1", "cloud-1"]


def test_names_come_in_their_order_with_the_pod() -> None:
    asked = decode_nodes(questions.by_name(NAMES))
    assert (asked.names, asked.items) == (NAMES, None)
    assert (asked.pod.namespace, asked.pod.name, asked.pod.uid) == ("shop", "web-0", "uid-web-0")
    assert asked.pod.content["metadata"] == pod()["metadata"]


def test_whole_nodes_come_as_the_bytes_they_were() -> None:
    # keys in an odd order, spaces, an unknown field, escapes: nothing of it may change on the way back
    odd = '{ "zz":[1.50, 1e3],"metadata":{"labels":{"a":"\\u00e9"},  "name":"edge-a-1"} }'
    body = questions.by_node([node("edge-a-1"), node("b")]).replace(encoded(node("edge-a-1")), odd.encode())
    asked = decode_nodes(body)
    assert asked.names == ["edge-a-1", "b"]
    assert asked.items is not None
    assert bytes(asked.items[0]) == odd.encode()


@pytest.mark.parametrize(
    "keys",
    [
        ("pod", "nodes", "nodenames"),
        ("pod", "nodes", "nodeNames"),
        ("POD", "NODES", "NODENAMES"),
        ("Pod", "Nodes", "nodeNames"),
        ("Pod", None, "nodenames"),
    ],
    ids=lambda keys: " ".join(map(str, keys)),
)
def test_keys_are_read_without_regard_to_case(keys: tuple[str, str | None, str]) -> None:
    told = {key: value for key, value in zip(keys, (pod(), None, NAMES), strict=True) if key}
    assert decode_nodes(encoded(told)).names == NAMES


def test_inside_a_pod_keys_have_one_spelling() -> None:
    told = pod()
    told["spec"]["NodeSelector"] = {"a": "b"}
    assert "nodeSelector" not in decode_nodes(encoded({"pod": told, "nodenames": NAMES})).pod.content["spec"]  # type: ignore[operator]  # a mapping


def test_exact_key_wins_over_one_of_another_case() -> None:
    assert decode_nodes(encoded({"nodenames": ["b"], "NodeNames": ["a"], "Pod": pod()})).names == ["a"]


def test_whole_node_told_twice_is_asked_once() -> None:
    first, second = node("a", labels=1), node("a", labels=2)
    asked = decode_nodes(questions.by_node([first, node("b"), second]))
    assert asked.names == ["a", "b"]
    assert asked.items is not None
    assert [json.loads(bytes(item)) for item in asked.items] == [first, node("b")]


def test_whole_nodes_count_where_names_are_there_too() -> None:
    """A client that sends nodes reads nodes; one that reads names takes nodes as well."""
    asked = decode_nodes(questions.by_node([node("a")], NodeNames=["b"]))
    assert (asked.names, len(asked.items or [])) == (["a"], 1)


@pytest.mark.parametrize(
    "body",
    [questions.by_name([]), questions.by_name(None), questions.by_node([]), questions.by_node(None)],
    ids=["no names", "null and null", "no nodes", "null items"],
)
def test_no_nodes_are_no_nodes(body: bytes) -> None:
    assert decode_nodes(body).names == []


def test_replicas_have_one_key_and_other_pods_another() -> None:
    def key(**changed: Any) -> bytes:
        return decode_nodes(encoded({"Pod": {**pod(), **changed}, "Nodes": None, "NodeNames": []})).pod.key

    named = {**pod()["metadata"], "name": "web-1", "uid": "another"}
    token = {**pod()["spec"], "volumes": [{"name": "kube-api-access-x7k2p"}]}  # each pod's own
    assert key() == key(metadata=named) == key(spec=token)
    assert len({key(), key(metadata={"name": "web-0"}), key(spec={"priority": 1}), key(spec={"nodeSelector": {}})}) == 4


def test_nominated_node_and_priority_are_kept() -> None:
    told = {**pod(priority=7), "status": {"nominatedNodeName": "edge-a-1", "phase": "Pending"}}
    content = decode_nodes(encoded({"Pod": told, "Nodes": None, "NodeNames": []})).pod.content
    assert content["status"] == {"nominatedNodeName": "edge-a-1", "phase": "Pending"}
    assert content["spec"]["priority"] == 7  # type: ignore[index]  # a mapping


def test_null_means_absent_inside_a_pod() -> None:
    told = {"metadata": {"name": "a", "labels": None, "ownerReferences": None}, "spec": None, "status": None}
    asked = decode_nodes(encoded({"Pod": told, "Nodes": None, "NodeNames": []})).pod
    assert (asked.namespace, asked.uid) == ("default", "")


@pytest.mark.parametrize("spelling", [str, str.lower, lambda key: key[0].lower() + key[1:]])
def test_bind_is_read(spelling: Any) -> None:
    body = encoded({spelling(key): value for key, value in json.loads(questions.bind()).items()})
    assert decode_bind(body) == BindAsked(namespace="shop", name="web-0", uid="uid-web-0", node="edge-a-1")


@pytest.mark.parametrize("question", [questions.preempt_meta, questions.preempt_whole])
def test_victims_are_read_from_uids_and_from_whole_pods(question: Any) -> None:
    asked = decode_preempt(question({"edge-a-1": ["u1", "u2"], "edge-b-1": []}, violations=1))
    assert asked.victims == {
        "edge-a-1": NodeVictims(uids=("u1", "u2"), pdb_violations=1),
        "edge-b-1": NodeVictims(uids=(), pdb_violations=1),
    }


def test_keys_of_victims_are_read_without_regard_to_case() -> None:
    told = {"a": {"pods": [{"uid": "u1"}], "numPDBViolations": 2}, "b": {"Pods": None}, "c": {"Pods": [{"uid": "u2"}]}}
    asked = decode_preempt(encoded({"pod": pod(), "nodeNameToMetaVictims": told}))
    assert asked.victims == {
        "a": NodeVictims(uids=("u1",), pdb_violations=2),
        "b": NodeVictims(uids=()),
        "c": NodeVictims(uids=("u2",)),
    }
    whole = {"a": {"pods": [{"metadata": {"uid": "u3"}}]}}
    assert decode_preempt(encoded({"pod": pod(), "nodenametovictims": whole})).victims["a"].uids == ("u3",)


def test_no_victims_are_no_victims() -> None:
    assert (
        decode_preempt(encoded({"Pod": pod(), "NodeNameToVictims": None, "NodeNameToMetaVictims": None})).victims == {}
    )


@pytest.mark.parametrize(
    ("read", "body", "complaint"),
    [
        (decode_nodes, b"", "the body: Input data was truncated"),
        (decode_nodes, b"null", "the body: expected object, got null"),
        (decode_nodes, b"[]", "the body: expected object, got array"),
        (decode_nodes, b'{"Pod":{}', "the body: Input data was truncated"),
        (decode_nodes, questions.by_name(NAMES) + b"x", "the body: JSON is malformed: trailing characters"),
        (decode_nodes, encoded({"NodeNames": NAMES}), "Pod is missing"),
        (decode_nodes, encoded({"Pod": None, "NodeNames": NAMES}), "Pod: expected object, got null"),
        (decode_nodes, encoded({"Pod": {}, "NodeNames": NAMES}), "Pod.metadata.name is missing or empty"),
        (decode_nodes, encoded({"Pod": pod()}), "Nodes and NodeNames are both missing"),
        (decode_nodes, encoded({"Pod": pod(), "node_names": NAMES}), "Nodes and NodeNames are both missing"),
        (decode_nodes, questions.by_name(["a", 5]), "NodeNames[1]: expected str, got int"),  # type: ignore[list-item]  # wrong on purpose
        (decode_nodes, encoded({"Pod": {"metadata": {"name": 5}}}), "Pod.metadata.name: expected str | null, got int"),
        (decode_nodes, encoded({"Pod": pod(containers={}), "NodeNames": []}),
         "Pod.spec.containers: expected array | null, got object"),
        (decode_nodes, encoded({"pod": pod(tolerations=[{"key": 1}]), "nodenames": []}),
         "Pod.spec.tolerations[0].key: expected str | null, got int"),
        (decode_nodes, questions.by_node([node("a"), {"metadata": {"name": 5}}]),
         "Nodes.items[1].metadata.name: expected str, got int"),
        (decode_nodes, questions.by_node([node("a"), {}]), "Nodes.items[1].metadata.name is missing or empty"),
        (decode_nodes, b'{"Pod":{"metadata":{"name":"\xff"}}}', "the body: a text is not UTF-8"),
        (decode_nodes, b'{"x":' + b"[" * 100_000, "the body: nested too deeply"),
        (decode_nodes, b'{"Pod":{"x":NaN}}', "the body: JSON is malformed: invalid character"),
        (decode_bind, encoded({"PodName": "a"}), "PodNamespace is missing"),
        (decode_bind, questions.bind(""), "Node must not be empty"),
        (decode_bind, encoded({"PodName": 5}), "PodName: expected str, got int"),
        (decode_preempt, encoded({"Pod": pod()}), "NodeNameToVictims and NodeNameToMetaVictims are both missing"),
        (decode_preempt, questions.preempt_meta({"edge-a-1": ["u1", ""]}),
         "the victims of node edge-a-1: number 2 has no UID"),
        (decode_preempt, questions.preempt_meta({"a": ["u1"]}, violations=2**80),
         "NodeNameToMetaVictims[...].NumPDBViolations: "),
    ],
)  # fmt: skip
def test_complaint_names_what_is_wrong_and_where(read: Any, body: bytes, complaint: str) -> None:
    with pytest.raises(WireError) as refused:
        read(body)
    assert str(refused.value).startswith(complaint)


@pytest.mark.skipif(not RECORDED, reason="reads recorded requests: ../shared/conformance/extender is missing")
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_request_is_read_right(path: Any) -> None:
    body, verb = path.read_bytes(), path.stem.rsplit("_", 1)[1]
    told = json.loads(body)
    if verb == "bind":
        assert decode_bind(body) == BindAsked(
            namespace=told["PodNamespace"], name=told["PodName"], uid=told["PodUID"], node=told["Node"]
        )
        return
    asked = decode_preempt(body) if verb == "preempt" else decode_nodes(body)
    metadata = told["Pod"]["metadata"]
    assert (asked.pod.namespace, asked.pod.name, asked.pod.uid) == (
        metadata["namespace"],
        metadata["name"],
        metadata["uid"],
    )
    assert asked.pod.content["spec"] == {
        "containers": [{key: c[key] for key in ("name", "resources")} for c in told["Pod"]["spec"]["containers"]],
        "schedulerName": "default-scheduler",
    }
    if hasattr(asked, "victims"):
        assert asked.victims == {"edge-a-1": NodeVictims(uids=("uid-victim",), pdb_violations=1)}
    elif told["Nodes"] is None:
        assert asked.names == told["NodeNames"]
    else:
        assert [json.loads(bytes(item)) for item in asked.items or []] == told["Nodes"]["items"]
