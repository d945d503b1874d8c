"""Pods by owner, and whoever else a selector selects."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from autoscaler.watching.both import Both
from autoscaler.watching.pods import Pods
from autoscaler.watching.selecting import parsed

Content = dict[str, Any]


def a_pod(uid: str = "u1", *, owner: str = "", labels: dict[str, str] | None = None, **rest: Any) -> Content:
    owners = [{"uid": owner, "controller": True}, {"uid": "no-controller"}] if owner else []
    metadata = {
        "name": f"pod-{uid}",
        "namespace": "shop",
        "uid": uid,
        "labels": labels or {},
        "ownerReferences": owners,
    }
    return {"metadata": {**metadata, **rest.pop("metadata", {})}, "spec": {"nodeName": "n1"}, "status": rest}


def names(pods: Pods, owner: str) -> list[str]:
    return [pod.name for pod in pods.seen(owner)]


def test_pods_are_those_of_their_controller_by_name() -> None:
    pods = Pods()
    for uid, owner in (("b", "rs"), ("a", "rs"), ("c", "other"), ("d", "")):
        pods.put(a_pod(uid, owner=owner))
    assert names(pods, "rs") == ["pod-a", "pod-b"]
    assert names(pods, "no-controller") == []
    assert len(pods) == 4


def test_what_did_not_change_is_the_same_tuple() -> None:
    pods = Pods()
    pods.put(a_pod("a", owner="rs"))
    before = pods.seen("rs")
    pods.put(a_pod("a", owner="rs"))  # as a heartbeat does
    assert pods.seen("rs") is before
    pods.put(a_pod("a", owner="rs", phase="Running"))
    assert pods.seen("rs")[0].phase == "Running"


def test_a_pod_that_is_adopted_changes_hands() -> None:
    pods = Pods()
    pods.put(a_pod("a", owner="one"))
    assert names(pods, "one") == ["pod-a"]
    pods.put(a_pod("a", owner="two"))
    assert (names(pods, "one"), names(pods, "two")) == ([], ["pod-a"])


def test_a_list_that_leaves_a_pod_out_ends_it() -> None:
    pods = Pods()
    pods.put(a_pod("a", owner="rs"))
    pods.put(a_pod("b", owner="rs"))
    pods.begin()
    pods.put(a_pod("b", owner="rs"))
    pods.settle()
    assert names(pods, "rs") == ["pod-b"]


def test_a_mark_of_a_scale_in_is_known() -> None:
    pods = Pods()
    annotations = {"controller.kubernetes.io/pod-deletion-cost": "-7", "edgeward.dev/pod-deletion-cost": "-7"}
    pods.put(a_pod("a", owner="rs", metadata={"annotations": annotations}))
    (known,) = pods.known("rs")
    assert (known.cost, known.our_cost) == ("-7", "-7")
    pods.put(a_pod("a", owner="rs"))
    assert (known.cost, known.our_cost) == ("", "")


def test_selected_are_all_with_the_labels_in_that_namespace() -> None:
    pods = Pods()
    pods.put(a_pod("a", owner="rs", labels={"app": "web", "tier": "x"}))
    pods.put(a_pod("b", labels={"app": "web"}))
    pods.put(a_pod("c", labels={"app": "db"}))
    pods.put(a_pod("d", labels={"app": "web"}, metadata={"namespace": "other"}))

    def found(selector: str) -> list[str]:
        return sorted(each.uid for each in pods.selected("shop", parsed(selector)))

    assert found("app=web") == ["a", "b"]
    assert found("app in (web,db)") == ["a", "b", "c"]
    assert found("app=web,tier!=x") == ["b"]
    assert found("!tier") == ["b", "c"]
    assert found("app=none") == []


label_sets = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))
pods_told = st.lists(
    st.tuples(st.sampled_from(["put", "drop"]), st.sampled_from("1234"), st.sampled_from(["", "o", "p"]), label_sets),
    max_size=30,
)
selectors = st.sampled_from(["a=x", "a=x,b=y", "a in (x,y)", "!a", "b", "b!=y"])


@given(pods_told, selectors)
def test_the_index_says_what_looking_at_all_would(told: list[tuple[str, str, str, dict[str, str]]], text: str) -> None:
    pods, there = Pods(), dict[str, tuple[str, dict[str, str]]]()
    for verb, uid, owner, labels in told:
        content = a_pod(uid, owner=owner, labels=labels)
        if verb == "put":
            pods.put(content)
            there[uid] = (owner, labels)
        else:
            pods.drop(content)
            there.pop(uid, None)
        _ = pods.seen(owner)  # what is kept of an answer must not outlive it
    selector = parsed(text)
    selected = {each.uid for each in pods.selected("shop", selector)}
    assert selected == {uid for uid, (_, labels) in there.items() if selector.matches(labels)}
    for owner in ("o", "p"):
        assert names(pods, owner) == [f"pod-{uid}" for uid in sorted(there) if there[uid][0] == owner]
    assert len(pods) == len(there)


class Kept:
    """A handler that keeps what it was told; one may be unable to use anything."""

    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[Any] = []
        self._error = error

    def begin(self) -> None:
        self.told.append("begin")

    def put(self, content: Any) -> None:
        self.told.append(content)
        if self._error is not None:
            raise self._error

    def drop(self, content: Any) -> None:
        self.told.append(("drop", content))

    def settle(self) -> None:
        self.told.append("settle")


def test_both_are_told_and_the_mirror_without_what_differs_between_replicas_of_a_template() -> None:
    ours, mirrors = Kept(), Kept()
    both = Both(ours, mirrors)
    content = a_pod(metadata={"generation": 3})
    both.begin()
    both.put(content)
    both.drop(content)
    both.settle()
    plain = a_pod()
    assert ours.told == ["begin", content, ("drop", content), "settle"]
    assert mirrors.told == ["begin", plain, ("drop", plain), "settle"]


def test_what_one_cannot_use_the_other_is_told_all_the_same() -> None:
    mirrors = Kept()
    both = Both(Kept(ValueError("no quantity")), mirrors)
    try:
        both.put(a_pod())
    except ValueError:
        assert mirrors.told == [a_pod()]
    else:
        raise AssertionError("the error must pass")
