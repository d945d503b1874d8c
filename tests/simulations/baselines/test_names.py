from __future__ import annotations

import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from simulations.baselines.kube_scheduler import KubeScheduler
from simulations.baselines.names import BASELINES, decider, profile_named
from simulations.errors import InputError
from tests.builders import make_class, make_cluster, make_node, make_pod


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_needs_no_profile(name: str) -> None:
    assert profile_named(name, shipped()) is None
    assert isinstance(decider(name, None, 1), KubeScheduler)


def test_profiles_and_policies_decide_by_themselves_or_in_two_stages() -> None:
    for name, kind in (("edge-default", Engine), ("best-fit", Engine), ("kube-scheduler+edge-default", KubeScheduler)):
        profile = profile_named(name, shipped())
        assert profile is not None
        assert isinstance(decider(name, profile, 1), kind)


def test_least_and_most_allocated_are_opposites() -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    cluster.bind(make_pod("p", cpu="1"), "b")
    live = cluster.live()
    assert decider("least-allocated", None, 1).choose(live, make_class()) == 0
    assert decider("most-allocated", None, 1).choose(live, make_class()) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kube-schedular", r"unknown policy 'kube-schedular' \(did you mean 'kube-scheduler'\?\)"),
        ("kube-scheduler+edge-defualt", "unknown policy 'kube-scheduler\\+edge-defualt'"),
        ("random+edge-default", r"policy 'random\+edge-default': only kube-scheduler\+PROFILE runs in two stages"),
        ("kube-scheduler+", "unknown policy 'kube-scheduler\\+'"),
        ("", "unknown policy ''"),
    ],
)
def test_unknown_names_are_bad_input(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        profile_named(name, shipped())
