"""Every finding that there is, each from a good configuration with one thing changed."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.scheduler.lint.asking import EXTENDER, GONE, Changes

E, W, H = "error", "warning", "hint"
OTHER = {**EXTENDER, "bindVerb": ""}
NEEDED_OTHER = {**OTHER, "urlPrefix": "http://127.0.0.1:9999", "prioritizeVerb": "", "weight": 0}


class Case(NamedTuple):
    promise: str
    changes: Changes
    severity: str
    path: str
    value: Any
    says: str = ""


def managed(*names: str, **more: bool) -> list[dict[str, Any]]:
    return [{"name": name, **more} for name in names]


CASES = [
    # the file
    Case("a removed version", {"apiVersion": "kubescheduler.config.k8s.io/v1beta3"}, E, "apiVersion",
         "kubescheduler.config.k8s.io/v1beta3", "since Kubernetes 1.29"),
    Case("an older removed version", {"apiVersion": "kubescheduler.config.k8s.io/v1beta2"}, E, "apiVersion",
         "kubescheduler.config.k8s.io/v1beta2", "since Kubernetes 1.28"),
    Case("a version that never was", {"apiVersion": "kubescheduler.config.k8s.io/v2"}, E, "apiVersion",
         "kubescheduler.config.k8s.io/v2", "no such version"),
    Case("no version", {"apiVersion": GONE}, E, "apiVersion", "unset", "no such version"),
    Case("a policy file", {"kind": "Policy", "apiVersion": "v1"}, E, "kind", "Policy", "gone since Kubernetes 1.23"),
    Case("an unknown field", {"extenders.0.enableHttps": True}, E, "extenders[0].enableHttps", True,
         "(did you mean 'enableHTTPS'?)"),
    Case("an unknown field at the top", {"percentageOfNodeToScore": 100}, E, "percentageOfNodeToScore", 100,
         "(did you mean 'percentageOfNodesToScore'?)"),
    Case("a field of other case", {"extenders.0.nodecachecapable": True}, E, "extenders[0].nodecachecapable", True,
         "(did you mean 'nodeCacheCapable'?)"),
    Case("an unknown extension point", {"profiles.0.plugins.scores": {}}, E, "profiles[0].plugins.scores", {},
         "(did you mean 'score'?)"),
    Case("a number as text", {"parallelism": "16"}, E, "parallelism", "16", "a whole number"),
    Case("a flag as text", {"extenders.0.ignorable": "true"}, E, "extenders[0].ignorable", "true", "true or false"),
    Case("a flag as number", {"parallelism": True}, E, "parallelism", True, "a whole number"),
    Case("a list as mapping", {"extenders": {"urlPrefix": "x"}}, E, "extenders", {"urlPrefix": "x"}, "a list"),
    Case("a mapping as text", {"leaderElection": "yes"}, E, "leaderElection", "yes", "a mapping"),
    Case("a rate as text", {"clientConnection.qps": "50"}, E, "clientConnection.qps", "50", "a number"),
    # the scheduler
    Case("no parallelism", {"parallelism": 0}, E, "parallelism", 0, "greater than 0"),
    Case("no first back-off", {"podInitialBackoffSeconds": 0}, E, "podInitialBackoffSeconds", 0, "greater than 0"),
    Case("a last back-off before the first", {"podInitialBackoffSeconds": 5, "podMaxBackoffSeconds": 2}, E,
         "podMaxBackoffSeconds", 2, "less than podInitialBackoffSeconds"),
    Case("a first back-off after the default last", {"podInitialBackoffSeconds": 20}, E,
         "podMaxBackoffSeconds", "unset"),
    Case("a lock that is no lease", {"leaderElection.resourceLock": "endpoints"}, E, "leaderElection.resourceLock",
         "endpoints", "only leases"),
    Case("two profiles of one name", {"profiles.1": {"schedulerName": "edgeward"}}, E, "profiles[1].schedulerName",
         "edgeward", "profiles[0]"),
    Case("one of two profiles without name", {"profiles.1": {}}, E, "profiles[1].schedulerName", "unset"),
    # leadership
    Case("a second scheduler with the first one's lease", {"leaderElection.resourceName": GONE}, E,
         "leaderElection.resourceName", "unset", "wait for it for ever"),
    Case("the same, spelled out", {"leaderElection.resourceName": "kube-scheduler"}, E,
         "leaderElection.resourceName", "kube-scheduler", "wait for it for ever"),
    Case("the default profile under another lease", {"profiles.1": {"schedulerName": "default-scheduler"}}, W,
         "leaderElection.resourceName", "edgeward-scheduler", "two schedulers would place the same pods"),
    Case("an extender of the default profile", {"profiles": GONE}, H, "extenders", 1, "opportunistic batching"),
    # reaching it
    Case("no URL", {"extenders.0.urlPrefix": GONE}, E, "extenders[0].urlPrefix", "unset", "is no URL"),
    Case("a URL without scheme", {"extenders.0.urlPrefix": "127.0.0.1:8888"}, E, "extenders[0].urlPrefix",
         "127.0.0.1:8888", "is no URL"),
    Case("a URL with a port that is none", {"extenders.0.urlPrefix": "http://a:b"}, E, "extenders[0].urlPrefix",
         "http://a:b", "is no URL"),
    Case("a URL with a query", {"extenders.0.urlPrefix": "http://127.0.0.1/?a"}, E, "extenders[0].urlPrefix",
         "http://127.0.0.1/?a", "behind the '?'"),
    Case("a Service's name", {"extenders.0.urlPrefix": "http://edgeward.edge.svc.cluster.local:8888"}, W,
         "extenders[0].urlPrefix", "http://edgeward.edge.svc.cluster.local:8888", "cannot look it up"),
    Case("another name", {"extenders.0.urlPrefix": "http://extender.example.com"}, H, "extenders[0].urlPrefix",
         "http://extender.example.com", "resolver of every node"),
    Case("a verb with a slash before it", {"extenders.0.filterVerb": "/filter"}, W, "extenders[0].filterVerb",
         "/filter", "//filter"),
    # TLS
    Case("TLS settings for plain HTTP", {"extenders.0.tlsConfig.caFile": "/ca.pem"}, W, "extenders[0].urlPrefix",
         "http://127.0.0.1:8890/scheduler", "in plain HTTP"),
    Case("enableHTTPS for plain HTTP", {"extenders.0.enableHTTPS": True}, W, "extenders[0].urlPrefix",
         "http://127.0.0.1:8890/scheduler", "in plain HTTP"),
    Case("https without a CA", {"extenders.0.urlPrefix": "https://127.0.0.1", "extenders.0.enableHTTPS": True}, W,
         "extenders[0].tlsConfig.caFile", "unset", "checks no certificate"),
    Case("https with the system's CAs", {"extenders.0.urlPrefix": "https://127.0.0.1"}, H,
         "extenders[0].tlsConfig.caFile", "unset", "scheduler's image trusts"),
    Case("https unchecked on purpose",
         {"extenders.0.urlPrefix": "https://127.0.0.1", "extenders.0.tlsConfig.insecure": True}, W,
         "extenders[0].tlsConfig.insecure", True, "in the extender's place"),
    Case("insecure with a CA",
         {"extenders.0.urlPrefix": "https://127.0.0.1", "extenders.0.tlsConfig": {"insecure": True, "caFile": "a"}}, E,
         "extenders[0].tlsConfig.insecure", True, "does not start"),
    Case("a certificate without key",
         {"extenders.0.urlPrefix": "https://127.0.0.1", "extenders.0.tlsConfig": {"certFile": "a", "caFile": "a"}}, W,
         "extenders[0].tlsConfig.keyFile", "unset", "go together"),
    Case("a key without certificate",
         {"extenders.0.urlPrefix": "https://127.0.0.1", "extenders.0.tlsConfig": {"keyData": "YQ==", "caFile": "a"}}, W,
         "extenders[0].tlsConfig.certFile", "unset", "go together"),
    # time
    Case("no timeout", {"extenders.0.httpTimeout": GONE}, H, "extenders[0].httpTimeout", "unset", "5 s"),
    Case("a timeout of 0", {"extenders.0.httpTimeout": "0s"}, H, "extenders[0].httpTimeout", "0s", "5 s"),
    Case("a timeout below 0", {"extenders.0.httpTimeout": "-1s"}, W, "extenders[0].httpTimeout", "-1s", "no limit"),
    Case("a timeout too short", {"extenders.0.httpTimeout": "50ms"}, W, "extenders[0].httpTimeout", "50ms", "longer"),
    Case("a timeout too long", {"extenders.0.httpTimeout": "1m"}, W, "extenders[0].httpTimeout", "1m", "holds up"),
    Case("a timeout without unit", {"extenders.0.httpTimeout": "5"}, E, "extenders[0].httpTimeout", "5", "example 5s"),
    Case("a timeout that is a number", {"extenders.0.httpTimeout": 5}, E, "extenders[0].httpTimeout", 5, "example 5s"),
    # verbs
    Case("no extender", {"extenders": []}, W, "extenders", "unset", "no extender is asked"),
    Case("an extender without verbs", {"extenders.1": {"urlPrefix": "http://127.0.0.1:1"}}, W, "extenders[1]", "unset",
         "never asked"),
    Case("two binders", {"extenders.1": {**EXTENDER, "prioritizeVerb": "", "weight": 0}}, E, "extenders[1].bindVerb",
         "bind", "extenders[0] does"),
    Case("a weight for no scores", {"extenders.0.prioritizeVerb": ""}, W, "extenders[0].weight", 141, "weighs nothing"),
    Case("no filter", {"extenders.0.filterVerb": GONE}, W, "extenders[0].filterVerb", "unset", "would refuse"),
    Case("GPUs without preemption", {"extenders.0.preemptVerb": ""}, W, "extenders[0].preemptVerb", "unset",
         "does not know shares of GPUs"),
    Case("no binder", {"extenders.0.bindVerb": GONE}, H, "extenders[0].bindVerb", "unset", "no devices are chosen"),
    # weight
    Case("scores without weight", {"extenders.0.weight": GONE}, E, "extenders[0].weight", "unset", "121"),
    Case("a weight of 0", {"extenders.0.weight": 0}, E, "extenders[0].weight", 0, "refuses the file"),
    Case("a weight that does not decide", {"extenders.0.weight": 1}, W, "extenders[0].weight", 1,
         "121 (1210 > 1200), or 141 where"),
    Case("a weight that does not decide about claims", {"extenders.0.weight": 121}, H, "extenders[0].weight", 121,
         "141"),
    # (12 + 5 - 2) * 100 = 1500: one more than 150 tens
    Case("a weight against heavier plugins",
         {"profiles.0.plugins.score.enabled": [{"name": "NodeAffinity", "weight": 5}]}, W, "extenders[0].weight", 141,
         "151 (1510 > 1500)"),
    # only the second profile is that heavy, and extenders are shared by all
    Case("a weight against the heaviest profile",
         {"profiles.1.schedulerName": "b",
          "profiles.1.plugins.score.enabled": [{"name": "ImageLocality", "weight": 4}]},
         W, "extenders[0].weight", 141, "the scheduler profile 'b'"),
    # another extender's 10 · 2 · 10 points beside the 1200
    Case("a weight against another extender",
         {"extenders.1": {**OTHER, "urlPrefix": "http://127.0.0.1:9999", "weight": 3}}, W, "extenders[0].weight", 141,
         "extenders[1] 300"),
    # sampling
    Case("not all nodes by default", {"percentageOfNodesToScore": GONE}, W, "percentageOfNodesToScore", "unset",
         "of 1,000 nodes only 420"),
    Case("half of the nodes", {"percentageOfNodesToScore": 50}, W, "percentageOfNodesToScore", 50, "only 50 %"),
    Case("half of the nodes in one profile", {"profiles.0.percentageOfNodesToScore": 50}, W,
         "profiles[0].percentageOfNodesToScore", 50, "concerns edgeward"),
    Case("the default in one profile", {"profiles.0.percentageOfNodesToScore": 0}, W,
         "profiles[0].percentageOfNodesToScore", 0, "of 5,000 only 500"),
    Case("more than all nodes", {"percentageOfNodesToScore": 101}, E, "percentageOfNodesToScore", 101, "0 to 100"),
    # payload
    Case("whole nodes", {"extenders.0.nodeCacheCapable": False}, W, "extenders[0].nodeCacheCapable", False, "141781"),
    Case("whole nodes by default", {"extenders.0.nodeCacheCapable": GONE}, W, "extenders[0].nodeCacheCapable", "unset"),
    Case("whole nodes for scores only", {"extenders.1": {**OTHER, "filterVerb": "", "nodeCacheCapable": False}}, H,
         "extenders[1].nodeCacheCapable", False, "12 MB"),
    # managed resources
    Case("only some pods", {"extenders.0.managedResources": managed("nvidia.com/gpu")}, H,
         "extenders[0].managedResources", "nvidia.com/gpu", "never sent here"),
    Case("a native resource", {"extenders.0.managedResources": managed("cpu")}, E,
         "extenders[0].managedResources[0].name", "cpu", "has no domain"),
    Case("a resource of Kubernetes", {"extenders.0.managedResources": managed("x.kubernetes.io/a")}, E,
         "extenders[0].managedResources[0].name", "x.kubernetes.io/a", "Kubernetes' own"),
    Case("a resource of a quota", {"extenders.0.managedResources": managed("requests.nvidia.com/gpu")}, E,
         "extenders[0].managedResources[0].name", "requests.nvidia.com/gpu", "quotas"),
    Case("a resource of no domain", {"extenders.0.managedResources": managed("NVIDIA/gpu")}, E,
         "extenders[0].managedResources[0].name", "NVIDIA/gpu", "no domain name"),
    Case("a resource of no name", {"extenders.0.managedResources": managed("nvidia.com/-")}, E,
         "extenders[0].managedResources[0].name", "nvidia.com/-", "after the slash"),
    Case("a resource without name", {"extenders.0.managedResources": [{}]}, E,
         "extenders[0].managedResources[0].name", "unset"),
    Case("a resource twice", {"extenders.0.managedResources": managed("a.b/c", "a.b/c")}, E,
         "extenders[0].managedResources[1].name", "a.b/c", "extenders[0].managedResources[0]"),
    Case("a resource in two extenders",
         {"extenders.0.managedResources": managed("a.b/c"),
          "extenders.1": {**OTHER, "managedResources": managed("a.b/c")}}, E,
         "extenders[1].managedResources[0].name", "a.b/c", "extenders[0].managedResources[0]"),
    Case("a resource that nobody counts", {"extenders.0.managedResources": managed("a.b/c", ignoredByScheduler=True)},
         H, "extenders[0].managedResources[0].ignoredByScheduler", True, "no profile counts a.b/c"),
    Case("a list that is overwritten",
         {"extenders.0.managedResources": managed("a.b/c", ignoredByScheduler=True), "profiles.0.pluginConfig": [
             {"name": "NodeResourcesFit", "args": {"ignoredResources": ["d.e/f"]}}]}, W,
         "profiles[0].pluginConfig[NodeResourcesFit].args.ignoredResources", ["d.e/f"], "overwritten"),
    Case("ignoring where nothing counts",
         {"extenders.0.managedResources": managed("a.b/c", ignoredByScheduler=True),
          "profiles.0.plugins.multiPoint.disabled": [{"name": "NodeResourcesFit"}]}, E,
         "extenders[0].managedResources[0].ignoredByScheduler", True, "does not start"),
    # availability
    Case("all pods of the cluster wait", {"profiles": GONE}, W, "extenders[0].ignorable", False,
         "no pod of the cluster"),
    Case("ignorable, and it binds", {"extenders.0.ignorable": True}, H, "extenders[0].ignorable", True, "1.30"),
    Case("an order that is another", {"extenders.0.ignorable": True, "extenders.1": NEEDED_OTHER}, H, "extenders[0]", 0,
         "called after extenders[1]"),
    Case("an extender that may wait for itself",
         {"profiles": GONE, "extenders.0.urlPrefix": "http://edgeward.edge.svc"}, W, "extenders[0].managedResources",
         "unset", "never starts"),
]  # fmt: skip
