"""What the accounts of the manifests may do, and what they may not."""

from __future__ import annotations

import json
from typing import NamedTuple

from tests.cluster.control_plane import ControlPlane

NAMESPACE = "edgeward"


class Unknown(NamedTuple):
    """A question about what this API server does not serve, which kubectl cannot ask: API group, resource and part."""

    verb: str
    group: str
    resource: str
    part: str
    may: bool


class Row(NamedTuple):
    """One question to `kubectl auth can-i`."""

    verb: str
    what: str  # resource.group/subresource
    namespace: str
    both: bool  # the account of kube-scheduler with its sidecar
    extender: bool  # that of the extender alone


class Question(NamedTuple):
    """One question about an account that is asked about alone."""

    verb: str
    what: str  # resource.group/subresource
    namespace: str
    may: bool


def allowed(plane: ControlPlane, account: str, verb: str, what: str, namespace: str) -> bool:
    """What `kubectl auth can-i` says of a service account `NAMESPACE:NAME`; without a namespace: in all of them."""
    resource, _, last = what.partition("/")
    target = [resource, f"--subresource={last}"] if last in SUBRESOURCES else [what]
    scope = ["-n", namespace] if namespace else ["-A"]
    who = f"--as=system:serviceaccount:{account}"
    # that a resource has no namespaces is said in another line
    return "yes" in plane.kubectl("auth", "can-i", verb, *target, *scope, who, check=False).split("\n")[0]


def granted(plane: ControlPlane, account: str, row: Unknown) -> bool:
    """What a SubjectAccessReview says, in the namespace `default`."""
    asked = {"verb": row.verb, "group": row.group, "resource": row.resource, "subresource": row.part}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{account}",
            "resourceAttributes": {**asked, "namespace": "default"},
        },
    }
    answer = plane.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(review))
    return json.loads(answer)["status"]["allowed"] is True


RIGHTS = [
    # what the extender does
    Row("list", "nodes", "", True, True),
    Row("watch", "nodes", "", True, True),
    Row("watch", "pods", "", True, True),
    Row("get", "pods", "default", True, True),
    Row("patch", "pods", "default", True, True),
    Row("create", "pods/binding", "default", True, True),
    Row("watch", "namespaces", "", True, True),
    Row("watch", "configmaps", NAMESPACE, True, True),
    Row("list", "configmaps", NAMESPACE, True, True),
    Row("watch", "poddisruptionbudgets.policy", "", True, True),
    Row("watch", "noderesourcetopologies.topology.node.k8s.io", "", True, True),
    Row("watch", "networktopologies.networktopology.diktyo.x-k8s.io", "", True, True),
    Row("create", "events.events.k8s.io", "default", True, True),
    Row("patch", "events.events.k8s.io", "default", True, True),
    # what kube-scheduler does, and the extender alone may not
    Row("delete", "pods", "default", True, False),
    Row("patch", "pods/status", "default", True, False),
    Row("watch", "persistentvolumeclaims", "", True, False),
    Row("patch", "persistentvolumeclaims", "default", True, False),
    Row("watch", "storageclasses.storage.k8s.io", "", True, False),
    Row("watch", "resourceclaims.resource.k8s.io", "", True, False),
    Row("create", "subjectaccessreviews.authorization.k8s.io", "", True, False),
    Row("create", "leases.coordination.k8s.io", NAMESPACE, True, False),
    Row("update", "leases.coordination.k8s.io/edgeward-scheduler", NAMESPACE, True, False),
    Row("get", "configmaps/extension-apiserver-authentication", "kube-system", True, False),
    # what neither may
    Row("update", "leases.coordination.k8s.io/kube-controller-manager", "kube-system", False, False),
    Row("update", "leases.coordination.k8s.io/another", NAMESPACE, False, False),
    Row("list", "configmaps", "default", False, False),
    Row("get", "configmaps", NAMESPACE, False, False),
    Row("list", "configmaps", "kube-system", False, False),
    Row("update", "configmaps", NAMESPACE, False, False),
    Row("get", "secrets", NAMESPACE, False, False),
    Row("list", "secrets", "kube-system", False, False),
    Row("create", "pods", "default", False, False),
    Row("create", "pods/exec", "default", False, False),
    Row("create", "pods/eviction", "default", False, False),
    Row("update", "pods", "default", False, False),
    Row("patch", "nodes", "", False, False),
    Row("update", "nodes/status", "", False, False),
    Row("delete", "nodes", "", False, False),
    Row("patch", "deployments.apps", "default", False, False),
    Row("create", "clusterrolebindings.rbac.authorization.k8s.io", "", False, False),
    Row("impersonate", "users", "", False, False),
    Row("create", "serviceaccounts/token", NAMESPACE, False, False),
]
SUBRESOURCES = {"binding", "eviction", "exec", "resize", "scale", "status", "token"}

AUTOSCALER = [
    # what it does
    Question("list", "edgeautoscalers.edgeward.dev", "", True),
    Question("watch", "edgeautoscalers.edgeward.dev", "", True),
    Question("patch", "edgeautoscalers.edgeward.dev/status", "default", True),
    Question("watch", "pods", "", True),
    Question("get", "pods", "default", True),
    Question("patch", "pods", "default", True),
    Question("patch", "pods/resize", "default", True),
    Question("watch", "nodes", "", True),
    Question("watch", "namespaces", "", True),
    Question("watch", "replicasets.apps", "", True),
    Question("get", "deployments.apps", "default", True),
    Question("create", "deployments.apps", "default", True),
    Question("patch", "deployments.apps", "default", True),
    Question("delete", "deployments.apps", "default", True),
    Question("patch", "statefulsets.apps", "default", True),
    Question("get", "deployments.apps/scale", "default", True),
    Question("patch", "deployments.apps/scale", "default", True),
    Question("patch", "statefulsets.apps/scale", "default", True),
    Question("patch", "replicasets.apps/scale", "default", True),
    Question("watch", "horizontalpodautoscalers.autoscaling", "", True),
    Question("watch", "poddisruptionbudgets.policy", "", True),
    Question("create", "events.events.k8s.io", "default", True),
    Question("patch", "events.events.k8s.io", "default", True),
    Question("watch", "configmaps", NAMESPACE, True),
    Question("create", "leases.coordination.k8s.io", NAMESPACE, True),
    Question("get", "leases.coordination.k8s.io/edgeward-autoscaler", NAMESPACE, True),
    Question("patch", "leases.coordination.k8s.io/edgeward-autoscaler", NAMESPACE, True),
    # what it may not
    Question("patch", "edgeautoscalers.edgeward.dev", "default", False),
    Question("create", "edgeautoscalers.edgeward.dev", "default", False),
    Question("delete", "edgeautoscalers.edgeward.dev", "default", False),
    Question("create", "pods", "default", False),
    Question("delete", "pods", "default", False),
    Question("create", "pods/eviction", "default", False),
    Question("create", "pods/exec", "default", False),
    Question("create", "pods/binding", "default", False),
    Question("patch", "pods/status", "default", False),
    Question("create", "statefulsets.apps", "default", False),
    Question("delete", "statefulsets.apps", "default", False),
    Question("create", "replicasets.apps", "default", False),
    Question("delete", "replicasets.apps", "default", False),
    Question("patch", "daemonsets.apps", "default", False),
    Question("create", "jobs.batch", "default", False),
    Question("patch", "horizontalpodautoscalers.autoscaling", "default", False),
    Question("delete", "horizontalpodautoscalers.autoscaling", "default", False),
    Question("list", "configmaps", "default", False),
    Question("update", "configmaps", NAMESPACE, False),
    Question("get", "secrets", "default", False),
    Question("get", "secrets/edgeward-other-cluster", "default", False),
    Question("list", "secrets", NAMESPACE, False),
    Question("create", "leases.coordination.k8s.io", "default", False),
    Question("patch", "leases.coordination.k8s.io/kube-controller-manager", "kube-system", False),
    Question("patch", "leases.coordination.k8s.io/another", NAMESPACE, False),
    Question("patch", "nodes", "", False),
    Question("delete", "nodes", "", False),
    Question("patch", "services", "default", False),
    Question("create", "rolebindings.rbac.authorization.k8s.io", "default", False),
    Question("create", "clusterrolebindings.rbac.authorization.k8s.io", "", False),
    Question("impersonate", "users", "", False),
    Question("create", "serviceaccounts/token", NAMESPACE, False),
]
MEASURED = [
    Unknown("list", "metrics.k8s.io", "pods", "", True),
    Unknown("get", "custom.metrics.k8s.io", "pods", "requests", True),
    Unknown("get", "custom.metrics.k8s.io", "ingresses.networking.k8s.io", "requests", True),
    Unknown("get", "custom.metrics.k8s.io", "metrics", "requests", True),
    Unknown("list", "external.metrics.k8s.io", "queue", "", True),
    Unknown("watch", "topology.node.k8s.io", "noderesourcetopologies", "", True),
    Unknown("list", "metrics.k8s.io", "nodes", "", False),
    Unknown("create", "custom.metrics.k8s.io", "pods", "requests", False),
    Unknown("delete", "external.metrics.k8s.io", "queue", "", False),
    Unknown("patch", "topology.node.k8s.io", "noderesourcetopologies", "", False),
]
