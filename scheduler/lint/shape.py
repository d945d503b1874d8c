"""Which fields a KubeSchedulerConfiguration has, and of what type.

kube-scheduler decodes the file strictly: an unknown field (spelled `enableHttps`, say) or a value of the wrong type
(`httpTimeout: 5`) and it does not start. From k8s.io/kube-scheduler/config/v1/types.go; a plugin's `args` belong to the
plugin and are not looked into.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Type(Enum):
    """What a field holds; the value is how a message says it."""

    TEXT = "text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    DURATION = "a duration in quotes or with a unit, like 200ms"
    ANYTHING = "anything"


class Entries(tuple["Shape"]):
    """A list of such entries."""

    __slots__ = ()


Shape = Type | Entries | Mapping[str, "Shape"]


def _entries(of: Shape) -> Entries:
    return Entries((of,))


_T, _W, _F, _D = Type.TEXT, Type.WHOLE, Type.FLAG, Type.DURATION
_PLUGIN: Final[Shape] = {"name": _T, "weight": _W}
_PLUGINS: Final[Shape] = {"enabled": _entries(_PLUGIN), "disabled": _entries(_PLUGIN)}
_POINTS: Final = (
    "preEnqueue", "queueSort", "preFilter", "filter", "postFilter", "preScore", "score", "reserve", "permit", "preBind",
    "bind", "postBind", "multiPoint", "placementGenerate", "placementScore",
)  # fmt: skip
EXTENDER: Final[Shape] = {
    "urlPrefix": _T,
    "filterVerb": _T,
    "preemptVerb": _T,
    "prioritizeVerb": _T,
    "weight": _W,
    "bindVerb": _T,
    "enableHTTPS": _F,
    "tlsConfig": {
        "insecure": _F,
        "serverName": _T,
        "certFile": _T,
        "keyFile": _T,
        "caFile": _T,
        "certData": _T,
        "keyData": _T,
        "caData": _T,
    },
    "httpTimeout": _D,
    "nodeCacheCapable": _F,
    "managedResources": _entries({"name": _T, "ignoredByScheduler": _F}),
    "ignorable": _F,
}
CONFIGURATION: Final[Mapping[str, Shape]] = {
    "apiVersion": _T,
    "kind": _T,
    "parallelism": _W,
    "leaderElection": {
        "leaderElect": _F,
        "leaseDuration": _D,
        "renewDeadline": _D,
        "retryPeriod": _D,
        "resourceLock": _T,
        "resourceName": _T,
        "resourceNamespace": _T,
    },
    "clientConnection": {
        "kubeconfig": _T,
        "acceptContentTypes": _T,
        "contentType": _T,
        "qps": Type.NUMBER,
        "burst": _W,
    },
    "enableProfiling": _F,
    "enableContentionProfiling": _F,
    "percentageOfNodesToScore": _W,
    "podInitialBackoffSeconds": _W,
    "podMaxBackoffSeconds": _W,
    "profiles": _entries(
        {
            "schedulerName": _T,
            "percentageOfNodesToScore": _W,
            "plugins": dict.fromkeys(_POINTS, _PLUGINS),
            "pluginConfig": _entries({"name": _T, "args": Type.ANYTHING}),
        }
    ),
    "extenders": _entries(EXTENDER),
    "delayCacheUntilActive": _F,
}
