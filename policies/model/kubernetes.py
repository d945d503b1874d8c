"""The decoding of Kubernetes objects, once: JSON of a Node or a Pod in, values of the model out.

Both the live mirror and the offline dump reader come through here, so that they cannot disagree. No I/O. Errors name
the object and the path: `node edge-1: status.allocatable.cpu: not a quantity: '4x'`.

A node's name is carried over as one more label, `metadata.name`, and the node affinity `matchFields` with which a
DaemonSet pins a pod to its node as a selector of that label. `kubernetes.io/hostname` would not do: it is the kubelet's
word and need not be the node's name. Selector and affinity may name one key twice; then both must hold.

GPUs are no resources among others: which cards a node has is in `cards`, what a pod asks of them in `sharing`.

What is not carried over: inter-pod affinity, spread constraints, volumes, ports and node affinity with more than one
term or with another operator than a one-valued `In`; in a cluster kube-scheduler's own filters see to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial

from policies.errors import ModelError
from policies.model import sharing
from policies.model.annotations import PREFIX, Wishes, gpu_request, wishes
from policies.model.assignment import DEVICES
from policies.model.bounds import check_annotations, check_many
from policies.model.cards import gpu_model, gpus
from policies.model.gpu import GpuRequest
from policies.model.manifest import Manifest
from policies.model.node import Node
from policies.model.pod import Pod, PodClass
from policies.model.resources import amount, pod_requests
from policies.model.site import Site, Sites, Tier
from policies.model.taint import Taint, Toleration

SITE_LABELS = (
    "edgeward.dev/site",
    "apps.openyurt.io/nodepool",
    "apps.kubeedge.io/belonging-to",
    "topology.kubernetes.io/zone",
)
TIER_LABEL = "edgeward.dev/tier"
REGION_LABEL, ZONE_LABEL = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
NAME_FIELD = "metadata.name"  # the only field that node affinity can match
UNSCHEDULABLE = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")
MIRROR_ANNOTATION = "kubernetes.io/config.mirror"  # of a static pod, which its node's kubelet runs by itself
SERVICE_LABELS = ("app.kubernetes.io/name", "app", "k8s-app")


def node(content: Mapping[str, object], *, site_labels: Sequence[str] = SITE_LABELS, default_site: str = "") -> Node:
    """A v1 Node, in *default_site* when it bears none of the labels.

    Cordoned (`spec.unschedulable`) means the taint that Kubernetes itself puts there a moment later, so that a pod
    which tolerates it is let in, as kube-scheduler does. Ready means that the Ready condition is not said to be false
    or unknown, and there no toleration helps: what DaemonSets tolerate (`not-ready`) keeps a pod where it is, but a
    dead node starts no new one, and what we placed there would wait until it is back.
    """
    name = _name(content, "node")
    told = Manifest(content, f"node {name}")
    labels = told.part("metadata").texts("labels")
    spec, status = told.part("spec"), told.part("status")
    # allocatable defaults to capacity, as in the API server
    allocatable = status.amounts("allocatable", amount) or status.amounts("capacity", amount)
    cards = gpus(told.part("metadata"), status, sharing.taken(allocatable))
    return Node(
        name=name,
        allocatable=allocatable,
        labels=labels | {NAME_FIELD: name},
        taints=_taints(spec),
        gpus=cards,
        site=next((labels[label] for label in site_labels if labels.get(label)), default_site),
        tier=_tier(told, labels),
        ready=_is_ready(status),
    )


def pod(content: Mapping[str, object], *, namespace_annotations: Mapping[str, str] | None = None) -> Pod:
    """A v1 Pod. Of the annotations, `origin` and `profile` are taken from the namespace when the pod has none."""
    name = _name(content, "pod")
    metadata = Manifest(content, f"pod {name}").part("metadata")
    namespace = metadata.text("namespace") or "default"
    called = f"pod {namespace}/{name}"
    of = pod_class(content, namespace=namespace, called=called, namespace_annotations=namespace_annotations)
    priority = Manifest(content, called).part("spec").number("priority")
    return Pod(name=name, namespace=namespace, uid=metadata.text("uid"), of=of, priority=priority)


def pod_class(
    content: Mapping[str, object],
    *,
    namespace: str = "default",
    called: str = "pod template",
    namespace_annotations: Mapping[str, str] | None = None,
) -> PodClass:
    """What a Pod or a pod template (`metadata` and `spec`) asks for. *called* is its name in errors."""
    told = Manifest(content, called)
    metadata, spec = told.part("metadata"), told.part("spec")
    inherited = {
        key: value
        for key, value in (namespace_annotations or {}).items()
        if key in (PREFIX + "origin", PREFIX + "profile")
    }
    own = metadata.texts("annotations")
    _check_inherited(inherited, own, namespace)
    annotations = inherited | own
    requests = pod_requests(spec)
    asked = sharing.taken(requests)
    share = sharing.share(spec, asked) if asked else None
    # where it is differs from pod to pod, and what it asks for does not depend on that
    ours = tuple(item for item in annotations.items() if item[0].startswith(PREFIX) and item[0] != DEVICES)
    read = (*ours, *((key, annotations[key]) for key in sharing.WISHES if key in annotations))
    metadata.attempt("annotations", lambda: check_annotations(read))
    gpu, wanted = metadata.attempt("annotations", lambda: _annotated(ours, sharing.plain_gpus(asked), share))
    if gpu is not None:
        gpu = metadata.attempt("annotations", partial(sharing.wished, gpu, annotations))
    selector = {*spec.texts("nodeSelector").items(), *_node_affinity(spec)}
    check_many(spec, "nodeSelector", selector)
    tolerations = tuple(
        Toleration(
            key=t.text("key"), operator=t.text("operator") or "Equal", value=t.text("value"), effect=t.text("effect")
        )
        for t in spec.parts("tolerations")
    )
    check_many(spec, "tolerations", [(each.key, each.value) for each in tolerations])
    check_many(spec, "containers", [(name,) for name in requests])
    return PodClass(
        requests=tuple(requests.items()),
        gpu=gpu,
        namespace=namespace,
        service=_service(metadata),
        node_selector=tuple(sorted(selector)),  # not `of`: a mapping has each key once
        tolerations=tolerations,
        **wanted,
    )


def _check_inherited(inherited: Mapping[str, str], own: Mapping[str, str], namespace: str) -> None:
    """What cannot be read of the namespace's is not to be looked for on the pod."""
    key = PREFIX + "origin"
    if key in inherited and key not in own:
        try:
            wishes({key: inherited[key]})
        except ModelError as error:
            raise ModelError(f"namespace {namespace}: {error}") from error


def node_name(content: Mapping[str, object]) -> str:
    """Where a pod is bound to; empty while it is pending."""
    return Manifest(content, f"pod {_name(content, 'pod')}").part("spec").text("nodeName")


def is_finished(content: Mapping[str, object]) -> bool:
    """Has it ended (Succeeded, Failed), so that it holds nothing on its node any more?"""
    status = Manifest(content, f"pod {_name(content, 'pod')}").part("status")
    return status.text("phase") in ("Succeeded", "Failed")


def is_pinned(content: Mapping[str, object]) -> bool:
    """Does its node belong to it: a DaemonSet's pod, one that affinity pins by name, or a static pod's mirror?"""
    told = Manifest(content, f"pod {_name(content, 'pod')}")
    metadata = told.part("metadata")
    owner = next((o.text("kind") for o in metadata.parts("ownerReferences") if o.flag("controller")), "")
    if owner == "DaemonSet" or MIRROR_ANNOTATION in metadata.texts("annotations"):
        return True
    return any(key == NAME_FIELD for key, _ in _node_affinity(told.part("spec")))


def sites(nodes: Iterable[Node], *, default_tier: Tier = Tier.EDGE) -> Sites:
    """The sites that the nodes' labels tell of; where nodes disagree, the first in name order that tells counts."""
    found: dict[str, list[Node]] = {}
    for each in sorted(nodes, key=lambda node: node.name):
        found.setdefault(each.site or each.name, []).append(each)
    return Sites(
        tuple(
            Site(
                name=name,
                tier=next((n.tier for n in here if n.tier), default_tier),
                region=next((n.labels[REGION_LABEL] for n in here if n.labels.get(REGION_LABEL)), ""),
                zone=next((n.labels[ZONE_LABEL] for n in here if n.labels.get(ZONE_LABEL)), ""),
            )
            for name, here in found.items()
        )
    )


def _name(content: Mapping[str, object], kind: str) -> str:
    name = Manifest(content, kind).part("metadata").text("name")
    if not name:
        raise ModelError(f"{kind}: metadata.name: must not be empty")
    return name


def _tier(told: Manifest, labels: Mapping[str, str]) -> Tier | None:
    said = labels.get(TIER_LABEL)
    if said:
        if said not in tuple(Tier):
            told.fail("metadata.labels", f"{TIER_LABEL} must be one of {', '.join(Tier)}, got {said!r}")
        return Tier(said)
    if "node-role.kubernetes.io/edge" in labels:
        return Tier.EDGE
    # OpenYurt labels the nodes of the centre with false
    return {"true": Tier.EDGE, "false": Tier.CLOUD}.get(labels.get("openyurt.io/is-edge-worker", ""))


def _taints(spec: Manifest) -> tuple[Taint, ...]:
    told = tuple(Taint(key=t.text("key"), value=t.text("value"), effect=t.text("effect")) for t in spec.parts("taints"))
    listed = any((taint.key, taint.effect) == (UNSCHEDULABLE.key, UNSCHEDULABLE.effect) for taint in told)
    return told if listed or not spec.flag("unschedulable") else (*told, UNSCHEDULABLE)


def _is_ready(status: Manifest) -> bool:
    said = [c.text("status") for c in status.parts("conditions") if c.text("type") == "Ready"]
    # told nothing, we believe the taints, as kube-scheduler does
    return said in ([], ["True"])


def _service(metadata: Manifest) -> str:
    labels = metadata.texts("labels")
    named = next((labels[label] for label in SERVICE_LABELS if labels.get(label)), "")
    if named:
        return named
    owner = next((o.text("name") for o in metadata.parts("ownerReferences") if o.flag("controller")), "")
    hashed = labels.get("pod-template-hash", "")  # a Deployment's ReplicaSet is called after both
    return owner.removesuffix(f"-{hashed}") if hashed else owner


@lru_cache(maxsize=4096)  # replicas all say the same
def _annotated(
    ours: tuple[tuple[str, str], ...], devices: int, share: GpuRequest | None
) -> tuple[GpuRequest | None, Wishes]:
    annotations = dict(ours)
    return gpu_request(annotations, devices, gpu_model, share), wishes(annotations)


def _node_affinity(spec: Manifest) -> list[tuple[str, str]]:
    required = spec.part("affinity").part("nodeAffinity").part("requiredDuringSchedulingIgnoredDuringExecution")
    terms = required.parts("nodeSelectorTerms")
    if len(terms) != 1:
        return []
    labels, fields = terms[0].parts("matchExpressions"), terms[0].parts("matchFields")
    found = []
    for expression in (*labels, *(field for field in fields if field.text("key") == NAME_FIELD)):
        values = expression.content.get("values")
        if expression.text("operator") == "In" and isinstance(values, list) and len(values) == 1:
            found.append((expression.text("key"), str(values[0])))
    return found
