"""Companions in another cluster: no watch of ours tells of them, and no garbage collector removes them.

So they are read when they are asked for, and while there may be any, the EdgeAutoscaler bears a finalizer: it stays
until they are deleted. A cluster that is gone for good keeps it there; a person then removes the finalizer.
"""

from __future__ import annotations

from autoscaler.applying.guarded import CALL_S, Change, Thing, decode, refused, version_of, write
from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused
from autoscaler.applying.owner import OWNER_UID, Owner
from autoscaler.applying.places import companion_name
from autoscaler.applying.removing import remove
from autoscaler.applying.workload import Workload
from kube.client import KubeClient
from kube.errors import KubeError, NotFound

FINALIZER = "edgeward.dev/companions"
_LIST_LIMIT = "500"  # one EdgeAutoscaler has one companion a cluster


async def seen_abroad(there: KubeClient, home: Workload, owner: Owner, place: str) -> int | Refused:
    """How many replicas the companion has been asked for; 0: there is none."""
    companion = Workload(namespace=home.namespace, name=companion_name(home.name, place))
    try:
        found = decode(await there.get(companion.path, timeout_s=CALL_S))
    except NotFound:
        return 0
    except KubeError as error:
        return refused(error)
    if not owner.owns(found, abroad=True):
        return Refused("ForeignObject", f"{companion.label} exists there and is not of {owner.kind} {owner.name}")
    return int((found.get("spec") or {}).get("replicas", 1))


async def clear_companions(there: KubeClient, owner: Owner) -> Outcome:
    """Deletes what an EdgeAutoscaler has in its namespace of another cluster."""
    everywhere = Workload(namespace=owner.namespace, name="")
    query = {"labelSelector": f"{OWNER_UID}={owner.uid}", "limit": _LIST_LIMIT}
    try:
        listed = decode(await there.get(everywhere.collection, query, timeout_s=CALL_S))
    except NotFound:
        return Done(wrote=False)
    except KubeError as error:
        return refused(error)
    found = listed.get("items") or ()
    for thing in found:
        outcome = await remove(there, Workload(namespace=owner.namespace, name=thing["metadata"]["name"]), thing)
        if not isinstance(outcome, Done):
            return outcome
    return Done(wrote=bool(found))


async def set_finalizer(client: KubeClient, owner: Owner, *, to: bool) -> Outcome:
    """Whether the EdgeAutoscaler has to wait for us when it is deleted. Other people's finalizers stay."""
    autoscaler = Workload(
        api_version=owner.api_version,
        kind=owner.kind,
        plural="edgeautoscalers",
        namespace=owner.namespace,
        name=owner.name,
    )
    try:
        found = decode(await client.get(autoscaler.path, timeout_s=CALL_S))
    except NotFound:
        return Done(wrote=False)
    except KubeError as error:
        return refused(error)
    if found["metadata"].get("uid") != owner.uid:
        return ChangedByOthers(f"{autoscaler.label} was deleted and made anew")
    before = _finalizers(found)
    after = [name for name in before if name != FINALIZER] + ([FINALIZER] if to else [])
    if sorted(after) == sorted(before):
        return Done(version=version_of(found), wrote=False)
    change = Change(
        path=autoscaler.path,
        body=lambda version: {"metadata": {"resourceVersion": version, "uid": owner.uid, "finalizers": after}},
        is_seen=lambda now: _finalizers(now) == before,
        is_wanted=lambda now: _finalizers(now) == after,
        differs=lambda now: f"{autoscaler.label}: somebody made its finalizers {_finalizers(now)}",
    )
    return await write(client, change, version_of(found))


def _finalizers(thing: Thing) -> list[str]:
    return list(thing["metadata"].get("finalizers") or ())
