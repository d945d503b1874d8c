"""Replicas over edge: the companion workload is made, scaled, kept in step with its target, and deleted at none.

Each call reads the two objects anew, since it is made once a step and not once a pass. Only a companion that is ours is
ever touched; one of that name that is not makes the place unusable, with a reason, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from autoscaler.applying.companion_manifest import TEMPLATE, fingerprint, manifest, template, unfit
from autoscaler.applying.guarded import CALL_S, Change, Thing, decode, may_be_done, refused, version_of, write
from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused, Unanswered
from autoscaler.applying.owner import Owner
from autoscaler.applying.places import companion_name
from autoscaler.applying.removing import remove
from autoscaler.applying.workload import Workload
from kube.client import KubeClient
from kube.errors import Conflict, KubeError, NotFound

_NO_LABELS: Mapping[str, str] = MappingProxyType({})


async def keep_companion(
    client: KubeClient,
    home: Workload,
    owner: Owner,
    place: str,
    *,
    replicas: int,
    seen: int,
    there: KubeClient | None = None,
    node_labels: Mapping[str, str] = _NO_LABELS,
) -> Outcome:
    """The companion of *home* at *place* has *replicas* and home's present pod template; with 0 it is gone.

    *seen* is how many it had when that was decided (0: there was none): ChangedByOthers when it has another number now.
    *there*: the other cluster's client for a place that is one; *node_labels*: see `places.moved`.
    """
    companion = Workload(namespace=home.namespace, name=companion_name(home.name, place))
    where, abroad = there or client, there is not None
    origin: Thing = {}
    try:
        if replicas:  # to be rid of a companion, its target need not be there any more
            origin = {"kind": home.kind, **decode(await client.get(home.path, timeout_s=CALL_S))}
        found = await _found(where, companion)
    except KubeError as error:
        return refused(error)  # a question that failed changed nothing
    problem = unfit(origin) if replicas else ""
    if problem:
        return Refused("NoCompanion", f"{home.label}: {problem}")
    standing = _standing(found, companion, owner, replicas=replicas, seen=seen, abroad=abroad)
    if standing is not None:
        return standing
    if found is not None and not replicas:
        return await remove(where, companion, found)
    pod_template = template(origin, place, node_labels=node_labels)
    if found is not None:
        return await _change(where, companion, found, replicas=replicas, pod_template=pod_template)
    made = manifest(origin, owner, place, replicas=replicas, pod_template=pod_template, abroad=abroad)
    return await _make(where, companion, made, owner, abroad=abroad)


async def _found(client: KubeClient, companion: Workload) -> Thing | None:
    try:
        return decode(await client.get(companion.path, timeout_s=CALL_S))
    except NotFound:
        return None


def _standing(
    found: Thing | None, companion: Workload, owner: Owner, *, replicas: int, seen: int, abroad: bool
) -> Outcome | None:
    """What forbids to go on, or makes it needless; None when there is something to do."""
    if found is None:
        if not replicas:
            return Done(wrote=False)
        gone = f"{companion.label} was to go from {seen} to {replicas} replicas, but it is gone"
        return ChangedByOthers(gone) if seen else None
    problem = _not_ours(found, companion, owner, abroad=abroad)
    if problem is None and _replicas(found) not in {seen, replicas}:
        return _differs(companion, found, seen=seen, to=replicas)
    return problem


async def _make(client: KubeClient, companion: Workload, made: Thing, owner: Owner, *, abroad: bool) -> Outcome:
    try:
        answer = await client.create(companion.collection, made, timeout_s=CALL_S)
        return Done(version=version_of(decode(answer)))
    except KubeError as error:
        # a conflict is one of that name made since we looked; by a call of ours whose answer was lost, perhaps
        if not (isinstance(error, Conflict) or may_be_done(error)):
            return refused(error)
        lost = error
    try:
        found = decode(await client.get(companion.path, timeout_s=CALL_S))
    except NotFound:
        return refused(lost)
    except KubeError:
        return Unanswered(str(lost))
    problem = _not_ours(found, companion, owner, abroad=abroad)
    if problem is not None:
        return problem
    to = made["spec"]["replicas"]
    return Done(version=version_of(found)) if _replicas(found) == to else _differs(companion, found, seen=0, to=to)


async def _change(
    client: KubeClient, companion: Workload, found: Thing, *, replicas: int, pod_template: Thing
) -> Outcome:
    there, mark = _replicas(found), fingerprint(pod_template)
    steps = []
    if there != replicas:
        steps.append({"op": "add", "path": "/spec/replicas", "value": replicas})
    if _mark(found) != mark:
        steps += [
            {"op": "replace", "path": "/spec/template", "value": pod_template},  # a merge would keep what home dropped
            _marking(found, mark),
        ]
    if not steps:
        return Done(version=version_of(found), wrote=False)
    change = Change(
        path=companion.path,
        # in a JSON patch, too, a version that is not the present one is a conflict
        body=lambda version: [{"op": "replace", "path": "/metadata/resourceVersion", "value": version}, *steps],
        kind="json",
        is_seen=lambda now: _replicas(now) == there and _mark(now) == _mark(found),
        is_wanted=lambda now: _replicas(now) == replicas and _mark(now) == mark,
        differs=lambda now: _differs(companion, now, seen=there, to=replicas).message,
    )
    return await write(client, change, version_of(found))


def _not_ours(found: Thing, companion: Workload, owner: Owner, *, abroad: bool) -> Refused | None:
    if not owner.owns(found, abroad=abroad):
        return Refused("ForeignObject", f"{companion.label} exists and is not of {owner.kind} {owner.name}")
    if found["metadata"].get("deletionTimestamp"):
        return Refused("BeingDeleted", f"{companion.label} is being deleted")
    return None


def _differs(companion: Workload, now: Thing, *, seen: int, to: int) -> ChangedByOthers:
    return ChangedByOthers(
        f"{companion.label} was to go from {seen} to {to} replicas, but somebody changed it: it has {_replicas(now)}"
    )


def _replicas(deployment: Thing) -> int:
    return int((deployment.get("spec") or {}).get("replicas", 1))  # the API server's default


def _annotations(thing: Thing) -> dict[str, str]:
    return dict(thing["metadata"].get("annotations") or {})


def _marking(found: Thing, mark: str) -> Thing:
    """One annotation beside the others; a JSON patch adds into an object only if that is there."""
    if _annotations(found):
        return {"op": "add", "path": f"/metadata/annotations/{TEMPLATE.replace('/', '~1')}", "value": mark}
    return {"op": "add", "path": "/metadata/annotations", "value": {TEMPLATE: mark}}


def _mark(deployment: Thing) -> str:
    return _annotations(deployment).get(TEMPLATE, "")
