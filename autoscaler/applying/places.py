"""A place over edge, as a name can hold it and as a pod template asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from policies.model.annotations import PREFIX
from policies.model.hint import RELATIONS
from policies.model.kubernetes import SITE_LABELS, TIER_LABEL

CLUSTER = "cluster:"  # prefix of a place that is another cluster
NAME_LIMIT = 63  # of a label's value, and of the Deployment's name, which goes on in its pods'
_PLAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_OTHER = re.compile(r"[^a-z0-9]+")
_DIGITS = 8
_HINTS = tuple(PREFIX + key for key in ("preferred", "fallback", "required"))


def slug(text: str, *, limit: int = NAME_LIMIT) -> str:
    """*text* itself where it is a DNS label of at most *limit* characters, else one with a hash that tells it apart."""
    if len(text) <= limit and _PLAIN.fullmatch(text):
        return text
    digest = sha256(text.encode()).hexdigest()[:_DIGITS]
    plain = _OTHER.sub("-", text.lower()).strip("-")[: limit - _DIGITS - 1].rstrip("-")
    return f"{plain}-{digest}" if plain else digest


def companion_name(target: str, place: str) -> str:
    """`web-cloud`; cut to 63 characters with a hash where it is longer."""
    return slug(f"{target}-{slug(place)}")


def hints(place: str) -> dict[str, str]:
    """The annotations that put a pod there and nowhere else; none for another cluster, whose own rules hold there."""
    if place.startswith(CLUSTER):
        return {}
    # `preferred` takes relations; a site alone is a fallback of one group, which `required` makes a filter
    key = "preferred" if place in RELATIONS else "fallback"
    return {PREFIX + key: place, PREFIX + "required": "true"}


def moved(template: Mapping[str, Any], place: str, *, node_labels: Mapping[str, str]) -> dict[str, Any]:
    """The pod *template* with its wishes for home replaced by those for *place*.

    *node_labels* select the nodes of the place by what they bear, for a scheduler that does not read hints. Selectors
    of home's own site or tier are dropped: they would contradict.
    """
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    told = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in _HINTS}
    selector = {
        key: value
        for key, value in (spec.get("nodeSelector") or {}).items()
        if key not in SITE_LABELS and key != TIER_LABEL
    }
    selector |= node_labels
    annotations = told | hints(place)
    out: dict[str, Any] = {
        "metadata": {key: value for key, value in meta.items() if key not in {"annotations", "creationTimestamp"}},
        "spec": {key: value for key, value in spec.items() if key != "nodeSelector"},
    }
    if annotations:
        out["metadata"]["annotations"] = annotations
    if selector:
        out["spec"]["nodeSelector"] = selector
    return out
