"""Disruption budgets: whom they protect is kube-scheduler's reading of their selectors."""

from __future__ import annotations

from typing import Any

import pytest

from policies.errors import ModelError
from tests.kube.mirror.contents import Content, make_mirror


def a_budget(
    name: str = "b1", *, selector: dict[str, Any] | None, allowed: int = 1, disrupted: tuple[str, ...] = ()
) -> Content:
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {} if selector is None else {"selector": selector},
        "status": {"disruptionsAllowed": allowed, "disruptedPods": dict.fromkeys(disrupted, "2026-01-01T00:00:00Z")},
    }


def needs(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": list(values)} if values else {})}]}


@pytest.mark.parametrize(
    ("selector", "labels", "protects"),
    [
        pytest.param({"matchLabels": {"app": "web"}}, {"app": "web", "x": "y"}, True, id="label as told"),
        pytest.param({"matchLabels": {"app": "web"}}, {"app": "db"}, False, id="another value"),
        pytest.param({"matchLabels": {"app": "web", "tier": "a"}}, {"app": "web"}, False, id="all must hold"),
        pytest.param(needs("app", "In", "web", "db"), {"app": "db"}, True, id="in a list"),
        pytest.param(needs("app", "NotIn", "web"), {"app": "db"}, True, id="not in a list"),
        pytest.param(needs("app", "NotIn", "web"), {"x": "y"}, True, id="not there is not in a list"),
        pytest.param(needs("app", "NotIn", "web"), {"app": "web"}, False, id="but it is in the list"),
        pytest.param(needs("app", "Exists"), {"app": ""}, True, id="there, though empty"),
        pytest.param(needs("app", "Exists"), {"x": "y"}, False, id="not there"),
        pytest.param(needs("app", "DoesNotExist"), {"x": "y"}, True, id="wanted not there"),
        pytest.param({}, {"app": "web"}, False, id="empty selector"),
        pytest.param(None, {"app": "web"}, False, id="no selector"),
        pytest.param(needs("app", "DoesNotExist"), {}, False, id="pod without labels"),
    ],
)
def test_whom_a_selector_protects(selector: dict[str, Any] | None, labels: dict[str, str], protects: bool) -> None:
    mirror = make_mirror()
    mirror.budgets.put(a_budget(selector=selector))
    assert bool(mirror.budgets_of("shop", labels)) == protects
    assert mirror.budgets_of("elsewhere", labels) == ()


def test_budgets_follow_their_events_and_are_told_in_name_order() -> None:
    mirror, web = make_mirror(), {"matchLabels": {"app": "web"}}
    told: list[str] = []
    mirror.on_change(told.append)
    mirror.budgets.put(a_budget("b2", selector=web, allowed=0))
    mirror.budgets.put(a_budget("b1", selector=web, allowed=2))
    mirror.budgets.put(a_budget("b1", selector=web, allowed=2))
    found = mirror.budgets_of("shop", {"app": "web"})
    assert [(budget.name, budget.disruptions_allowed) for budget in found] == [("b1", 2), ("b2", 0)]
    mirror.budgets.drop(a_budget("b2", selector=web))
    mirror.budgets.begin()
    mirror.budgets.settle()
    assert mirror.budgets_of("shop", {"app": "web"}) == ()
    assert told == ["budgets"] * 4


def test_pod_that_is_counted_as_disrupted_is_not_counted_again() -> None:
    mirror = make_mirror()
    mirror.budgets.put(a_budget(selector={"matchLabels": {"app": "web"}}, disrupted=("web-0",)))
    assert mirror.budgets_of("shop", {"app": "web"}, pod="web-0") == ()
    assert len(mirror.budgets_of("shop", {"app": "web"}, pod="web-1")) == 1


@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        (
            needs("app", "Like", "web"),
            r"matchExpressions\[0\].operator: must be one of In, NotIn, Exists, DoesNotExist",
        ),
        (needs("app", "In"), r"matchExpressions\[0\].values: must be a list of texts for In"),
        (needs("app", "Exists", "web"), r"matchExpressions\[0\].values: must be empty for Exists"),
    ],
)
def test_selector_that_cannot_be_read_protects_nobody_and_says_why(selector: dict[str, Any], problem: str) -> None:
    mirror = make_mirror()
    mirror.budgets.put(a_budget(selector={"matchLabels": {"app": "web"}}))
    with pytest.raises(ModelError, match=f"poddisruptionbudget shop/b1: spec.selector.{problem}"):
        mirror.budgets.put(a_budget(selector=selector))
    assert mirror.budgets_of("shop", {"app": "web"}) == ()
