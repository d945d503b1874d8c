"""What users and pods wait for: round trips of the checkout path, of each call, and of the user's own hop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.microservices.boutique import CALLS, CHECKOUT, SERVICES
from simulations.microservices.landscape import Landscape

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Each in ms, for those whose pods are placed."""

    checkout_ms: Floats  # by application: from the user along the whole path
    call_ms: Floats  # by application and call: one round trip between two pods
    user_hop_ms: Floats  # by application: from the user to the frontend


def waits(world: Landscape, users_zone: Ints, node: Ints) -> Waits:
    """*node* as in `Rollout`."""
    frontend = node[:, SERVICES.index("frontend")]
    up = frontend >= 0
    user_hop_ms = np.full(len(node), np.nan)
    user_hop_ms[up] = world.user_rtt_ms[users_zone[up], frontend[up]]
    checkout_ms = user_hop_ms + _calls(world, node, CHECKOUT).sum(axis=1)
    return Waits(
        checkout_ms=checkout_ms[~np.isnan(checkout_ms)],
        call_ms=(calls := _calls(world, node, CALLS))[~np.isnan(calls)],
        user_hop_ms=user_hop_ms[up],
    )


def _calls(world: Landscape, node: Ints, calls: tuple[tuple[str, str], ...]) -> Floats:
    """(applications, calls), NaN where one end is not placed."""
    one, other = (node[:, [SERVICES.index(call[end]) for call in calls]] for end in (0, 1))
    return np.where((one >= 0) & (other >= 0), world.rtt_ms[one, other], np.nan)
