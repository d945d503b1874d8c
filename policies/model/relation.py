"""The relation of each site to an origin: local, neighbor, cloud or far."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from policies.model.demand import Demand
from policies.model.latency import Latency
from policies.model.site import Sites

NEIGHBOR_RADIUS_MS = 15.0  # two metro sites of one region; the class `ar-vr` (20 ms) still holds next door


class Relation(IntEnum):
    """In the order of the natural fallback."""

    LOCAL = 0
    NEIGHBOR = 1
    CLOUD = 2
    FAR = 3


def relations(
    sites: Sites, latency: Latency, demand: Demand | None, *, radius_ms: float = NEIGHBOR_RADIUS_MS
) -> npt.NDArray[np.int8]:
    """One `Relation` per site, in site order.

    A cloud site is `cloud` unless users are right there; an edge site is `neighbor` within *radius_ms* (believed p50)
    of one of the demand's sites, or when one of the two lists the other as a neighbour. With weighted demand the
    nearest relation counts: a site that is local to a tenth of the users is local. Without demand there is no local and
    no neighbor.
    """
    origins = demand.columns(sites)[0] if demand else np.empty(0, dtype=np.intp)
    near = (latency.p50_ms[origins] <= radius_ms) | sites.listed[origins]
    out = np.where(near.any(axis=0), np.int8(Relation.NEIGHBOR), np.int8(Relation.FAR))
    out[sites.is_cloud] = Relation.CLOUD
    out[origins] = Relation.LOCAL
    return out
