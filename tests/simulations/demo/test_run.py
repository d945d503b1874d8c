"""The demo's promise: every rung is needed once, each is left again, and nobody waits too long."""

from __future__ import annotations

from itertools import groupby

import pytest

from simulations.demo.run import HOME_MOST, MOST, Turn, ours, over_limit_s, plain_hpa
from simulations.demo.world import LIMIT_MS, SITE


@pytest.fixture(scope="module")
def ladder() -> list[Turn]:
    return list(ours())


@pytest.fixture(scope="module")
def hpa() -> list[Turn]:
    return list(plain_hpa())


def test_every_rung_is_taken_in_order_and_left_in_reverse(ladder: list[Turn]) -> None:
    assert [rung for rung, _ in groupby(turn.rung for turn in ladder)] == ["Out", "Up", "OverEdge", "Up", "Out"]
    kinds = [kind for kind, _ in groupby(turn.step.kind for turn in ladder if turn.step)]
    assert kinds == ["ScaleOut", "ScaleUp", "OverEdge", "ComeHome", "ScaleDown", "ScaleIn"]


def test_the_neighbour_comes_before_the_cloud_and_leaves_after_it(ladder: list[Turn]) -> None:
    def there(place: str) -> list[float]:
        return [turn.at_s for turn in ladder if turn.replicas.get(place)]

    neighbor, cloud = there("neighbor"), there("cloud")
    assert neighbor[0] < cloud[0] < cloud[-1] < neighbor[-1]


def test_it_ends_as_it_began(ladder: list[Turn]) -> None:
    first, last = ladder[0], ladder[-1]
    assert (last.replicas, last.growth) == (first.replicas, first.growth)


def test_replicas_run_at_the_site_that_was_chosen(ladder: list[Turn]) -> None:
    nodes = [node for turn in ladder if turn.step and turn.step.kind == "OverEdge" for node in turn.nodes]
    assert [node.partition("-")[0] for node in nodes] == [SITE["neighbor"], SITE["neighbor"], SITE["cloud"]]
    assert all(turn.waiting == 0 for turn in ladder)


def test_users_wait_no_longer_than_the_limit(ladder: list[Turn]) -> None:
    assert over_limit_s(ladder) == 0
    assert sum(turn.late for turn in ladder) == 0
    assert max(turn.response_ms for turn in ladder) <= LIMIT_MS


def test_nothing_is_above_what_was_allowed(ladder: list[Turn]) -> None:
    assert max(turn.replicas["home"] for turn in ladder) <= HOME_MOST
    assert max(sum(turn.replicas.values()) for turn in ladder) <= MOST


def test_the_plain_hpa_asks_for_pods_that_find_no_room_and_its_users_wait(hpa: list[Turn]) -> None:
    assert max(turn.waiting for turn in hpa) > 0
    assert over_limit_s(hpa) > 1800
    assert max(turn.replicas["home"] - turn.waiting for turn in hpa) == 4


def test_both_meet_the_same_load(ladder: list[Turn], hpa: list[Turn]) -> None:
    assert [turn.load for turn in ladder] == [turn.load for turn in hpa]
