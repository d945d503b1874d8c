"""A workload's size by its pod template (mode Recreate, or an API without `pods/resize`): a roll-out in small steps.

The template itself is what moves, so what its limits were before the first step is kept on the workload, as an
annotation; else rounding would drift, and the way back would end beside where the way out began. The note counts only
as long as the template is exactly what we made of it: after somebody's edit, that edit is where we start from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from autoscaler.applying import resources
from autoscaler.applying.guarded import CALL_S, Change, Thing, decode, refused, version_of, write
from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused
from autoscaler.applying.resources import Container
from autoscaler.applying.rollout import unready
from autoscaler.applying.workload import Workload
from autoscaler.planner.observation import Size
from autoscaler.planner.sizes import is_same, told
from kube.client import KubeClient
from kube.errors import KubeError
from kube.mirror.budgets import ToldBudget
from policies.errors import QuantityError

BASE = "edgeward.dev/base-resources"  # annotation: the containers' resources before the first step, as JSON
_RESOURCES = ("containers", "initContainers")


async def retemplate(
    client: KubeClient, workload: Workload, *, seen: Size, to: Size, budgets: Sequence[ToldBudget]
) -> Outcome:
    """The template's containers ask for *to*, from *seen*; *budgets* are those that select its pods.

    Refused while a roll-out is under way, and in whatever else `rollout.unready` finds.
    """
    try:
        found = decode(await client.get(workload.path, timeout_s=CALL_S))
        spec = _pod_spec(found)
        now = resources.containers(spec)
    except KubeError as error:
        return refused(error)
    except QuantityError as error:
        return Refused("Invalid", f"{workload.label}: {error}")
    here = resources.size(now, to)
    if here == to:
        return Done(version=version_of(found), wrote=False)
    if not is_same(here, seen):
        return ChangedByOthers(_differs(workload, found, to))
    base = _base(found, now, here)
    planned = resources.containers(base)
    after = resources.sized(now, planned, to, guaranteed=resources.qos(now) == "Guaranteed")
    refusal = (
        _absent(workload, here, to)
        or unready(found, kind=workload.kind, label=workload.label, budgets=budgets)
        or _other_class(workload, now, after)
    )
    if refusal is not None:
        return refusal
    note = None if resources.size(planned, to) == to else msgspec.json.encode(base, order="sorted").decode()
    body = {"spec": {"template": {"spec": resources.patch(now, after)}}}
    change = Change(
        path=workload.path,
        body=lambda version: {"metadata": {"resourceVersion": version, "annotations": {BASE: note}}, **body},
        kind="strategic",
        is_seen=lambda thing: resources.containers(_pod_spec(thing)) == now,
        is_wanted=lambda thing: resources.containers(_pod_spec(thing)) == after,
        differs=lambda thing: _differs(workload, thing, to),
    )
    return await write(client, change, version_of(found))


def _absent(workload: Workload, here: Size, to: Size) -> Refused | None:
    absent = [name for name in to if here.get(name, {}).keys() != to[name].keys()]
    message = f"{workload.label}: container {absent[0]} is not there, or has not all requests" if absent else ""
    return Refused("NoContainer", message) if absent else None


def _other_class(workload: Workload, now: Sequence[Container], after: Sequence[Container]) -> Refused | None:
    before, then = resources.qos(now), resources.qos(after)
    message = f"{workload.label}: the QoS class would change from {before} to {then}"
    return None if before == then else Refused("QosClass", message)


def _base(workload: Thing, now: Sequence[Container], here: Size) -> dict[str, Any]:
    """The resources before the first step, as the part of a pod's spec that holds them."""
    note = (workload["metadata"].get("annotations") or {}).get(BASE)
    if note:
        try:
            base: Any = msgspec.json.decode(note)
            planned = resources.containers(base)
        except (msgspec.DecodeError, QuantityError, AttributeError):
            return _resources(_pod_spec(workload))
        if resources.sized(now, planned, here, guaranteed=resources.qos(now) == "Guaranteed") == tuple(now):
            return dict(base)
    return _resources(_pod_spec(workload))


def _resources(pod_spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [{"name": each["name"], "resources": each.get("resources") or {}} for each in pod_spec[key]]
        for key in _RESOURCES
        if pod_spec.get(key)
    }


def _pod_spec(workload: Thing) -> dict[str, Any]:
    spec: dict[str, Any] = ((workload.get("spec") or {}).get("template") or {}).get("spec") or {}
    return spec


def _differs(workload: Workload, now: Thing, to: Size) -> str:
    here = resources.size(resources.containers(_pod_spec(now)), to)
    return f"{workload.label} was to be {told(to)}, but somebody made it {told(here)}"
