"""Residents: what preemption must know of the pods on a node."""

from __future__ import annotations

from policies.model.kubernetes import pod
from tests.kube.mirror.contents import a_node, a_pod, make_mirror

NOW_S = 1000.0


def test_residents_tell_priority_start_and_labels() -> None:
    mirror = make_mirror(clock=lambda: NOW_S)
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("old", node="n1", priority=7, labels={"app": "web"}, started="1970-01-01T00:01:40Z"))
    mirror.pods.put(a_pod("new", node="n1"))
    mirror.pods.put(a_pod("other", node="n2"))
    found = {each.placement.pod.name: each for each in mirror.residents("n1")}
    assert (found["old"].priority, found["old"].started_s, found["old"].labels) == (7, 100.0, {"app": "web"})
    assert (found["new"].priority, found["new"].started_s, found["new"].labels) == (0, NOW_S, {})
    assert len(found) == 2
    mirror.pods.put(a_pod("new", node="n1", started="1970-01-01T00:02:00Z"))
    assert {each.started_s for each in mirror.residents("n1")} == {100.0, 120.0}


def test_assumed_pods_are_residents_with_the_labels_that_they_wait_with() -> None:
    mirror = make_mirror(clock=lambda: NOW_S)
    mirror.pods.put(a_pod("p1", labels={"app": "web"}))
    mirror.assume(pod(a_pod("p1", labels={"app": "web"})), "n1", None)
    mirror.assume(pod(a_pod("p2", uid="not-told-yet")), "n1", None)
    told = {each.uid: (each.started_s, each.labels) for each in mirror.residents("n1")}
    assert told == {"default-p1-uid": (NOW_S, {"app": "web"}), "not-told-yet": (NOW_S, {})}
    assert mirror.residents("n2") == ()
