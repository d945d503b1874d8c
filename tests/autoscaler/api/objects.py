"""EdgeAutoscalers for tests, and all the ways to get one wrong: the reader and the API server are given the same."""

from __future__ import annotations

from typing import Any, NamedTuple

Object = dict[str, Any]
CPU: Object = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}},
}
VALUE: Object = {"type": "Value", "value": "2k"}
AVERAGE: Object = {"type": "AverageValue", "averageValue": "500m"}
QUEUE: Object = {"type": "External", "external": {"metric": {"name": "queue"}, "target": VALUE}}
INGRESS: Object = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "main"}
EVERY_KIND: list[Object] = [
    CPU,
    {"type": "ContainerResource", "containerResource": {"name": "memory", "container": "app", "target": AVERAGE}},
    {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": AVERAGE}},
    {"type": "Object", "object": {"describedObject": INGRESS, "metric": {"name": "rps"}, "target": VALUE}},
    {"type": "Object", "object": {"describedObject": INGRESS, "metric": {"name": "rps"}, "target": AVERAGE}},
    {"type": "External", "external": {
        "metric": {"name": "queue", "selector": {"matchLabels": {"q": "a"}}}, "target": AVERAGE}},
    {"type": "Prometheus", "prometheus": {"query": "sum(rate(requests_total[1m]))", "target": AVERAGE}},
]  # fmt: skip


def manifest(name: str = "web", **spec: Any) -> Object:
    """One that is good with what is given on top."""
    return {
        "apiVersion": "edgeward.dev/v1alpha1",
        "kind": "EdgeAutoscaler",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 6,
            **spec,
        },
    }


FULL = manifest(
    minReplicas=2,
    metrics=EVERY_KIND,
    scaleOut={
        "periodSeconds": 60, "stabilizationWindowSeconds": 30, "tolerance": "50m", "selectPolicy": "Min",
        "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}],
    },
    scaleIn={"periodSeconds": 0, "stabilizationWindowSeconds": 600, "selectPolicy": "Disabled"},
    vertical={"mode": "InPlace", "containers": [
        {"name": "app", "minAllowed": {"cpu": "100m"}, "maxAllowed": {"cpu": 2, "memory": "1Gi"}, "step": {"cpu": "1"}}
    ]},
    overEdge={
        "tiers": ["neighbor", "cloud"], "maxReplicas": 4, "dwellSeconds": 120,
        "clusters": [{"name": "far", "kubeconfigSecret": "far-kubeconfig"}],
    },
    forecast={"mode": "Act", "horizonSeconds": 600},
    paused=True,
    dryRun=True,
)  # fmt: skip


class Bad(NamedTuple):
    """A mistake, and what the reader and the API server say of it."""

    name: str
    spec: Object
    ours: str
    theirs: str


def _metric(kind: str, source: Object, **more: Object) -> Object:
    return {"metrics": [{"type": kind, f"{kind[0].lower()}{kind[1:]}": source, **more}]}


def _resource(**target: Any) -> Object:
    return _metric("Resource", {"name": "cpu", "target": {"type": "Utilization", **target}})


def _queue(target: Object) -> Object:
    return _metric("External", {"metric": {"name": "queue"}, "target": target})


def _bounds(**bounds: Any) -> Object:
    return {"vertical": {"mode": "Recommend", "containers": [{"name": "app", **bounds}]}}


# fields that depend on each other: CEL rules
DEPENDENT = [
    Bad("min above max", {"minReplicas": 7}, "spec: minReplicas must not be more than maxReplicas",
        "spec: Invalid value: minReplicas must not be more than maxReplicas"),
    Bad("zero on CPU alone", {"minReplicas": 0}, "spec: minReplicas 0 needs a metric of type Object, External or",
        "minReplicas 0 needs a metric of type Object, External or Prometheus"),
    Bad("Classic with policies",
        {"rules": "Classic", "scaleOut": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}},
        "spec: rules Classic have no policies, selectPolicy, stabilizationWindowSeconds or tolerance in scaleOut",
        "rules Classic have no policies, selectPolicy, stabilizationWindowSeconds or tolerance in scaleOut"),
    Bad("Classic with a window out", {"rules": "Classic", "scaleOut": {"stabilizationWindowSeconds": 60}},
        "rules Classic have no", "stabilizationWindowSeconds or tolerance in scaleOut"),
    Bad("Classic with a tolerance in", {"rules": "Classic", "scaleIn": {"tolerance": "0.2"}},
        "spec: rules Classic have no policies, selectPolicy or tolerance in scaleIn",
        "rules Classic have no policies, selectPolicy or tolerance in scaleIn"),
    Bad("type without its field", {"metrics": [{"type": "Pods"}]},
        "spec.metrics[0]: pods must be there with type Pods, and only then",
        "spec.metrics[0]: Invalid value: pods must be there with type Pods, and only then"),
    Bad("field of another type", {"metrics": [{**CPU, "external": QUEUE["external"]}]},
        "spec.metrics[0]: external must be there with type External, and only then",
        "external must be there with type External, and only then"),
    Bad("resource without a target", _resource(),
        "spec.metrics[0].resource: target must have either averageUtilization or averageValue",
        "spec.metrics[0].resource: Invalid value: target must have either averageUtilization or averageValue"),
    Bad("resource with both targets", _resource(averageUtilization=50, averageValue="1"),
        "target must have either averageUtilization or averageValue",
        "target must have either averageUtilization or averageValue"),
    Bad("container resource with both",
        _metric("ContainerResource", {
            "name": "cpu", "container": "app",
            "target": {"type": "Utilization", "averageUtilization": 50, "averageValue": "1"}}),
        "spec.metrics[0].containerResource: target must have either", "target must have either averageUtilization or"),
    Bad("pods with a value", _metric("Pods", {"metric": {"name": "rps"}, "target": VALUE}),
        "spec.metrics[0].pods: target must have averageValue", "target must have averageValue"),
    Bad("object whose type says otherwise",
        _metric("Object", {"describedObject": INGRESS, "metric": {"name": "rps"},
                           "target": {"type": "AverageValue", "value": "1"}}),
        "spec.metrics[0].object: target must have type Value and value, or type AverageValue and averageValue",
        "target must have type Value and value, or type AverageValue and averageValue"),
    Bad("external with neither", _queue({"type": "Value"}),
        "spec.metrics[0].external: target must have either value or averageValue",
        "target must have either value or averageValue"),
    Bad("external with both", _queue({**VALUE, "averageValue": "1"}), "target must have either value or averageValue",
        "target must have either value or averageValue"),
    Bad("query with both", _metric("Prometheus", {"query": "up", "target": {**VALUE, "averageValue": "1"}}),
        "spec.metrics[0].prometheus: target must have either value or averageValue",
        "target must have either value or averageValue"),
    Bad("smallest above largest CPU", _bounds(minAllowed={"cpu": "1500m"}, maxAllowed={"cpu": 1}),
        "spec.vertical.containers[0]: minAllowed.cpu must not be more than maxAllowed.cpu",
        "spec.vertical.containers[0]: Invalid value: minAllowed.cpu must not be more than maxAllowed.cpu"),
    Bad("smallest above largest memory", _bounds(minAllowed={"memory": "1Gi"}, maxAllowed={"memory": "1G"}),
        "minAllowed.memory must not be more than maxAllowed.memory",
        "minAllowed.memory must not be more than maxAllowed.memory"),
    Bad("in place without bounds", {"vertical": {"mode": "InPlace"}},
        "spec.vertical: mode InPlace or Recreate needs a container with maxAllowed",
        "mode InPlace or Recreate needs a container with maxAllowed"),
    Bad("a container twice", {"vertical": {"containers": [{"name": "app"}, {"name": "app"}]}},
        "spec.vertical: containers must have each name once", "containers must have each name once"),
    Bad("tiers and sites", {"overEdge": {"tiers": ["cloud"], "sites": ["busan"], "maxReplicas": 1}},
        "spec.overEdge: tiers and sites cannot be given both", "tiers and sites cannot be given both"),
    Bad("nowhere to go", {"overEdge": {"maxReplicas": 1}}, "spec.overEdge: needs tiers, sites or clusters",
        "needs tiers, sites or clusters"),
    Bad("a tier twice", {"overEdge": {"tiers": ["cloud", "cloud"], "maxReplicas": 1}}, "tiers must have each name once",
        "tiers must have each name once"),
    Bad("a site twice", {"overEdge": {"sites": ["busan", "busan"], "maxReplicas": 1}}, "sites must have each name once",
        "sites must have each name once"),
    Bad("a site called as a tier", {"overEdge": {"sites": ["cloud"], "maxReplicas": 1}},
        "sites cannot be called home, local, neighbor, cloud or far", "sites cannot be called home, local, neighbor"),
    Bad("a cluster twice",
        {"overEdge": {"clusters": [{"name": "c", "kubeconfigSecret": s} for s in "ab"], "maxReplicas": 1}},
        "clusters must have each name once", "clusters must have each name once"),
]  # fmt: skip

# fields by themselves
ALONE = [
    Bad("no target", {"scaleTargetRef": {"kind": "Deployment"}}, "spec.scaleTargetRef.name is missing",
        "spec.scaleTargetRef.name: Required value"),
    Bad("no replicas", {"maxReplicas": 0}, "spec.maxReplicas must be >= 1, got 0",
        "spec.maxReplicas in body should be greater than or equal to 1"),
    Bad("below zero", {"minReplicas": -1}, "spec.minReplicas must be >= 0, got -1",
        "spec.minReplicas in body should be greater than or equal to 0"),
    Bad("a number as text", {"maxReplicas": "3"}, "spec.maxReplicas must be a whole number, got '3'",
        'spec.maxReplicas in body must be of type integer: "string"'),
    Bad("a type that there is not", {"metrics": [{**CPU, "type": "Cpu"}]},
        "type must be one of Resource, ContainerResource, Pods, Object, External, Prometheus, got 'Cpu'",
        'spec.metrics[0].type: Unsupported value: "Cpu"'),
    Bad("no utilization", _resource(averageUtilization=0), "averageUtilization must be >= 1, got 0",
        "averageUtilization in body should be greater than or equal to 1"),
    Bad("an upper-case kilo", _queue({"type": "Value", "value": "1K"}), "target.value: not a quantity: '1K'",
        "spec.metrics[0].external.target.value in body should match"),
    Bad("nothing wanted", _queue({"type": "Value", "value": "0.0"}), "target.value: must be > 0, got '0.0'",
        "spec.metrics[0].external.target.value in body should match"),
    Bad("zero wanted", _queue({"type": "Value", "value": 0}), "target.value: must be > 0, got '0'",
        "target.value in body should be greater than or equal to 1"),
    Bad("less than nothing wanted", _queue({"type": "AverageValue", "averageValue": "-1"}),
        "target.averageValue: must be > 0, got '-1'", "target.averageValue in body should match"),
    Bad("no policy", {"scaleOut": {"policies": []}}, "spec.scaleOut.policies: must have at least one policy",
        "spec.scaleOut.policies in body should have at least 1 items"),
    Bad("an empty policy", {"scaleIn": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}},
        "spec.scaleIn.policies[0].value must be >= 1, got 0", "value in body should be greater than or equal to 1"),
    Bad("too long a rate", {"scaleIn": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}},
        "spec.scaleIn.policies[0].periodSeconds must be <= 1800, got 1801",
        "periodSeconds in body should be less than or equal to 1800"),
    Bad("too long a window", {"scaleIn": {"stabilizationWindowSeconds": 3601}},
        "spec.scaleIn.stabilizationWindowSeconds must be <= 3600, got 3601",
        "stabilizationWindowSeconds in body should be less than or equal to 3600"),
    Bad("a period below zero", {"scaleOut": {"periodSeconds": -1}}, "spec.scaleOut.periodSeconds must be >= 0, got -1",
        "periodSeconds in body should be greater than or equal to 0"),
    Bad("a tolerance below zero", {"scaleOut": {"tolerance": "-0.1"}},
        "spec.scaleOut.tolerance: must be >= 0, got '-0.1'", "spec.scaleOut.tolerance in body should match"),
    Bad("a mode that there is not", {"vertical": {"mode": "Inplace"}},
        "spec.vertical.mode must be one of Off, Recommend, InPlace, Recreate, got 'Inplace' (did you mean 'InPlace'?)",
        'spec.vertical.mode: Unsupported value: "Inplace"'),
    Bad("a tier that there is not", {"overEdge": {"tiers": ["neighbour"], "maxReplicas": 1}},
        "spec.overEdge.tiers[0] must be one of neighbor, cloud, got 'neighbour' (did you mean 'neighbor'?)",
        'spec.overEdge.tiers[0]: Unsupported value: "neighbour"'),
    Bad("a container that cannot be", {"vertical": {"containers": [{"name": "App"}]}},
        "spec.vertical.containers[0].name must match", "spec.vertical.containers[0].name in body should match"),
    Bad("a flag that is a number", {"paused": 1}, "spec.paused must be true or false, got 1",
        'spec.paused in body must be of type boolean: "integer"'),
]  # fmt: skip
BAD = [*DEPENDENT, *ALONE]
