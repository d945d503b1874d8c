"""Who the users are, and that pods go where the decider says."""

from __future__ import annotations

import numpy as np
import pytest

from policies.engine.decide import NO_NODE
from simulations.baselines import names
from simulations.microservices.boutique import SERVICES
from simulations.microservices.network_overhead import NetworkOverhead
from simulations.microservices.rollout import roll_out, users
from tests.simulations.microservices.worlds import tiny


def quiet(share: float, text: str) -> None:
    assert 0 <= share <= 1
    assert text


@pytest.mark.parametrize(("applications", "each"), [(4, [1, 1, 1, 1]), (12, [3, 3, 3, 3]), (6, None)])
def test_users_are_spread_evenly(applications: int, each: list[int] | None) -> None:
    world = tiny()
    zones = users(world, applications, np.random.default_rng(5))
    assert len(zones) == applications
    counts = np.bincount(zones, minlength=4)
    assert each is None or counts.tolist() == each
    by_region = np.bincount(world.region_of_zone[zones])
    assert by_region.max() - by_region.min() <= 1
    assert counts.max() - counts.min() <= 1


def test_the_seed_draws_the_order_of_the_zones() -> None:
    drawn = {tuple(users(tiny(), 8, np.random.default_rng(seed)).tolist()) for seed in range(20)}
    assert len(drawn) > 1


def test_no_node_takes_more_than_it_has_slots_and_what_is_too_much_is_pending_with_a_reason() -> None:
    world = tiny(nodes_per_zone=1, slots=5)
    rollout = roll_out(world, np.array([0, 1]), names.decider("least-allocated", None, 1), quiet)
    taken = np.bincount(rollout.node[rollout.node >= 0], minlength=4)
    assert taken.tolist() == [5, 5, 5, 5]
    assert int((rollout.node < 0).sum()) == 2 * len(SERVICES) - 20
    assert rollout.refusals == {"fit: pods": 2}


def test_a_pod_that_a_filter_refuses_everywhere_does_not_stop_the_others() -> None:
    world = tiny(nodes_per_zone=1, slots=3)
    rollout = roll_out(world, np.array([0]), NetworkOverhead(np.random.default_rng(1)), quiet)
    # a region has room for 6 pods; those after them talk to two or one of the six, and may not leave these
    assert (rollout.node[0, :6] >= 0).all()
    assert (rollout.node[0, 6:] == NO_NODE).all()
    assert len(set(world.region_of_zone[world.zone_of_node[rollout.node[0, :6]]].tolist())) == 1
    assert sum(rollout.refusals.values()) == 5
