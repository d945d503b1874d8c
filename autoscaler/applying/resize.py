"""A pod's size, in place: `pods/resize`, one pod a call, nothing restarted and nothing evicted.

A resize does not touch the workload's template, so a new replica comes with the old size; `missing` finds those, and
they are resized as they appear. What the kubelet makes of it (Deferred, Infeasible) comes back with the watch of pods.

A container whose `resizePolicy` says RestartContainer is left alone: all replicas would restart in one pass, and
nobody's disruption budget would be asked. Mode Recreate does the same through a roll-out, which paces itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from autoscaler.applying import resources
from autoscaler.applying.guarded import CALL_S, Change, Thing, decode, refused, version_of, write
from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused
from autoscaler.planner.observation import HOME, PodSeen, Size
from autoscaler.planner.sizes import is_same, told
from kube.client import KubeClient
from kube.errors import KubeError
from policies.errors import QuantityError

_SUBRESOURCE = "pods/resize"
_LIVING = ("Pending", "Running")


async def is_served(client: KubeClient) -> bool:
    """Does the API server have `pods/resize`? Asked of discovery; KubeError when that gives no answer."""
    served = decode(await client.get("/api/v1", timeout_s=CALL_S)).get("resources") or ()
    return any(resource.get("name") == _SUBRESOURCE for resource in served)


def missing(pods: Iterable[PodSeen], to: Size) -> tuple[PodSeen, ...]:
    """Those at home that were not yet asked to be *to*; with an empty size, none."""
    return tuple(
        pod
        for pod in pods
        if pod.place == HOME
        and not pod.deleting
        and pod.phase in _LIVING
        and not is_same(to, {container.name: container.requests for container in pod.containers})
    )


async def resize(client: KubeClient, namespace: str, pod: PodSeen, to: Size, *, template: Mapping[str, Any]) -> Outcome:
    """The pod's containers ask for *to*, from what *pod* was seen to ask for; *template* is its workload's, as JSON."""
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod.name, safe='')}"
    try:
        found = decode(await client.get(path, timeout_s=CALL_S))
        now = resources.containers(found.get("spec") or {})
        planned = resources.containers(template.get("spec") or {})
    except KubeError as error:
        return refused(error)
    except QuantityError as error:
        return Refused("Invalid", f"pod {namespace}/{pod.name}: {error}")
    here = resources.size(now, to)
    if here == to:  # whatever its limits are: somebody may have set those alone
        return Done(version=version_of(found), wrote=False)
    seen = {container.name: container.requests for container in pod.containers}
    if not is_same(here, seen):
        return _differs(namespace, pod, here, to)
    after = resources.sized(now, planned, to, guaranteed=resources.qos(now) == "Guaranteed")
    problem = _unfit(found, here, to) or _other_class(now, after)
    if problem is not None:
        return problem
    body = resources.patch(now, after)
    change = Change(
        path=path,
        write_path=f"{path}/resize",
        body=lambda version: {"metadata": {"resourceVersion": version}, "spec": body},
        kind="strategic",
        is_seen=lambda thing: resources.containers(thing["spec"]) == now,
        is_wanted=lambda thing: resources.containers(thing["spec"]) == after,
        differs=lambda thing: (
            _differs(namespace, pod, resources.size(resources.containers(thing["spec"]), to), to).message
        ),
    )
    return await write(client, change, version_of(found))


def _unfit(pod: Thing, here: Size, to: Size) -> Refused | None:
    called = f"pod {pod['metadata'].get('namespace', '')}/{pod['metadata']['name']}"
    if pod["metadata"].get("deletionTimestamp"):
        return Refused("BeingDeleted", f"{called} is being deleted")
    for name, requests in to.items():
        if name not in here:
            return Refused("NoContainer", f"{called} has no container {name}")
        if absent := [resource for resource in requests if resource not in here[name]]:
            return Refused("NoRequest", f"{called}: container {name} has no request for {', '.join(absent)}")
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    running = next((each for each in statuses if (each.get("state") or {}).get("running") is not None), None)
    if running is not None and running.get("resources") is None:  # KEP-1287: how a node without it is told
        return Refused("NotResizable", f"{called}: its node has no in-place resize")
    if restarting := _restarting(pod, here, to):
        return Refused(
            "WouldRestart", f"{called}: resizePolicy restarts container {restarting}; mode Recreate paces that"
        )
    return None


def _restarting(pod: Thing, here: Size, to: Size) -> str:
    """The first container that a change would restart, with the resource."""
    for container in (pod.get("spec") or {}).get("containers") or ():
        name = container["name"]
        for policy in container.get("resizePolicy") or ():
            resource = policy.get("resourceName")
            moves = to.get(name, {}).get(resource) not in {None, here.get(name, {}).get(resource)}
            if moves and policy.get("restartPolicy") == "RestartContainer":
                return f"{name} for {resource}"
    return ""


def _other_class(now: tuple[resources.Container, ...], after: tuple[resources.Container, ...]) -> Refused | None:
    before, then = resources.qos(now), resources.qos(after)
    return None if before == then else Refused("QosClass", f"the QoS class would change from {before} to {then}")


def _differs(namespace: str, pod: PodSeen, here: Size, to: Size) -> ChangedByOthers:
    return ChangedByOthers(f"pod {namespace}/{pod.name} was to be {told(to)}, but somebody made it {told(here)}")
