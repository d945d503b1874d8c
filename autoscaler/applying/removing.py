"""Deleting one object, the very one that was looked at and none made since under its name."""

from __future__ import annotations

from autoscaler.applying.guarded import CALL_S, Thing, may_be_done, refused
from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Unanswered
from autoscaler.applying.workload import Workload
from kube.client import KubeClient
from kube.errors import Conflict, KubeError, NotFound


async def remove(client: KubeClient, workload: Workload, found: Thing) -> Outcome:
    """Delete *found*, with its pods, in the background; one that is gone already is done."""
    try:
        await client.delete(workload.path, uid=found["metadata"]["uid"], timeout_s=CALL_S)
    except NotFound:
        return Done(wrote=False)
    except Conflict:
        return ChangedByOthers(f"{workload.label} was to be deleted, but somebody made it anew")
    except KubeError as error:
        return Unanswered(str(error)) if may_be_done(error) else refused(error)
    return Done()
