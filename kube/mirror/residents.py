"""Who is on a node, with what matters when one of them may have to go for another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kube.mirror.pending import Pending
from kube.mirror.pods import Bound
from policies.model.placement import Placement
from policies.model.resident import Resident


def resident(placement: Placement, known: Bound | Pending | None, now: Callable[[], float]) -> Resident:
    """A pod that is placed; one that no kubelet has seen yet counts as started just now, as in kube-scheduler.

    *known* is what the watch said of the pod of that name, which may be nothing yet, or about a later pod.
    """
    if known is None or known.uid != placement.pod.uid:
        return Resident(placement, now())
    if isinstance(known, Bound):
        return Resident(placement, now() if known.started_s is None else known.started_s, dict(known.labels))
    labels: Mapping[str, str] = (known.content.get("metadata") or {}).get("labels") or {}
    return Resident(placement, now(), labels)
