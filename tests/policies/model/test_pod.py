from __future__ import annotations

import math
from typing import Any

import pytest

from policies.errors import ModelError
from policies.model.gpu import GpuRequest
from policies.model.pod import Pod, PodClass, service_group
from tests.builders import make_class, make_pod


def test_equal_wishes_are_one_class_however_they_were_written() -> None:
    a = PodClass.of({"cpu": 1, "memory": 2, "disk": 0}, node_selector={"x": "1", "a": "2"})
    b = PodClass.of({"memory": 2, "cpu": 1}, node_selector={"a": "2", "x": "1"})
    assert a == b
    assert hash(a) == hash(b)
    assert a.requests == (("cpu", 1), ("memory", 2))


def test_what_asks_for_nothing_of_a_resource_does_not_ask_for_it() -> None:
    # else the resource that no node has would keep the pod off every node
    assert PodClass(requests=(("vf", 0), ("cpu", 1))) == PodClass.of({"cpu": 1})


def test_any_difference_makes_another_class() -> None:
    classes = [
        make_class(), make_class(cpu="1"), make_class(gpu_milli=500), make_class(gpus=1), make_class(origin="seoul"),
        make_class(preferred="cloud"), make_class(max_rtt_ms=5.0), make_class(latency_class="ar-vr"),
        make_class(service="web"), make_class(namespace="other"), make_class(topology_aware=True),
        make_class(network_mbps=5), make_class(depends_on=("db",)), make_class(profile="x"),
    ]  # fmt: skip
    assert len(set(classes)) == len(classes)


@pytest.mark.parametrize(
    ("asked", "limit_ms"),
    [
        ({}, None),
        ({"max_rtt_ms": 7.0}, 7.0),
        ({"latency_class": "remote-control"}, 1.0),
        ({"latency_class": "default"}, 10.0),
        ({"latency_class": "ar-vr"}, 20.0),
        ({"latency_class": "ar-vr", "max_rtt_ms": 7.0}, 7.0),
        ({"latency_class": "default", "max_rtt_ms": 15.0}, 10.0),
    ],
)
def test_the_stricter_limit_holds(asked: dict[str, Any], limit_ms: float | None) -> None:
    assert make_class(**asked).rtt_limit_ms == limit_ms


@pytest.mark.parametrize(
    ("asked", "groups"),
    [
        ({}, ()),
        ({"service": "web"}, ("service:default/web",)),
        ({"service": "web", "namespace": "edge"}, ("service:edge/web",)),
        ({"gpu_milli": 300}, ("gpu:share",)),
        ({"gpus": 4}, ("gpu:4",)),
        ({"network_mbps": 1, "service": "db"}, ("service:default/db", "transfer")),
    ],
)
def test_groups_under_which_a_pod_is_counted(asked: dict[str, Any], groups: tuple[str, ...]) -> None:
    assert make_class(**asked).groups == groups


def test_a_service_of_another_namespace_is_named_in_full() -> None:
    assert service_group("edge", "db") == "service:edge/db"
    assert service_group("edge", "data/db") == "service:data/db"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"requests": (("cpu", -1),)}, "request of cpu must be >= 0, got -1"),
        ({"latency_class": "fast"}, "latency-class must be one of remote-control, default, ar-vr, got 'fast'"),
        ({"max_rtt_ms": 0.0}, "max-rtt-ms must be > 0, got 0"),
        ({"max_rtt_ms": math.nan}, "max-rtt-ms must be > 0, got nan"),
        ({"network_mbps": -1}, "network_mbps must be >= 0, got -1"),
    ],
)
def test_a_class_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        PodClass(**fields)  # type: ignore[arg-type]


def test_a_pod_without_uid_is_known_by_its_name() -> None:
    assert make_pod("a").uid == "default/a"
    assert Pod(name="a", of=make_class(), namespace="edge", uid="7").uid == "7"
    with pytest.raises(ModelError, match="name must not be empty"):
        make_pod("")


def test_requests_are_found_by_name() -> None:
    pod = make_class(cpu="2", memory="1Gi")
    assert (pod.request("cpu"), pod.request("memory"), pod.request("vf")) == (2000, 2**30, 0)
    assert GpuRequest(milli=1000, count=4).total_milli == 4000
