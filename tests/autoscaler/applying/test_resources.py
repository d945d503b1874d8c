"""How limits move with requests: in proportion, never below the template's, and back to exactly where they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autoscaler.applying.resources import containers, patch, qos, sized

MI = 1024 * 1024 * 1000  # in thousandths


def pod_spec(requests: dict[str, Any] | None = None, limits: dict[str, Any] | None = None) -> dict[str, Any]:
    resources = {"requests": requests or {}, "limits": limits or {}}
    return {"containers": [{"name": "app", "resources": resources}]}


def after(requests: dict[str, Any], limits: dict[str, Any], to: dict[str, int]) -> dict[str, Any]:
    """The patch of the only container."""
    spec = containers(pod_spec(requests, limits))
    changed = sized(spec, spec, {"app": to}, guaranteed=qos(spec) == "Guaranteed")
    body = patch(spec, changed)
    found: dict[str, Any] = body["containers"][0]["resources"] if body else {}
    return found


@pytest.mark.parametrize(
    ("requests", "limits", "to", "changed"),
    [
        pytest.param({"cpu": "200m"}, {}, {"cpu": 300}, {"requests": {"cpu": "300m"}}, id="without a limit"),
        pytest.param(
            {"cpu": "200m"},
            {"cpu": "400m"},
            {"cpu": 300},
            {"requests": {"cpu": "300m"}, "limits": {"cpu": "600m"}},  # 400 * 300 / 200
            id="a limit above keeps its proportion",
        ),
        pytest.param(
            {"cpu": "300m"},
            {"cpu": "500m"},
            {"cpu": 400},
            {"requests": {"cpu": "400m"}, "limits": {"cpu": "667m"}},  # 500 * 400 / 300 = 666.7, up
            id="rounded up",
        ),
        pytest.param(
            {"cpu": "200m"},
            {"cpu": "400m"},
            {"cpu": 100},
            {"requests": {"cpu": "100m"}},
            id="never below the template's",
        ),
        pytest.param(
            {"cpu": "1", "memory": "1Gi"},
            {"cpu": "1", "memory": "1Gi"},
            {"cpu": 2000, "memory": 512 * MI},
            {"requests": {"cpu": "2", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "512Mi"}},
            id="Guaranteed: limits equal requests, also downwards",
        ),
        pytest.param(
            {},
            {"cpu": "1", "memory": "1Gi"},
            {"cpu": 2000},
            {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}},
            id="limits alone are requests, too",
        ),
        pytest.param({"cpu": "200m"}, {}, {"cpu": 200}, {}, id="nothing to do"),
    ],
)
def test_limits_follow_requests(
    requests: dict[str, Any], limits: dict[str, Any], to: dict[str, int], changed: dict[str, Any]
) -> None:
    assert after(requests, limits, to) == changed


def test_only_what_changes_is_in_the_patch() -> None:
    spec = {
        "containers": [
            {"name": "app", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
            {"name": "log", "resources": {"requests": {"cpu": "1"}}},
        ],
        "initContainers": [{"name": "proxy", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}}],
    }
    before = containers(spec)
    changed = sized(before, before, {"app": {"cpu": 1500}, "proxy": {"cpu": 200}}, guaranteed=False)
    assert patch(before, changed) == {
        "containers": [{"name": "app", "resources": {"requests": {"cpu": "1500m"}}}],
        "initContainers": [{"name": "proxy", "resources": {"requests": {"cpu": "200m"}}}],
    }


@pytest.mark.parametrize(
    ("requests", "limits", "expected"),
    [
        ({}, {}, "BestEffort"),
        ({"cpu": "1"}, {}, "Burstable"),
        ({"cpu": "1"}, {"cpu": "1"}, "Burstable"),  # memory has no limit
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "1", "memory": "1Gi"}, "Guaranteed"),
        ({"cpu": "1000m", "memory": "1024Mi"}, {"cpu": "1", "memory": "1Gi"}, "Guaranteed"),
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "2", "memory": "1Gi"}, "Burstable"),
    ],
)
def test_class_is_what_kubernetes_computes(requests: dict[str, str], limits: dict[str, str], expected: str) -> None:
    assert qos(containers(pod_spec(requests, limits))) == expected


amounts = st.integers(1, 100_000)


@given(
    asked=st.fixed_dictionaries({"cpu": amounts, "memory": amounts}),
    above=st.fixed_dictionaries({}, optional={"cpu": st.integers(0, 5000), "memory": st.integers(0, 5000)}),
    steps=st.lists(st.fixed_dictionaries({}, optional={"cpu": amounts, "memory": amounts}), max_size=4),
)
def test_class_never_changes_and_the_way_back_ends_at_the_start(
    asked: dict[str, int], above: dict[str, int], steps: list[dict[str, int]]
) -> None:
    limits = {name: asked[name] + more for name, more in above.items()}
    template = now = containers(
        pod_spec(
            {name: f"{amount}m" for name, amount in asked.items()},
            {name: f"{amount}m" for name, amount in limits.items()},
        )
    )
    guaranteed = qos(template) == "Guaranteed"
    assume(steps)
    for step in steps:
        now = sized(now, template, {"app": step}, guaranteed=guaranteed)
        assert qos(now) == qos(template)
        assert all(now[0].limits[name] >= now[0].requests[name] for name in now[0].limits)
    assert sized(now, template, {"app": asked}, guaranteed=guaranteed) == template
