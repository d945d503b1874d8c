"""What conditions say, for those who read them."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.planner.history import History
from autoscaler.planner.hpa.limits import MESSAGES
from autoscaler.planner.hpa.reconcile import Outcome, reconcile, rescaled
from autoscaler.planner.observation import Reading, Unavailable
from tests.autoscaler.planner.hpa.parts import busy, horizontal, metric, observation, pods

GONE = Unavailable(reason="FailedGetResourceMetric", message="503")
QUEUE = metric("External", 1000, "Value", name="queue")


def run(reading: Reading, count: int = 3, **seen: Any) -> Outcome:
    there = observation(pods(count), reading, home=count, **seen)
    return reconcile(horizontal(), there, History(started=True), current=count)


def messages(outcome: Outcome) -> list[str]:
    return [each.message for each in outcome.conditions]


def test_conditions_say_it_in_words() -> None:
    assert messages(run(busy(1000, 1000, 1000))) == [
        "recommended size matches current size",
        "a replica count was computed from cpu resource utilization (percentage of request)",
        "the desired count is within the acceptable range",
    ]
    known = "the target's current scale is known"
    assert messages(run(GONE)) == [known, "no replica count could be computed: failed to get cpu utilization: 503"]
    assert messages(run(busy(), count=0)) == [known, "scaling is disabled since the target has no replicas"]
    assert messages(run(busy(1), selector="InvalidSelector")) == [known, "the selector cannot be used"]
    assert messages(run(busy(), count=200)) == [known]
    assert run(GONE).reason == ""


@pytest.mark.parametrize(("desired", "was"), [(0, ""), (2, "not ")])
def test_a_change_is_said_in_words(desired: int, was: str) -> None:
    made = rescaled((), horizontal(QUEUE, min_replicas=0), current=5, desired=desired)
    assert [each.message for each in made] == [
        f"the target's scale was set to {desired}",
        f"the workload was {was}scaled to zero",
    ]


def test_each_limit_is_said_in_words() -> None:
    assert MESSAGES == {
        "ScaleUpLimit": "the desired replica count is increasing faster than the maximum scale rate",
        "ScaleDownLimit": "the desired replica count is decreasing faster than the maximum scale rate",
        "TooManyReplicas": "the desired replica count is more than the maximum replica count",
        "TooFewReplicas": "the desired replica count is less than the minimum replica count",
        "DesiredWithinRange": "the desired count is within the acceptable range",
    }
