"""Which replicas go first when there are to be fewer: those farthest from the users.

A ReplicaSet deletes pods that wait or are not ready first, then those with the lowest
`controller.kubernetes.io/pod-deletion-cost` (ActivePodsWithRanks). It cannot be told names. So, right before a scale-in
by k, the k pods with the longest round trip to the demand get a cost below the default of 0, and nobody else gets any:
k writes and not one for each replica. Marks of an earlier scale-in are taken back.

The mark is two annotations: the cost, and ours that repeats it. A cost without ours is a person's, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np

from autoscaler.applying.guarded import CALL_S, Change, Thing, decode, refused, version_of, write
from autoscaler.applying.outcome import Done, Outcome, Refused, Unanswered
from kube.client import KubeClient
from kube.errors import KubeError, NotFound
from policies.model.demand import Demand
from policies.model.latency import Latency
from policies.model.site import Sites

COST = "controller.kubernetes.io/pod-deletion-cost"
OURS = "edgeward.dev/pod-deletion-cost"  # what we made it; another value in COST is somebody else's
_DEAREST = 2**31 - 1  # it is an int32


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A pod that could go, with the site of its node and the two annotations as they are."""

    name: str
    site: str = ""  # empty: not placed, and so gone first without any mark
    cost: str = ""
    ours: str = ""

    @property
    def is_somebody_elses(self) -> bool:
        """Does it bear a cost that we did not give?"""
        return bool(self.cost) and self.cost != self.ours


def round_trips_ms(sites: Sites, latency: Latency, demand: Demand) -> dict[str, float]:
    """Site → believed p50 to the demand's sites, weighted; empty when none of the demand's sites is known."""
    origins, weights = demand.columns(sites)
    if not len(origins):
        return {}
    away_ms = weights @ latency.p50_ms[origins]
    return {site.name: float(ms) for site, ms in zip(sites, away_ms, strict=True)}


def costs(replicas: Iterable[Replica], away_ms: Mapping[str, float], fewer: int) -> dict[str, int | None]:
    """Pod → its cost when so many *fewer* are to be there; None: its mark is to go. Only what has to change.

    Among equals the last by name goes. Where nothing is known of the distances nobody is marked.
    """
    ours = [each for each in replicas if not each.is_somebody_elses]
    ranked = sorted(
        (each for each in ours if each.site in away_ms),
        key=lambda each: (away_ms[each.site], each.name),
        reverse=True,
    )
    farthest = {each.name for each in ranked[: max(fewer, 0)]}
    out: dict[str, int | None] = {}
    for each in ours:
        wanted = _cost(away_ms[each.site]) if each.name in farthest else None
        if ("" if wanted is None else str(wanted)) != each.cost:
            out[each.name] = wanted
    return out


async def mark(client: KubeClient, namespace: str, changes: Mapping[str, int | None]) -> Outcome:
    """Writes what `costs` found; a pod that is gone, or that somebody marked, needs none. The first refusal ends it.

    Scale in all the same: without marks only the choice is worse.
    """
    wrote = False
    for name, cost in changes.items():
        outcome = await _mark(client, namespace, name, cost)
        if isinstance(outcome, Refused | Unanswered):
            return outcome
        wrote = wrote or (isinstance(outcome, Done) and outcome.wrote)
    return Done(wrote=wrote)


async def _mark(client: KubeClient, namespace: str, name: str, cost: int | None) -> Outcome:
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(name, safe='')}"
    value = None if cost is None else str(cost)
    try:
        found = decode(await client.get(path, timeout_s=CALL_S))
    except NotFound:
        return Done(wrote=False)
    except KubeError as error:
        return refused(error)
    before = _marks(found)
    if Replica(name=name, cost=before[0] or "", ours=before[1] or "").is_somebody_elses or before == (value, value):
        return Done(wrote=False)
    change = Change(
        path=path,
        body=lambda version: {"metadata": {"resourceVersion": version, "annotations": {COST: value, OURS: value}}},
        is_seen=lambda now: _marks(now) == before,
        is_wanted=lambda now: _marks(now) == (value, value),
        differs=lambda now: f"pod {namespace}/{name}: somebody made its deletion cost {_marks(now)[0]}",
    )
    return await write(client, change, version_of(found))


def _marks(pod: Thing) -> tuple[str | None, str | None]:
    annotations = pod["metadata"].get("annotations") or {}
    return annotations.get(COST), annotations.get(OURS)


def _cost(away_ms: float) -> int:
    """Below 0 also for a neighbour at no distance, and the lower the farther: tenths of a millisecond."""
    return -int(np.clip(np.ceil(away_ms * 10), 1, _DEAREST))
