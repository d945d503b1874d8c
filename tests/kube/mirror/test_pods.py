"""Pods: charged where they are, as long as they are there."""

from __future__ import annotations

import pytest

from kube.mirror.pending import Pending
from kube.mirror.pods import Bound
from policies.errors import ModelError
from policies.model.kubernetes import pod
from tests.kube.mirror.contents import OURS, a_namespace, a_node, a_pod, free_cpu, make_mirror


def test_bound_pod_holds_its_requests_until_it_is_deleted() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("p1", node="n1"))
    assert free_cpu(mirror) == 3500  # 4000 - 500
    mirror.pods.put(a_pod("p1", node="n1", started="2026-01-01T00:00:00Z"))
    assert free_cpu(mirror) == 3500
    mirror.pods.drop(a_pod("p1", node="n1"))
    assert free_cpu(mirror) == 4000


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_pod_that_has_ended_holds_nothing(phase: str) -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("p1", node="n1"))
    mirror.pods.put(a_pod("p1", node="n1", phase=phase))
    assert free_cpu(mirror) == 4000
    mirror.pods.drop(a_pod("p1", node="n1", phase=phase))
    assert free_cpu(mirror) == 4000


def test_pod_that_is_being_deleted_holds_its_requests_until_it_is_gone() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    leaving = a_pod("p1", node="n1")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    mirror.pods.put(leaving)
    assert free_cpu(mirror) == 3500


def test_pod_before_its_node_is_charged_when_the_node_comes() -> None:
    mirror = make_mirror()
    mirror.pods.put(a_pod("p1", node="n1"))
    mirror.nodes.put(a_node("n1"))
    assert free_cpu(mirror) == 3500


def test_pod_made_anew_under_its_name_takes_the_place_of_the_old_one() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.nodes.put(a_node("n2"))
    mirror.pods.put(a_pod("p1", node="n1", uid="old"))
    mirror.pods.put(a_pod("p1", node="n2", uid="new", cpu="1"))
    assert (free_cpu(mirror, "n1"), free_cpu(mirror, "n2")) == (4000, 3000)
    mirror.pods.drop(a_pod("p1", node="n1", uid="old"))  # the late news of the old one
    assert free_cpu(mirror, "n2") == 3000


def test_resized_pod_is_charged_anew() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("p1", node="n1", cpu="500m"))
    mirror.pods.put(a_pod("p1", node="n1", cpu="2"))
    assert free_cpu(mirror) == 2000


def test_list_drops_the_pods_that_it_leaves_out() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    for name in ("p1", "p2", "p3"):
        mirror.pods.put(a_pod(name, node="n1"))
    mirror.pods.put(a_pod("waiting"))
    mirror.pods.begin()
    mirror.pods.put(a_pod("p2", node="n1"))
    mirror.pods.settle()
    assert free_cpu(mirror) == 3500
    assert mirror.pending == {}
    mirror.pods.begin()
    mirror.pods.settle()
    assert free_cpu(mirror) == 4000


# what waits


def test_pending_pod_is_kept_with_its_content_until_it_is_bound() -> None:
    mirror = make_mirror()
    mirror.pods.put(a_pod("p1"))
    uid = a_pod("p1")["metadata"]["uid"]
    assert mirror.pending[uid] == Pending(
        namespace="default", name="p1", uid=uid, content=a_pod("p1"), scheduler_name=OURS
    )
    assert mirror.pod("default", "p1") is mirror.pending[uid]
    mirror.pods.put(a_pod("p1", node="n1"))
    assert mirror.pending == {}
    assert isinstance(mirror.pod("default", "p1"), Bound)
    assert mirror.bound_to(uid) == "n1"


def test_pending_pod_is_kept_as_it_is_now() -> None:
    mirror = make_mirror()
    told: list[str] = []
    mirror.on_change(told.append)
    mirror.pods.put(a_pod("p1", cpu="1"))
    mirror.pods.put(a_pod("p1", cpu="1"))
    assert told == ["pods"]
    mirror.pods.put(a_pod("p1", cpu="2"))
    (pending,) = mirror.pending.values()
    assert mirror.read(pending).of.request("cpu") == 2000
    assert told == ["pods"] * 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(a_pod("p1", scheduler="other"), id="of another scheduler"),
        pytest.param(a_pod("p1", schedulingGates=[{"name": "quota"}]), id="held back by a gate"),
        pytest.param(a_pod("p1", phase="Failed"), id="ended without having run"),
        pytest.param(
            a_pod("p1") | {"metadata": a_pod("p1")["metadata"] | {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
            id="being deleted",
        ),
    ],
)
def test_pod_that_is_not_for_us_to_place_is_not_pending(content: dict[str, object]) -> None:
    mirror = make_mirror()
    mirror.pods.put(content)
    assert mirror.pending == {}
    assert mirror.pod("default", "p1") is None


def test_pods_of_all_schedulers_wait_when_none_is_named() -> None:
    mirror = make_mirror(schedulers=())
    mirror.pods.put(a_pod("p1", scheduler="other"))
    assert [pending.scheduler_name for pending in mirror.pending.values()] == ["other"]


def test_pending_pod_is_read_with_what_its_namespace_says_now() -> None:
    mirror = make_mirror()
    told: list[str] = []
    mirror.on_change(told.append)
    mirror.namespaces.put(a_namespace(origin="seoul"))
    mirror.pods.put(a_pod("p1"))
    uid = a_pod("p1")["metadata"]["uid"]
    read = mirror.pending_pod("default", "p1", uid)
    assert read == pod(a_pod("p1"), namespace_annotations={"edgeward.dev/origin": "seoul"})
    mirror.namespaces.put(a_namespace(origin="busan"))
    assert mirror.read(mirror.pending[uid]).of.demand != read.of.demand
    mirror.namespaces.put(a_namespace(origin="busan"))
    assert told == ["namespaces", "pods", "namespaces"]
    assert mirror.pending_pod("default", "p1", "another") is None
    mirror.namespaces.drop(a_namespace())
    assert mirror.namespace_annotations("default") == {}


# what cannot be read


@pytest.mark.parametrize(
    ("annotations", "gpu_free_milli"),
    [
        pytest.param({"max-rtt-ms": "soon", "gpu-milli": "300"}, 700, id="a wish about its place: what it holds stays"),
        pytest.param({"gpu-milli": "a third"}, 1000, id="a wish about what it holds: only its requests are left"),
    ],
)
def test_running_pod_is_charged_although_its_wishes_cannot_be_read(
    annotations: dict[str, str], gpu_free_milli: int
) -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", gpus=1))
    told = {f"edgeward.dev/{key}": value for key, value in annotations.items()}
    for _ in range(2):
        mirror.pods.put(a_pod("p1", node="n1", annotations=told))
    assert free_cpu(mirror) == 3500
    assert mirror.snapshot().gpu_free_milli.tolist() == [[gpu_free_milli]]
    assert mirror.pods.given_way == 1


def test_running_pod_is_charged_in_full_although_its_namespace_cannot_be_read() -> None:
    mirror = make_mirror()
    mirror.namespaces.put(a_namespace(origin="seoul=many"))
    mirror.nodes.put(a_node("n1", gpus=1))
    mirror.pods.put(a_pod("p1", node="n1", annotations={"edgeward.dev/gpu-milli": "300"}))
    assert free_cpu(mirror) == 3500
    assert mirror.snapshot().gpu_free_milli.tolist() == [[700]]


def test_running_pod_is_charged_although_what_it_asks_of_gpus_cannot_be_read() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", gpus=1))
    limits = {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "100", "koordinator.sh/gpu-core": "50"}  # in two languages
    mirror.pods.put(a_pod("p1", node="n1", containers=[{"resources": {"requests": {"cpu": "500m"}, "limits": limits}}]))
    assert free_cpu(mirror) == 3500
    assert mirror.snapshot().gpu_free_milli.tolist() == [[1000]]
    assert mirror.pods.given_way == 1


def test_running_pod_is_charged_although_it_says_too_much_about_its_place() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("p1", node="n1", tolerations=[{"key": f"k{number}"} for number in range(1_000)]))
    assert free_cpu(mirror) == 3500
    assert mirror.pods.given_way == 1


def test_waiting_pod_whose_wishes_cannot_be_read_waits_and_says_why_when_it_is_read() -> None:
    mirror = make_mirror()
    mirror.pods.put(a_pod("p1", annotations={"edgeward.dev/max-rtt-ms": "soon"}))
    (pending,) = mirror.pending.values()
    with pytest.raises(ModelError, match="max-rtt-ms"):
        mirror.read(pending)


# what we say before the watch does


def test_assumed_pod_is_charged_and_forgotten_pod_is_not() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("p1"))
    assumed = pod(a_pod("p1"))
    mirror.assume(assumed, "n1", None)
    assert free_cpu(mirror) == 3500
    assert mirror.is_assumed(assumed.uid)
    assert mirror.bound_to(assumed.uid) == ""
    mirror.pods.put(a_pod("p1", annotations={"touched": "yes"}))  # that it waits may be old news
    assert free_cpu(mirror) == 3500
    mirror.forget(assumed.uid)
    assert free_cpu(mirror) == 4000
    mirror.forget(assumed.uid)
    assert free_cpu(mirror) == 4000


def test_watch_confirms_an_assumption_and_then_it_cannot_be_taken_back() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", gpus=2))
    assumed = pod(a_pod("p1", gpus=1))
    mirror.assume(assumed, "n1", (1,))
    mirror.pods.put(a_pod("p1", gpus=1, node="n1"))
    assert not mirror.is_assumed(assumed.uid)
    mirror.forget(assumed.uid)
    assert free_cpu(mirror) == 3500
    assert mirror.snapshot().gpu_free_milli.tolist() == [[1000, 0]]  # on the device that we chose
    mirror.assume(assumed, "n2", None)
    assert mirror.bound_to(assumed.uid) == "n1"


def test_watch_wins_over_an_assumption_of_another_node() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.nodes.put(a_node("n2"))
    mirror.assume(pod(a_pod("p1")), "n1", None)
    mirror.pods.put(a_pod("p1", node="n2"))
    assert (free_cpu(mirror, "n1"), free_cpu(mirror, "n2")) == (4000, 3500)


def test_later_assumption_takes_the_place_of_the_earlier() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.nodes.put(a_node("n2"))
    mirror.assume(pod(a_pod("p1")), "n1", None)
    mirror.assume(pod(a_pod("p1")), "n2", None)
    assert (free_cpu(mirror, "n1"), free_cpu(mirror, "n2")) == (4000, 3500)


def test_assumed_pod_that_ended_or_is_gone_holds_nothing() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.assume(pod(a_pod("p1")), "n1", None)
    mirror.pods.drop(a_pod("p1"))
    mirror.assume(pod(a_pod("p2")), "n1", None)
    mirror.pods.put(a_pod("p2", phase="Failed"))
    assert free_cpu(mirror) == 4000


def test_assumption_of_a_pod_that_was_made_anew_under_its_name_is_void() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("p1", uid="old"))
    mirror.assume(pod(a_pod("p1", uid="old")), "n1", None)
    mirror.pods.put(a_pod("p1", uid="new"))
    assert not mirror.is_assumed("old")
    assert free_cpu(mirror) == 4000


def test_list_ends_an_assumption_only_of_a_pod_that_the_watch_had_told_of() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("told"))
    for name in ("told", "untold"):
        mirror.assume(pod(a_pod(name)), "n1", None)
    mirror.pods.begin()
    mirror.pods.settle()
    assert not mirror.is_assumed(a_pod("told")["metadata"]["uid"])
    assert mirror.is_assumed(a_pod("untold")["metadata"]["uid"])
    assert free_cpu(mirror) == 3500


# devices


def test_pod_is_charged_to_the_devices_of_its_annotation_whatever_the_node_does() -> None:
    mirror = make_mirror()
    held = a_pod("p1", node="n1", gpus=1, annotations={"edgeward.dev/gpu-devices": "2"})
    mirror.pods.put(held)  # before its node
    mirror.nodes.put(a_node("n1", gpus=4))
    assert mirror.snapshot().gpu_free_milli.tolist() == [[1000, 1000, 0, 1000]]
    mirror.nodes.put(a_node("n1"))  # its device plugin restarts
    mirror.nodes.put(a_node("n1", gpus=4))
    assert mirror.snapshot().gpu_free_milli.tolist() == [[1000, 1000, 0, 1000]]
    mirror.pods.drop(held)
    assert mirror.snapshot().gpu_free_milli.tolist() == [[1000] * 4]


def test_pod_that_changes_stays_on_the_devices_that_it_has() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", gpus=2))
    for name in ("p1", "p2"):
        mirror.pods.put(a_pod(name, node="n1", gpus=1))
    mirror.pods.drop(a_pod("p1", node="n1", gpus=1))
    mirror.pods.put(a_pod("p2", node="n1", gpus=1, labels={"app": "web"}))  # best fit alone would take the first
    assert mirror.snapshot().gpu_free_milli.tolist() == [[1000, 0]]


def test_annotation_that_the_node_cannot_have_meant_is_passed_over() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", gpus=1))
    mirror.pods.put(a_pod("p1", node="n1", gpus=1, annotations={"edgeward.dev/gpu-devices": "7"}))
    assert mirror.snapshot().gpu_free_milli.tolist() == [[0]]


# memory


def test_nothing_is_kept_of_pods_that_are_gone() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", gpus=2))
    held = a_pod("p1", node="n1", gpus=1, annotations={"edgeward.dev/gpu-devices": "1"})
    mirror.pods.put(held)
    mirror.pods.drop(held)
    mirror.assume(pod(a_pod("p2")), "n1", None)
    mirror.pods.drop(a_pod("p2"))
    mirror.pods.put(a_pod("p3"))
    mirror.pods.drop(a_pod("p3"))
    pods = mirror.pods
    assert (pods._known, pods._pending, pods._assumed, pods._assignments._annotations) == ({}, {}, {}, {})
    assert len(mirror.cluster) == 0


def test_replicas_share_one_class_and_one_set_of_labels() -> None:
    mirror = make_mirror()
    labels = {"app": "web", "pod-template-hash": "abc"}
    for number in range(3):
        mirror.pods.put(
            a_pod(
                f"p{number}",
                node=f"n{number}",
                labels=dict(labels),
                annotations={"kubernetes.io/config.seen": str(number)},
            )
        )
    found = [mirror.pod("default", f"p{number}") for number in range(3)]
    assert len({id(bound.pod.of) for bound in found if isinstance(bound, Bound)}) == 1
    assert len({id(bound.labels) for bound in found if isinstance(bound, Bound)}) == 1


def test_pods_of_a_daemon_set_share_a_class_although_each_is_pinned_to_its_node() -> None:
    mirror = make_mirror()
    for number in range(3):
        fields = [{"key": "metadata.name", "operator": "In", "values": [f"n{number}"]}]
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": fields}]}}
        mirror.pods.put(a_pod(f"p{number}", node=f"n{number}", affinity={"nodeAffinity": required}))
    found = [mirror.pod("default", f"p{number}") for number in range(3)]
    assert len({id(bound.pod.of) for bound in found if isinstance(bound, Bound)}) == 1
