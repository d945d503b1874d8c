"""The Deployment that carries a workload's replicas at a place over edge.

Its pods bear the target's labels, so that the target's Service finds them, and one label of ours more, which its own
selector asks for: it never takes the target's pods. The other way round the target's selector matches the companion's
ReplicaSet and pods, too, and that is safe:

* A controller claims only what has no controller (controller_ref_manager: "adopts orphans, releases what does not
  match"). The companion's ReplicaSet is born with its reference to the companion, its pods with theirs to that.
* Each ReplicaSet's selector has `pod-template-hash`, and the hashes differ as the templates do (at least in our label).
* A StatefulSet adopts only pods with its own names, and is no target for this, see `unfit`.

What would be adopted is an orphan: a companion deleted with `--cascade=orphan` leaves its ReplicaSet to the target's
Deployment, which scales it down as an old revision of its own. We delete in the background, never so.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from autoscaler.applying.owner import OWNER_UID, Owner
from autoscaler.applying.places import companion_name, moved, slug

COMPANION = "edgeward.dev/companion"  # label of the Deployment and its pods: the place, as a label can hold it
PLACE = "edgeward.dev/place"  # annotation: the place as the EdgeAutoscaler has it
TEMPLATE = "edgeward.dev/template"  # annotation: hash of the pod template that we gave it
_KEPT = ("minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit")
_STRATEGY = "strategy"  # a Deployment's


def unfit(home: Mapping[str, Any]) -> str:
    """Why the object *home* can have no companion; empty when it can."""
    spec = home.get("spec") or {}
    kind = home.get("kind") or "object"
    if kind == "StatefulSet":
        return "a StatefulSet's replicas have names and volumes of their own, which a companion cannot have"
    if not ((spec.get("template") or {}).get("spec") or {}).get("containers"):
        return f"the {kind} has no pod template in spec.template"
    if not (spec.get("selector") or {}).get("matchLabels"):
        return f"the {kind} has no spec.selector.matchLabels"
    return ""


def template(home: Mapping[str, Any], place: str, *, node_labels: Mapping[str, str]) -> dict[str, Any]:
    """The pod template of the companion of *home* at *place*."""
    out = moved(home["spec"]["template"], place, node_labels=node_labels)
    out["metadata"]["labels"] = {**(out["metadata"].get("labels") or {}), COMPANION: slug(place)}
    return out


def fingerprint(pod_template: Mapping[str, Any]) -> str:
    """Of a template as we would have it.

    Compared with the one that we gave last and not with what is there: defaults and other people's webhooks change a
    template after us, and putting it back each time would roll out for ever.
    """
    return sha256(msgspec.json.encode(pod_template, order="deterministic")).hexdigest()[:16]


def manifest(
    home: Mapping[str, Any],
    owner: Owner,
    place: str,
    *,
    replicas: int,
    pod_template: Mapping[str, Any],
    abroad: bool,
) -> dict[str, Any]:
    """The companion as it is made."""
    spec, meta = home["spec"], home["metadata"]
    selector = dict(spec["selector"])
    selector["matchLabels"] = {**selector["matchLabels"], COMPANION: slug(place)}
    made: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": companion_name(meta["name"], place),
            "namespace": meta["namespace"],
            "labels": {**(meta.get("labels") or {}), COMPANION: slug(place), OWNER_UID: owner.uid},
            "annotations": {PLACE: place, TEMPLATE: fingerprint(pod_template)},
        },
        "spec": {
            "replicas": replicas,
            "selector": selector,
            "template": pod_template,
            **{key: spec[key] for key in _KEPT if key in spec},
        },
    }
    if home.get("kind") == "Deployment" and _STRATEGY in spec:
        made["spec"][_STRATEGY] = spec[_STRATEGY]
    if not abroad:
        made["metadata"]["ownerReferences"] = [owner.reference]
    return made
