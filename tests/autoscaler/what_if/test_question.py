from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autoscaler.api.errors import ObjectError
from autoscaler.api.spec import read
from autoscaler.planner.replay import Load
from autoscaler.planner.spec import Spec
from autoscaler.what_if.errors import WhatIfError
from autoscaler.what_if.question import Question, question, read_spec
from tests.autoscaler.api.objects import AVERAGE, CPU, QUEUE, manifest

RPS = {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": AVERAGE}}  # 500m


def make_spec(*metrics: object, **spec: Any) -> Spec:
    return read(manifest(metrics=list(metrics), **spec)).spec


def ask(spec: Spec, first: float = 1.2, pod: float | None = None, replicas: int | None = None) -> Question:
    load = Load(np.array([0.0, 60.0]), np.array([first, 9.0]), last_s=60.0)
    return question(spec, load, pod=pod, start_s=30.0, replicas=replicas)


def test_a_pod_carries_its_average_value_unless_told_more() -> None:
    assert ask(make_spec(RPS)).assumed.carries == 0.5
    assert ask(make_spec(RPS), pod=0.8).assumed.carries == 0.8


def test_percent_is_of_the_request_that_is_told() -> None:
    asked = ask(make_spec(CPU), pod=0.5)
    assert asked.assumed.template == {"app": {"cpu": 500}}
    assert asked.replicas == 4  # 1.2 / (0.5 · 60 %)


@pytest.mark.parametrize(("metric", "why"), [(CPU, "60 % of what a pod requests"), (QUEUE, "a value in all")])
def test_without_it_one_line_says_what_is_missing(metric: object, why: str) -> None:
    with pytest.raises(WhatIfError, match=rf"--pod: metrics\[0\], .*{why}.*; say it with --pod"):
        ask(make_spec(metric))


def test_the_beginning_is_what_the_first_load_wants_within_bounds() -> None:
    assert ask(make_spec(RPS)).replicas == 3  # 1.2 / 0.5 = 2.4
    assert ask(make_spec(RPS), first=100.0).replicas == 6  # maxReplicas
    assert ask(make_spec(RPS), first=0.0).replicas == 1
    assert ask(make_spec(RPS), replicas=5).replicas == 5


def test_the_trace_stands_for_the_first_metric() -> None:
    asked = ask(make_spec(RPS, QUEUE))
    assert (asked.metric.name, asked.left_out) == ("rps", 1)
    assert len(asked.spec.horizontal.metrics) == 1


def test_a_container_that_may_grow_begins_at_its_request() -> None:
    grows = {
        "mode": "InPlace",
        "containers": [{"name": "web", "maxAllowed": {"cpu": "2"}, "minAllowed": {"cpu": "250m"}}],
    }
    assert ask(make_spec(CPU, vertical=grows), pod=0.5).assumed.template == {"web": {"cpu": 500}}
    assert ask(make_spec(RPS, vertical=grows)).assumed.template == {"web": {"cpu": 250}}


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1", "not YAML"), ("- 1\n", "must be an EdgeAutoscaler"), ("a: 1\na: 2\n", "key 'a' is there twice")],
)
def test_a_file_that_is_no_object_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WhatIfError, match=rf"spec\.yaml: .*{message}"):
        read_spec(path)


def test_an_object_with_mistakes_is_told_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        "apiVersion: edgeward.dev/v1alpha1\nkind: EdgeAutoscaler\nspec: {maxReplicas: 0}\n", encoding="utf-8"
    )
    with pytest.raises(ObjectError, match="maxReplicas"):
        read_spec(path)
