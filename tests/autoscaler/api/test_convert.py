"""HPAs that become EdgeAutoscalers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from typer.testing import CliRunner

from autoscaler.api.conversion import conversion, read_text
from autoscaler.api.convert import converted
from autoscaler.api.errors import ObjectError
from autoscaler.api.spec import read
from autoscaler.planner import spec as planner
from edgeward import command_line
from tests.autoscaler.api.hpas import asked_by, hpas
from tests.autoscaler.api.objects import CPU, Object

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}


def hpa(version: str = "v2", **spec: Any) -> Object:
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"scaleTargetRef": TARGET, "maxReplicas": 10, **spec},
    }


@given(hpas())
def test_the_planner_is_asked_what_the_hpa_asks(said: Object) -> None:
    spec = read(converted(said, source="x")).spec
    assert spec.horizontal == asked_by(said)
    assert spec == planner.Spec(horizontal=asked_by(said)), "no second rung, no third, no forecast"


@given(hpas())
def test_what_is_printed_is_what_was_converted(said: Object) -> None:
    printed = conversion(json.dumps(said), source="x").text
    assert yaml.safe_load(printed) == converted(said, source="x")


def test_no_behavior_is_not_an_empty_one() -> None:
    without, empty = (converted(each, source="x")["spec"] for each in (hpa(), hpa(behavior={})))
    assert without["rules"] == "Classic"
    assert "rules" not in empty
    assert read(converted(hpa(behavior={}), source="x")).spec.horizontal.up == planner.Rules(
        window_s=0, policies=planner.UP_DEFAULT.policies
    )


def test_v1_is_its_share_of_the_cpu() -> None:
    spec = converted(hpa("v1", targetCPUUtilizationPercentage=60, minReplicas=2), source="x")["spec"]
    assert spec["metrics"] == [CPU]
    assert (spec["minReplicas"], spec["maxReplicas"], spec["rules"]) == (2, 10, "Classic")
    assert "metrics" not in converted(hpa("v1"), source="x")["spec"], "80 %, as ours"


def test_what_a_cluster_put_there_is_left_behind() -> None:
    said = {**hpa(metrics=[CPU]), "status": {"currentReplicas": 3}}
    said["metadata"] |= {
        "uid": "u",
        "resourceVersion": "1",
        "labels": {"app": "web"},
        "ownerReferences": [{}],
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "autoscaling.alpha.kubernetes.io/conditions": "[]",
            "team": "blue",
        },
    }
    made = converted(said, source="x")
    assert made["metadata"] == {
        "name": "web",
        "namespace": "shop",
        "labels": {"app": "web"},
        "annotations": {"team": "blue"},
    }
    assert "status" not in made


def test_lists_and_several_documents_are_taken_apart_and_other_kinds_passed_over() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    listed = {"apiVersion": "v1", "kind": "List", "items": [hpa(), service]}
    text = yaml.safe_dump_all([listed, None, hpa("v1")])
    done = conversion(text, source="all.yaml")
    assert [each["kind"] for each in yaml.safe_load_all(done.text)] == ["EdgeAutoscaler"] * 2
    assert done.passed_over == ("all.yaml[1].items[2] web, which is of kind 'Service'",)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (hpa("v2beta2"), "apiVersion autoscaling/v2beta2 is gone since Kubernetes 1.26: get it from a cluster as v2"),
        (hpa("v2beta1"), "as v2: kubectl get hpa.v2.autoscaling web -o yaml"),
        (hpa("v3"), "x: apiVersion must be autoscaling/v2, got 'autoscaling/v3'"),
        (hpa(metrics=[{"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 50}}]),
         "x: spec.metrics[0].resource.targetAverageUtilization is not a known key"),
        (hpa(metrics=[{"type": "Prometheus", "prometheus": {"query": "up", "target": {"type": "Value", "value": 1}}}]),
         "spec.metrics[0].type must be one of Resource, ContainerResource, Pods, Object, External, got 'Prometheus'"),
        (hpa(minReplicas=11), "x: spec: minReplicas must not be more than maxReplicas"),
        (hpa(minReplicas=0), "x: spec: minReplicas 0 needs a metric of type Object, External or Prometheus"),
        (hpa(behavior={"scaleup": {}}), "x: spec.behavior.scaleup is not a known key (did you mean 'scaleUp'?)"),
        (hpa(behavior={"scaleUp": {"policies": []}}), "spec.behavior.scaleUp.policies: must have at least one policy"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value,
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_with_its_path(said: Object, problem: str) -> None:
    with pytest.raises(ObjectError) as caught:
        converted(said, source="x")
    assert problem in "\n".join(caught.value.problems)


def test_v1_that_hides_more_than_it_says_is_refused() -> None:
    said = hpa("v1")
    said["metadata"]["annotations"] = {"autoscaling.alpha.kubernetes.io/metrics": "[]"}
    with pytest.raises(
        ObjectError, match=r"autoscaling.alpha.kubernetes.io/metrics says more than v1 can: get it from"
    ):
        converted(said, source="x")


def test_all_documents_tell_all_their_mistakes() -> None:
    text = yaml.safe_dump_all([hpa(maxReplicas=0), hpa(minReplicas=-1)])
    with pytest.raises(ObjectError) as caught:
        conversion(text, source="f")
    assert caught.value.problems == (
        "f[1] web: spec.maxReplicas must be >= 1, got 0",
        "f[2] web: spec.minReplicas must be >= 0, got -1",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "f: no HorizontalPodAutoscaler in it"),
        ("kind: Service", "f: no HorizontalPodAutoscaler in it"),
        ("a: [", "f: not YAML"),
        ("a: 1\na: 2", "f: not YAML: key 'a' is there twice"),
        ("- 1", "f: must be an object, got [1]"),
        ("2001-99-99", "f: not YAML"),
    ],
)
def test_what_has_no_hpa_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ObjectError, match=r".") as caught:
        conversion(text, source="f")
    assert str(caught.value).startswith(problem)


def test_command_reads_a_file_and_a_pipe_and_ends_as_it_should(tmp_path: Path) -> None:
    text = yaml.safe_dump_all([hpa(metrics=[CPU]), {"kind": "Secret"}])
    file = tmp_path / "hpa.yaml"
    file.write_text(text, encoding="utf-8")
    run = CliRunner()
    of_file = run.invoke(command_line(), ["convert", str(file)], prog_name="edgeward")
    of_pipe = run.invoke(command_line(), ["convert", "-"], input=text, prog_name="edgeward")
    assert (of_file.exit_code, of_pipe.exit_code) == (0, 0)
    assert of_file.stdout == of_pipe.stdout
    assert read(yaml.safe_load(of_file.stdout)).key == ("shop", "web")
    assert of_file.stderr == "edgeward: passed over hpa.yaml[2], which is of kind 'Secret'\n"
    wrong = run.invoke(command_line(), ["convert", "-"], input="{}", prog_name="edgeward")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    with pytest.raises(ObjectError, match="cannot be read"):
        read_text(tmp_path / "none.yaml")
