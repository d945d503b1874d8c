"""GLowLatencyPriority and where it measures from."""

from __future__ import annotations

from typing import Any

import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.g_low_latency_priority import GLowLatencyPriority
from tests.builders import make_class, make_metro, make_pod
from tests.policies.asked import reason, scores

# make_metro: 0.5 ms inside a site, seoul–busan 5, jeju 30, cloud 50 ms; score 1 / (1 + rtt/20)
FROM_SEOUL = {"seoul": 0.9756, "busan": 0.8, "jeju": 0.4, "cloud": 0.2857}
FROM_BUSAN = {"seoul": 0.8, "busan": 0.9756, "jeju": 0.4, "cloud": 0.2857}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({"mode": "from_node", "source": "seoul-1"}, FROM_SEOUL, id="a node"),
        pytest.param({"mode": "fromnode", "source": "busan"}, FROM_BUSAN, id="a site"),
        pytest.param({"mode": "from_pod", "source": "camera"}, FROM_BUSAN, id="a service"),
        pytest.param({"mode": "frompod", "source": "default/camera"}, FROM_BUSAN, id="with its namespace"),
        pytest.param({}, FROM_SEOUL, id="the pod's origin"),
        pytest.param({"source": "atlantis"}, None, id="a source that is not there"),
        pytest.param({"mode": "from-pod", "source": "nobody"}, None, id="a service that runs nowhere"),
    ],
)
def test_lowest_round_trip_from_the_source(params: dict[str, Any], expected: dict[str, float] | None) -> None:
    cluster = make_metro()
    cluster.bind(make_pod("camera", service="camera"), "busan-2")
    (step,) = shipped().alone("g-low-latency-priority", **params).steps
    found = scores(step.policy, cluster, make_class(origin="seoul"))
    assert (found and {name.partition("-")[0]: score for name, score in found.items()}) == expected


@pytest.mark.parametrize("name", ["GLowLatencyPriority", "g_low_latency_priority", "g-low-latency-priority"])
def test_the_next_best_is_taken_when_the_nearest_is_full(name: str) -> None:
    cluster = make_metro()
    engine = Engine(shipped().named(name))
    chosen = []
    for number in range(4):
        pod = make_pod(f"p{number}", cpu="4", origin="seoul")
        node = engine.decide(cluster.live(), pod.of).node
        assert node is not None
        cluster.bind(pod, node)
        chosen.append(node)
    assert chosen == ["seoul-1", "seoul-2", "busan-1", "busan-2"]


def test_reason_says_from_where() -> None:
    pod = make_class(origin="seoul")
    assert reason(GLowLatencyPriority(), make_metro(), pod, "jeju-1") == "rtt 30 ms from seoul"
    assert reason(GLowLatencyPriority(), make_metro(), make_class(), "jeju-1") == "no source and no origin"
    lost = GLowLatencyPriority(source="atlantis")
    assert reason(lost, make_metro(), pod, "jeju-1") == "source atlantis is no known node or site"
