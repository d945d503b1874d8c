"""What is read from an EdgeAutoscaler."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.api.errors import ObjectError
from autoscaler.api.spec import Defaults, read
from autoscaler.planner import spec as planner
from tests.autoscaler.api.objects import AVERAGE, BAD, EVERY_KIND, FULL, QUEUE, Bad, manifest

GI = 2**30 * 1000  # thousandths of a byte


def test_what_is_not_said_is_as_the_readme_has_it() -> None:
    asked = read(manifest())
    horizontal = asked.spec.horizontal
    assert (horizontal.min_replicas, horizontal.max_replicas) == (1, 6)
    assert (horizontal.out_period_s, horizontal.in_period_s) == (180, 300)
    assert horizontal.metrics == (
        planner.Metric(kind="Resource", name="cpu", target=planner.Target(kind="Utilization", amount=80)),
    )
    assert horizontal.up == planner.Rules(window_s=0, policies=planner.UP_DEFAULT.policies)
    assert horizontal.down == planner.Rules(window_s=300, policies=planner.DOWN_DEFAULT.policies)
    assert asked.spec == planner.Spec(horizontal=horizontal)
    assert asked.key == ("default", "web")
    assert not asked.resource.spec.dry_run


@pytest.mark.parametrize("metrics", [None, []])
def test_no_metrics_are_80_percent_of_the_cpu(metrics: Any) -> None:
    said = manifest() if metrics is None else manifest(metrics=metrics)
    (metric,) = read(said).metrics
    assert metric.as_json() == {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }


def test_everything_that_is_said_arrives() -> None:
    asked = read(FULL)
    spec, horizontal = asked.spec, asked.spec.horizontal
    assert [(metric.kind, metric.name, metric.container, metric.target) for metric in horizontal.metrics] == [
        ("Resource", "cpu", "", planner.Target(kind="Utilization", amount=60)),
        ("ContainerResource", "memory", "app", planner.Target(kind="AverageValue", amount=500)),
        ("Pods", "rps", "", planner.Target(kind="AverageValue", amount=500)),
        ("Object", "rps", "", planner.Target(kind="Value", amount=2_000_000)),
        ("Object", "rps", "", planner.Target(kind="AverageValue", amount=500)),
        ("External", "queue", "", planner.Target(kind="AverageValue", amount=500)),
        ("Prometheus", "sum(rate(requests_total[1m]))", "", planner.Target(kind="AverageValue", amount=500)),
    ]
    assert [metric.type for metric in asked.metrics] == [metric["type"] for metric in EVERY_KIND]
    assert horizontal.up == planner.Rules(
        select="Min", window_s=30, policies=(planner.Policy(kind="Pods", value=2, period_s=60),), tolerance=0.05
    )
    assert horizontal.down == planner.Rules(select="Disabled", window_s=600, policies=planner.DOWN_DEFAULT.policies)
    assert (horizontal.out_period_s, horizontal.in_period_s) == (60, 0)
    assert spec.vertical == planner.Vertical(
        mode="InPlace",
        containers=(
            planner.Bounds(container="app", least={"cpu": 100}, most={"cpu": 2000, "memory": GI}, step={"cpu": 1000}),
        ),
    )
    assert spec.over_edge == planner.OverEdge(places=("neighbor", "cloud", "cluster:far"), max_replicas=4, dwell_s=120)
    assert spec.forecast == planner.Forecast(mode="Act", horizon_s=600)
    assert spec.paused
    assert asked.resource.spec.dry_run


def test_metrics_are_kept_as_autoscaling_v2_has_them() -> None:
    for said, metric in zip(EVERY_KIND, read(manifest(metrics=EVERY_KIND)).metrics, strict=True):
        kept = metric.as_json()
        if selector := kept.get("external", {}).get("metric", {}).get("selector"):
            assert selector.pop("matchExpressions") == []
        assert kept == said


def test_sites_go_before_other_clusters() -> None:
    said = {"sites": ["busan"], "maxReplicas": 1, "clusters": [{"name": "c", "kubeconfigSecret": "s"}]}
    assert read(manifest(overEdge=said)).spec.over_edge.places == ("busan", "cluster:c")


def test_classic_rules_have_no_behavior_and_one_window() -> None:
    horizontal = read(manifest(rules="Classic", scaleIn={"stabilizationWindowSeconds": 60})).spec.horizontal
    assert (horizontal.up, horizontal.down, horizontal.down_window_s) == (None, None, 60)


def test_external_average_counts_whatever_its_type_says() -> None:  # rule 32
    said = {**QUEUE, "external": {**QUEUE["external"], "target": {"type": "Value", "averageValue": "3"}}}
    (metric,) = read(manifest(metrics=[said])).spec.horizontal.metrics
    assert metric.target == planner.Target(kind="AverageValue", amount=3000)


@pytest.mark.parametrize(
    ("written", "thousandths"),
    [("500m", 500), ("1n", 1), (3, 3000), ("2k", 2_000_000), ("1Ki", 1_024_000), (0.25, 250), ("1e3", 1_000_000)],
)
def test_quantities_are_exact_and_round_up(written: Any, thousandths: int) -> None:
    said = {
        "type": "Pods",
        "pods": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": written}},
    }
    (metric,) = read(manifest(metrics=[said])).spec.horizontal.metrics
    assert metric.target.amount == thousandths


def test_tolerance_is_not_rounded() -> None:
    rules = read(manifest(scaleOut={"tolerance": "12500u"})).spec.horizontal.up
    assert rules is not None
    assert rules.tolerance == 0.0125


def test_zero_is_a_floor_where_something_speaks_without_pods() -> None:
    query = {"type": "Prometheus", "prometheus": {"query": "up", "target": AVERAGE}}
    for metric in (QUEUE, query):
        assert read(manifest(minReplicas=0, metrics=[metric])).spec.horizontal.min_replicas == 0


def test_controllers_own_settings_go_where_no_object_speaks() -> None:
    defaults = Defaults(
        tolerance=0.2,
        cpu_initialization_s=60,
        initial_readiness_s=5,
        scale_to_zero=False,
        plausibility=planner.Plausibility(stale_after_s=30),
    )
    spec = read(manifest(), defaults=defaults).spec
    horizontal = spec.horizontal
    assert (horizontal.tolerance, horizontal.cpu_initialization_s, horizontal.initial_readiness_s) == (0.2, 60, 5)
    assert not horizontal.scale_to_zero
    assert spec.plausibility.stale_after_s == 30


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_mistake_is_named_with_its_path(bad: Bad) -> None:
    with pytest.raises(ObjectError) as caught:
        read(manifest(**bad.spec))
    (said,) = caught.value.problems
    assert said.startswith("default/web: spec")
    assert bad.ours in said
    assert caught.value.exit_code == 2


def test_all_mistakes_are_said_at_once_and_unknown_keys_with_what_was_meant() -> None:
    with pytest.raises(ObjectError) as caught:
        read({**manifest(maxReplica=3, minReplicas=-1, scaleIn={"policy": 1}), "spce": 1})
    assert caught.value.problems == (
        "default/web: spec.minReplicas must be >= 0, got -1",
        "default/web: spec.scaleIn.policy is not a known key (did you mean 'policies'?)",
        "default/web: spec.maxReplica is not a known key (did you mean 'maxReplicas'?)",
        "default/web: spce is not a known key (did you mean 'spec'?)",
    )


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, "EdgeAutoscaler: apiVersion is missing"),
        ({**manifest(), "kind": "HorizontalPodAutoscaler"}, "default/web: kind must be EdgeAutoscaler"),
        ({**manifest(), "apiVersion": "edgeward.dev/v1"}, "default/web: apiVersion must be edgeward.dev/v1alpha1"),
        ({**manifest(), "metadata": 3}, "EdgeAutoscaler: metadata must be a mapping, got 3"),
        ([], "EdgeAutoscaler: it must be a mapping"),
    ],
)
def test_what_is_no_edge_autoscaler_is_refused(said: Any, problem: str) -> None:
    with pytest.raises(ObjectError) as caught:
        read(said)
    assert problem in "\n".join(caught.value.problems)


def test_what_the_api_server_adds_is_no_mistake() -> None:
    came = manifest()
    came["metadata"] |= {"uid": "u", "generation": 3, "managedFields": [{"manager": "kubectl"}], "resourceVersion": "7"}
    came["status"] = {"anything": 1}
    metadata = read(came).resource.metadata
    assert (metadata.uid, metadata.generation, metadata.resource_version) == ("u", 3, "7")
