"""What the accounts of the scheduler's manifests may do, and what they may not."""

from __future__ import annotations

from typing import NamedTuple

NAMESPACE = "edgeward"


class Row(NamedTuple):
    """One question to `kubectl auth can-i`."""

    verb: str
    what: str  # resource.group/subresource
    namespace: str
    both: bool  # the account of kube-scheduler with its sidecar
    extender: bool  # that of the extender alone


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
SUBRESOURCES = {"binding", "status", "exec", "eviction", "token"}
