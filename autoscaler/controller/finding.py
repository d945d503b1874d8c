"""From an EdgeAutoscaler to the workload it scales and the pods that are its own; or why there is nothing to scale.

Whom a workload belongs to must be clear before anything is decided: an HPA on the same target, or a second
EdgeAutoscaler, would each undo what the other does, so then neither of ours acts (rule 7 does so for overlapping HPAs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from autoscaler.applying.companion_manifest import COMPANION
from autoscaler.applying.places import CLUSTER, companion_name, slug
from autoscaler.applying.workload import Workload
from autoscaler.controller.refusal import Refusal
from autoscaler.controller.subject import Subject
from autoscaler.planner.observation import PodSeen
from autoscaler.watching.asked import Asked
from autoscaler.watching.autoscalers import Known
from autoscaler.watching.targets import APPS, KINDS, group_of
from autoscaler.watching.watched import Watched
from autoscaler.watching.workloads import Scaled

_CHAINS = frozenset(KINDS)


def find(known: Known, watched: Watched, abroad: Mapping[str, int]) -> Subject | Refusal:
    """The subject of a decision, or the condition that says why there is none; *abroad*: what is in other clusters."""
    asked, target = known.asked, known.target
    if asked is None or target is None:
        return Refusal(type="Valid", reason="InvalidSpec", message=known.problem)
    if refusal := _contested(known, watched):
        return refusal
    scaled, workload, problem = _scaled(asked, known.namespace, watched)
    if scaled is None or workload is None:
        return Refusal(type="AbleToScale", reason="FailedGetScale", message=problem)
    companions = _companions(known, asked, watched)
    owners = {scaled.uid, *watched.replica_sets.of(scaled.uid)}
    home = _pods(owners, watched)
    if not home and scaled.status_replicas and scaled.key[0] not in _CHAINS:
        # owned through a kind that is not watched: its labels are all that there is to go by
        selected = watched.pods.selected(known.namespace, scaled.selector)
        ours = [each for each in selected if COMPANION not in dict(each.labels)]  # companions' pods bear them, too
        home = tuple(each.seen for each in ours)
        owners |= {each.owner for each in ours}
    pods = home
    for place, companion in companions.items():
        theirs = {companion.uid, *watched.replica_sets.of(companion.uid)}
        owners |= theirs
        pods += tuple(replace(pod, place=place) for pod in _pods(theirs, watched))
    return Subject(
        name=(known.namespace, known.name),
        uid=known.uid,
        generation=known.generation,
        asked=asked,
        workload=workload,
        scaled=scaled,
        pods=pods,
        companions=companions,
        abroad=abroad,
        foreign=_foreign(scaled, owners, watched),
    )


def _contested(known: Known, watched: Watched) -> Refusal | None:
    assert known.target is not None
    _, kind, namespace, name = known.target
    label = f"{kind} {namespace}/{name}"
    if others := [each[1] for each in watched.autoscalers.of(known.target) if each[1] != known.name]:
        message = f"{label} is also the target of EdgeAutoscaler {', '.join(others)}: none of them scales it"
        return Refusal(type="AbleToScale", reason="AmbiguousTarget", message=message)
    if hpas := watched.hpas.of(known.target):
        message = f"{label} is the target of HorizontalPodAutoscaler {', '.join(hpas)}: delete one of the two"
        return Refusal(type="AbleToScale", reason="HorizontalPodAutoscalerExists", message=message)
    return None


def _scaled(asked: Asked, namespace: str, watched: Watched) -> tuple[Scaled | None, Workload | None, str]:
    if asked.kind in KINDS and group_of(asked.api_version, asked.kind) == APPS:
        workload = Workload(kind=asked.kind, plural=KINDS[asked.kind], namespace=namespace, name=asked.name)
        scaled = watched.workload(asked.kind, namespace, asked.name)
        return scaled, workload, "" if scaled else f'{KINDS[asked.kind]}.apps "{asked.name}" not found'
    other = watched.others.get((asked.api_version, asked.kind, namespace, asked.name))
    if other is None:
        return None, None, f"the scale of {asked.kind} {asked.name} ({asked.api_version}) was not read yet"
    return other.scaled, other.workload, other.problem


def _companions(known: Known, asked: Asked, watched: Watched) -> dict[str, Scaled]:
    """By place, those in the order asked for first. A place that is asked for no more still has what it has."""
    places = [place for place in asked.spec.over_edge.places if not place.startswith(CLUSTER)]
    owned = {companion.key[2]: companion for companion in watched.deployments.owned_by(known.uid)}
    labels = [companion.labels.get(COMPANION, "") for companion in owned.values()]
    return {
        place: owned[name]
        for place in dict.fromkeys((*places, *sorted(labels)))
        if (name := companion_name(asked.name, place)) in owned and (place in places or place not in map(slug, places))
    }


def _pods(owners: Iterable[str], watched: Watched) -> tuple[PodSeen, ...]:
    found: tuple[PodSeen, ...] = ()
    for owner in sorted(owners):
        found += watched.pods.seen(owner)
    return found


def _foreign(scaled: Scaled, owners: set[str], watched: Watched) -> tuple[str, ...]:
    namespace = scaled.key[1]
    return tuple(
        sorted(
            each.name
            for each in watched.pods.selected(namespace, scaled.selector)
            if each.owner not in owners and not each.seen.deleting
        )
    )
