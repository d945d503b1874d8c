"""The controller's question: the template's class at the size of now, on the mirror's books."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.placing import Placing, grown
from autoscaler.planner.observation import HOME, Rooms, Size
from kube.mirror.mirror import Mirror
from kube.profiles import Profiles
from tests.builders import make_class, make_metro

MI = 1024 * 1024


def template(**annotations: str) -> dict[str, Any]:
    requests = {"cpu": "1", "memory": "64Mi"}
    return {
        "metadata": {"labels": {"app": "web"}, "annotations": {f"edgeward.dev/{k}": v for k, v in annotations.items()}},
        "spec": {"containers": [{"name": "app", "resources": {"requests": requests}}]},
    }


def make(said: list[str] | None = None) -> Placing:
    mirror = Mirror(make_metro(), clock=lambda: 0.0)  # four cores on each of two nodes a site
    return Placing(mirror, Profiles("edge-default"), tell=(said if said is not None else []).append)


def rooms(placing: Placing, content: dict[str, Any], size: Size | None = None, *, over_edge: bool = True) -> Rooms:
    base = {"app": {"cpu": 1000, "memory": 64 * MI * 1000}}
    return placing.rooms("default", content, uid="u", version="1", size=size or base, base=base, over_edge=over_edge)


def test_home_is_the_origin_of_the_users() -> None:
    ask = rooms(make(), template(preferred="local", origin="seoul"))
    assert (ask(HOME, 99).count, ask("neighbor", 99).count, ask("cloud", 99).count) == (8, 8, 8)  # 2 · 4 cores


def test_replicas_count_at_the_size_that_they_have_by_now() -> None:
    ask = rooms(make(), template(preferred="local", origin="seoul"), {"app": {"cpu": 2000, "memory": 64 * MI * 1000}})
    assert ask(HOME, 99).count == 4


def test_what_cannot_be_read_fits_nowhere_and_says_why() -> None:
    answer = rooms(make(), template(preferred="moon"))(HOME, 1)
    assert answer.count == 0
    assert "moon" in answer.why


def test_a_limit_on_latency_holds_beyond_as_at_home() -> None:
    content = template(preferred="local", origin="seoul", **{"max-rtt-ms": "20"})
    ask = rooms(make(), content)
    assert ask("neighbor", 9).count == 8  # busan is 5 ms away
    assert ask("cloud", 9).count == 0  # 50 ms
    assert "20" in ask("cloud", 9).why


def test_an_unknown_profile_is_told_and_the_clusters_answers() -> None:
    said: list[str] = []
    assert rooms(make(said), template(origin="seoul", profile="mine"), over_edge=False)(HOME, 1).count == 1
    assert len(said) == 1
    assert "unknown profile 'mine'" in said[0]


@pytest.mark.parametrize(
    ("size", "base", "requests"),
    [
        ({"app": {"cpu": 800}}, {"app": {"cpu": 500}}, {"cpu": 900, "memory": 64 * MI}),  # 600 + 300
        ({"app": {"memory": 96 * MI * 1000}}, {"app": {"memory": 64 * MI * 1000}}, {"cpu": 600, "memory": 96 * MI}),
        ({"app": {"cpu": 500}}, {"app": {"cpu": 500}}, {"cpu": 600, "memory": 64 * MI}),
    ],
)
def test_growth_is_charged_on_top(size: Size, base: Size, requests: dict[str, int]) -> None:
    assert dict(grown(make_class(cpu="600m", memory="64Mi"), size, base).requests) == requests
