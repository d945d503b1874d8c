"""HorizontalPodAutoscalers at random, and what each of them asks of the planner, worked out by HPA's own rules."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from autoscaler.planner import spec as planner
from policies.model.quantity import exact, milli
from tests.autoscaler.api.objects import Object

AMOUNTS = st.sampled_from(["500m", "2", 3, "1Gi", "1500k", "100n"])
TOTALS = st.one_of(
    st.builds(lambda text: {"type": "Value", "value": text}, AMOUNTS),
    st.builds(lambda text: {"type": "AverageValue", "averageValue": text}, AMOUNTS),
)
AVERAGES = st.builds(lambda text: {"type": "AverageValue", "averageValue": text}, AMOUNTS)
RESOURCES = st.one_of(
    AVERAGES,
    st.builds(lambda percent: {"type": "Utilization", "averageUtilization": percent}, st.integers(1, 200)),
)
IDENTIFIER = {"name": "rps", "selector": {"matchLabels": {"a": "b"}}}
METRICS = st.one_of(
    st.builds(lambda target: {"type": "Resource", "resource": {"name": "cpu", "target": target}}, RESOURCES),
    st.builds(
        lambda target: {
            "type": "ContainerResource",
            "containerResource": {"name": "cpu", "container": "app", "target": target},
        },
        RESOURCES,
    ),
    st.builds(lambda target: {"type": "Pods", "pods": {"metric": IDENTIFIER, "target": target}}, AVERAGES),
    st.builds(
        lambda target: {
            "type": "Object",
            "object": {"metric": IDENTIFIER, "describedObject": {"kind": "Service", "name": "s"}, "target": target},
        },
        TOTALS,
    ),
    st.builds(lambda target: {"type": "External", "external": {"metric": IDENTIFIER, "target": target}}, TOTALS),
)
POLICIES = st.builds(
    lambda kind, value, period_s: {"type": kind, "value": value, "periodSeconds": period_s},
    st.sampled_from(["Pods", "Percent"]), st.integers(1, 400), st.integers(1, 1800),
)  # fmt: skip
RULES = st.fixed_dictionaries(
    {},
    optional={
        "stabilizationWindowSeconds": st.integers(0, 3600),
        "selectPolicy": st.sampled_from(["Max", "Min", "Disabled"]),
        "policies": st.lists(POLICIES, min_size=1, max_size=3),
        "tolerance": st.sampled_from(["0", "50m", "0.125", "12500u", 1]),
    },
)
BEHAVIORS = st.fixed_dictionaries({}, optional={"scaleUp": RULES, "scaleDown": RULES})


@st.composite
def hpas(draw: st.DrawFn) -> Object:
    spec = draw(
        st.fixed_dictionaries(
            {
                "scaleTargetRef": st.just({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}),
                "maxReplicas": st.integers(5, 50),
            },
            optional={
                "minReplicas": st.integers(1, 5),
                "metrics": st.lists(METRICS, max_size=3),
                "behavior": BEHAVIORS,
            },
        )
    )
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": spec,
    }


def asked_by(hpa: Object) -> planner.Horizontal:
    """By AUTOSCALER rules 4, 21, 32, 37 and 39."""
    spec = hpa["spec"]
    metrics = spec.get("metrics") or [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
    ]
    behavior = spec.get("behavior")
    up_default = [("Pods", 4, 15), ("Percent", 100, 15)]
    return planner.Horizontal(
        min_replicas=spec.get("minReplicas", 1),
        max_replicas=spec["maxReplicas"],
        metrics=tuple(map(_metric, metrics)),
        up=None if behavior is None else _rules(behavior.get("scaleUp", {}), 0, up_default),
        down=None if behavior is None else _rules(behavior.get("scaleDown", {}), 300, [("Percent", 100, 15)]),
        down_window_s=300 if behavior is None else behavior.get("scaleDown", {}).get("stabilizationWindowSeconds", 300),
    )


def _metric(said: Object) -> planner.Metric:
    kind = said["type"]
    source = said[f"{kind[0].lower()}{kind[1:]}"]
    target = source["target"]
    if "averageUtilization" in target:
        amount = planner.Target(kind="Utilization", amount=target["averageUtilization"])
    else:
        key = "averageValue" if "averageValue" in target else "value"
        amount = planner.Target(
            kind="AverageValue" if key == "averageValue" else "Value", amount=milli(str(target[key]))
        )
    name = source["name"] if "name" in source else source["metric"]["name"]
    return planner.Metric(kind=kind, name=name, target=amount, container=source.get("container", ""))


def _rules(said: Object, window_s: int, policies: list[tuple[Any, int, int]]) -> planner.Rules:
    given = [(each["type"], each["value"], each["periodSeconds"]) for each in said.get("policies", ())]
    return planner.Rules(
        select=said.get("selectPolicy", "Max"),
        window_s=said.get("stabilizationWindowSeconds", window_s),
        policies=tuple(
            planner.Policy(kind=kind, value=value, period_s=period_s) for kind, value, period_s in given or policies
        ),
        tolerance=float(exact(str(said["tolerance"]))) if "tolerance" in said else None,
    )
