"""Each finding is found where it should be, and the rules that need more than one place."""

from __future__ import annotations

from typing import Any

import pytest

from policies.engine.weight import IN_TREE_POINTS
from scheduler.lint.configuration import SchedulerProfile
from scheduler.lint.in_tree import DEFAULT_WEIGHTS, claim_points, points, score_weights
from tests.scheduler.lint.asking import GONE, found, found_in
from tests.scheduler.lint.cases import CASES, Case, E, H, W


def test_good_configuration_has_no_findings() -> None:
    assert found_in({}) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.promise)
def test_finding(case: Case) -> None:
    among = [each for each in found_in(case.changes) if (each.severity, each.path) == (case.severity, case.path)]
    assert [each.value for each in among] == [case.value]
    (finding,) = among
    assert case.says in f"{finding.why} → {finding.instead}"
    assert finding.why
    assert finding.instead


def test_errors_come_first() -> None:
    severities = [
        each.severity for each in found_in({"extenders.0.weight": 1, "extenders.0.httpTimeout": 5, "profiles": GONE})
    ]
    assert severities == sorted(severities, key=[E, W, H].index)
    assert set(severities) == {E, W, H}


@pytest.mark.parametrize(
    ("weight", "severities"),
    [(1, [H]), (2, [])],  # top score 100: 1 · 100 · 10 = 1000 < 1200, 2 · 100 · 10 = 2000 > 1200
)
def test_shortlist_makes_the_weight_a_matter_of_taste(weight: int, severities: list[str]) -> None:
    assert [each.severity for each in found_in({"extenders.0.weight": weight}, "cloud-burst")] == severities


MERGES = [
    ("the defaults: 1200, and 200 for claims", {}, 1200, 200),
    ("one disabled: 1200 - 300", {"score": {"disabled": [{"name": "TaintToleration"}]}}, 900, 200),
    ("one disabled everywhere", {"multiPoint": {"disabled": [{"name": "TaintToleration"}]}}, 900, 200),
    ("all scores disabled", {"score": {"disabled": [{"name": "*"}]}}, 0, 0),
    ("all disabled everywhere, one enabled with weight 4",
     {"multiPoint": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeAffinity", "weight": 4}]}}, 400, 0),
    ("all scores disabled but one", {"score": {"disabled": [{"name": "*"}], "enabled": [{"name": "ImageLocality"}]}},
     100, 0),
    ("another weight for scores: 1200 + 100·(9 - 1)", {"score": {"enabled": [{"name": "ImageLocality", "weight": 9}]}},
     2000, 200),
    ("another weight everywhere: 1200 + 100·(9 - 1)",
     {"multiPoint": {"enabled": [{"name": "ImageLocality", "weight": 9}]}}, 2000, 200),
    ("the one for scores goes first: 1200 + 100·(2 - 1)",
     {"multiPoint": {"enabled": [{"name": "ImageLocality", "weight": 9}]},
      "score": {"enabled": [{"name": "ImageLocality", "weight": 2}]}}, 1300, 200),
    ("no weight is 1: 1200 - 100·(3 - 1)", {"score": {"enabled": [{"name": "TaintToleration"}]}}, 1000, 200),
    ("one of somebody else's", {"multiPoint": {"enabled": [{"name": "Coscheduling"}]}}, 1300, 200),
    ("one that does not score", {"multiPoint": {"enabled": [{"name": "NodePorts", "weight": 7}]}}, 1200, 200),
    ("no claims", {"multiPoint": {"disabled": [{"name": "DynamicResources"}]}}, 1200, 0),
]  # fmt: skip


@pytest.mark.parametrize(("plugins", "plain", "claims"), [row[1:] for row in MERGES], ids=[row[0] for row in MERGES])
def test_in_tree_points(plugins: dict[str, Any], plain: int, claims: int) -> None:
    weights = score_weights(SchedulerProfile(0, {"plugins": plugins}, "edgeward"))
    assert (points(weights), claim_points(weights)) == (plain, claims)


def test_default_plugins_are_those_of_the_recommended_weight() -> None:
    assert points(DEFAULT_WEIGHTS) == IN_TREE_POINTS


def manifest(*, scheduler_name: str = "", host_network: bool = False, labels: str = "extender") -> str:
    """The configuration in a ConfigMap beside the extender, its Service and a kube-scheduler."""
    return f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: config, namespace: edge}}
data:
  config.yaml: |
    apiVersion: kubescheduler.config.k8s.io/v1
    kind: KubeSchedulerConfiguration
    percentageOfNodesToScore: 100
    leaderElection: {{resourceName: mine}}
    profiles: [{{schedulerName: mine}}]
    extenders:
    - {{urlPrefix: "http://extender.edge:80", filterVerb: filter, httpTimeout: 2s, nodeCacheCapable: true}}
---
apiVersion: v1
kind: Service
metadata: {{name: extender, namespace: edge}}
spec: {{selector: {{app: extender}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: extender, namespace: edge}}
spec:
  template:
    metadata: {{labels: {{app: {labels}}}}}
    spec: {{schedulerName: "{scheduler_name}", containers: [{{name: a, image: b}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: scheduler, namespace: edge}}
spec:
  template:
    spec:
      hostNetwork: {str(host_network).lower()}
      containers: [{{name: s, image: registry.k8s.io/kube-scheduler:v1.36.3, command: [kube-scheduler]}}]
"""


def test_extender_that_this_scheduler_would_have_to_place_first_is_an_error() -> None:
    (finding,) = found(manifest(scheduler_name="mine"))
    assert (finding.severity, finding.path) == (E, "extenders[0].managedResources")
    assert "Deployment extender is the extender, and its pod is placed by 'mine'" in finding.why


@pytest.mark.parametrize(
    "text",
    [manifest(), manifest(scheduler_name="other"), manifest(scheduler_name="mine", labels="another")],
    ids=["placed by the default scheduler", "placed by a third", "of another Service"],
)
def test_extender_that_somebody_else_places_is_none(text: str) -> None:
    assert found(text) == ()


def test_scheduler_on_the_nodes_network_cannot_look_up_a_service_of_the_file() -> None:
    (finding,) = found(manifest(host_network=True))
    assert (finding.severity, finding.path) == (E, "extenders[0].urlPrefix")
    assert "Deployment scheduler is on the node's network" in finding.why


def test_scheduler_that_would_have_to_place_itself_is_an_error() -> None:
    text = manifest().replace("hostNetwork: false", "schedulerName: mine")
    (finding,) = found(text)
    assert (finding.severity, finding.path) == (E, "Deployment scheduler: spec.schedulerName")
