"""What the extender answers for the nodes that it is offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.engine.answers import UNKNOWN, filtered, prioritized
from policies.engine.decide import Engine
from policies.model.cluster import Cluster
from policies.model.site import Tier
from tests.builders import make_class, make_cluster, make_node, make_profile

NAMES = ("n1", "n2", "n3", "n4")


def three_tiers() -> Cluster:
    return make_cluster(
        make_node("n1", site="seoul"),
        make_node("n2", site="seoul", cpu="1"),
        make_node("n3", site="cloud", tier=Tier.CLOUD),
        make_node("n4", site="cloud", tier=Tier.CLOUD, ready=False),
    )


def test_every_name_offered_is_answered_once_and_those_that_pass_in_order() -> None:
    nodes = three_tiers().live()
    engine = Engine(make_profile("hint"))
    answer = filtered(engine, nodes, make_class(cpu="2"), ["n4", "nowhere", "n3", "n2", "n1"], offered=False)
    assert answer.passed == ["n3", "n1"]
    assert sorted(refusal.node for refusal in answer.refusals) == ["n2", "n4", "nowhere"]


def test_node_offered_twice_is_answered_once() -> None:
    answer = filtered(
        Engine(make_profile("hint")), three_tiers().live(), make_class(), ["n3", "n4", "n3", "n1", "n4", "x"]
    )
    assert answer.passed == ["n3", "n1"]
    assert sorted(refusal.node for refusal in answer.refusals) == ["n4", "x"]


def test_room_that_kube_scheduler_sees_on_a_node_is_not_looked_for_again() -> None:
    nodes, full = three_tiers().live(), make_class(cpu="2")
    answer = filtered(Engine(make_profile("hint")), nodes, full, ["n1", "n2"])
    assert answer.passed == ["n1", "n2"]  # n2 has one CPU by our books, which may be a moment behind


def test_room_on_a_gpu_is_looked_for_since_kube_scheduler_does_not_know_of_shares() -> None:
    nodes = make_cluster(make_node("n1", gpus=1), make_node("n2")).live()
    answer = filtered(Engine(make_profile("hint")), nodes, make_class(gpu_milli=500), ["n1", "n2"])
    assert answer.passed == ["n1"]
    assert [(refusal.node, refusal.policy) for refusal in answer.refusals] == [("n2", "fit")]


def test_shortlist_is_the_reason_even_where_our_books_see_no_room() -> None:
    engine = Engine(make_profile("hint", tiers="best"))
    pod = make_class(preferred="local", origin="cloud", cpu="2")
    answer = filtered(engine, three_tiers().live(), pod, ["n2", "n3"])
    assert answer.passed == ["n3"]
    (left_out,) = answer.refusals
    assert (left_out.policy, left_out.unresolvable) == ("shortlist", False)


def test_unknown_node_may_be_known_next_time() -> None:
    answer = filtered(Engine(make_profile("hint")), three_tiers().live(), make_class(), ["nowhere"])
    (refused,) = answer.refused  # and no empty group beside it
    assert (refused.policy, refused.unresolvable, refused.nodes) == (UNKNOWN, False, ["nowhere"])


def test_cluster_without_nodes_refuses_all_names() -> None:
    answer = filtered(Engine(make_profile("hint")), Cluster().live(), make_class(), ["n1", "n2"])
    assert answer.passed == []
    assert len(answer.refusals) == 2
    assert prioritized(Engine(make_profile("hint")), Cluster().live(), make_class(), ["n1", "n2"]) == [0, 0]


def test_only_nodes_that_were_offered_are_considered() -> None:
    engine = Engine(make_profile("hint", tiers="best"))
    pod = make_class(preferred="local", fallback="cloud", origin="seoul")
    answer = filtered(engine, three_tiers().live(), pod, ["n3", "n4"])
    assert answer.passed == ["n3"]  # the best tier of those offered, though n1 is local


def test_shortlist_leaves_worse_tiers_out_and_says_so() -> None:
    engine = Engine(make_profile("hint", tiers="best"))
    pod = make_class(preferred="local", fallback="cloud", origin="seoul")
    answer = filtered(engine, three_tiers().live(), pod, list(NAMES[:3]))
    assert answer.passed == ["n1", "n2"]
    assert answer.shortened
    (left_out,) = answer.refusals
    assert (left_out.node, left_out.policy, left_out.unresolvable) == ("n3", "shortlist", False)


def test_without_the_shortlist_scores_tell_the_tiers_apart() -> None:
    engine = Engine(make_profile("hint", tiers="best"))
    pod = make_class(preferred="local", fallback="cloud", origin="seoul")
    answer = filtered(engine, three_tiers().live(), pod, list(NAMES[:3]), shortlist=False)
    assert not answer.shortened
    score = dict(zip(answer.passed, answer.integers, strict=True))
    assert min(score["n1"], score["n2"]) > score["n3"]


@given(
    offered=st.lists(st.sampled_from([*NAMES, "nowhere", "neither"]), unique=True),
    preferred=st.sampled_from(["local", "neighbor", "cloud"]),
    cpu=st.sampled_from(["500m", "2", "64"]),
    most=st.integers(0, 3),
    shortlist=st.booleans(),
)
def test_scores_of_the_filter_are_those_that_prioritize_would_give(
    offered: list[str], preferred: str, cpu: str, most: int, shortlist: bool
) -> None:
    engine = Engine(make_profile("hint", "spread", tiers="best", nodes=most))
    nodes, pod = three_tiers().live(), make_class(preferred=preferred, origin="seoul", cpu=cpu)
    answer = filtered(engine, nodes, pod, offered, shortlist=shortlist)
    again = prioritized(engine, nodes, pod, offered, shortlist=shortlist)
    assert [score for name, score in zip(offered, again, strict=True) if name in answer.passed] == answer.integers
    assert sorted([*answer.passed, *(refusal.node for refusal in answer.refusals)]) == sorted(offered)


@pytest.mark.parametrize("most", [1, 2])
def test_a_pod_that_fits_somewhere_is_never_left_with_nothing(most: int) -> None:
    engine = Engine(make_profile("hint", tiers="best", nodes=most))
    assert len(filtered(engine, three_tiers().live(), make_class(), list(NAMES)).passed) == most
