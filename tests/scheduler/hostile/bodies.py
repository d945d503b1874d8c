"""Good bodies of all four verbs, each with as much in it as may go wrong, and hypothesis strategies that spoil them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.scheduler.hostile import cluster
from tests.scheduler.hostile.cluster import NODES, PENDING, RESIDENTS
from tests.scheduler.hostile.mutation import ENDS, HOW, Body, Edit, ended

SEVERAL = [*NODES[:6], NODES[9], NODES[-1], "unknown"]


def pod(name: str = PENDING[0], /, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """One that says everything that is read of a pod."""
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "labels": {"app": "web", "pod-template-hash": "abc"},
            "annotations": annotations or {},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-abc", "controller": True}],
            "managedFields": [{"manager": "kubectl"}],
        },
        "spec": {
            "schedulerName": "edge-scheduler",
            "priority": 10,
            "preemptionPolicy": "PreemptLowerPriority",
            "nodeSelector": {"edgeward.dev/tier": "edge"},
            "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "x", "effect": "NoSchedule"}],
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {"matchExpressions": [{"key": "edgeward.dev/site", "operator": "In", "values": ["seoul"]}]}
                        ]
                    }
                }
            },
            "overhead": {"cpu": "10m"},
            "containers": [
                {"name": "a", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1"}}},
                {"name": "b", "resources": {"requests": {"cpu": "1"}}},
            ],
            "initContainers": [{"name": "i", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1m"}}}],
            **spec,
        },
        "status": {"phase": "Pending", "nominatedNodeName": ""},
    }


WISHES = {
    "edgeward.dev/preferred": "local",
    "edgeward.dev/fallback": "seoul,[busan,daegu],cloud",
    "edgeward.dev/required": "false",
    "edgeward.dev/origin": "seoul=0.7,busan=0.3",
    "edgeward.dev/max-rtt-ms": "50",
    "edgeward.dev/latency-class": "ar-vr",
    "edgeward.dev/topology-aware": "true",
    "edgeward.dev/depends-on": "resident",
    "edgeward.dev/profile": "edge-shortlist",
}
GPUS = {
    "edgeward.dev/gpu-milli": "300",
    "edgeward.dev/gpu-count": "1",
    "edgeward.dev/gpu-models": "A100|H100",
    "edgeward.dev/gpu-devices": "0",
    "nvidia.com/use-gputype": "A100",
    "nvidia.com/nouse-gputype": "T4",
    "edgeward.dev/preferred": "cloud",
}


def container(**limits: str) -> list[dict[str, Any]]:
    """One container with these limits; `__` stands for the dot and `_` for the slash of a resource's name."""
    named = {key.replace("__", ".").replace("_", "/"): value for key, value in limits.items()}
    return [{"name": "c", "resources": {"limits": named}}]


PODS = (
    pod(annotations=WISHES),
    pod(PENDING[1], GPUS, nodeSelector={}, affinity={}),
    pod(PENDING[2], containers=container(aliyun__com_gpu="4"), nodeSelector={}),
    pod(PENDING[3], containers=container(nvidia__com_gpu="1"), affinity={}),
    pod(
        PENDING[4],
        affinity={},
        nodeSelector={},
        containers=[
            {"name": "c", "resources": {"limits": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "3000"}}},
            {"name": "d", "resources": {"limits": {"koordinator.sh/gpu-core": "50", "aliyun.com/gpu-mem": "2"}}},
        ],
    ),
    cluster.pod(PENDING[5]),
)
REGISTER = '[{"id":"GPU-a","index":0,"devmem":40960,"type":"A100","health":true},{"id":"b","index":1,"type":"T4"}]'


def _told_apart(name: str, **annotations: str) -> dict[str, Any]:
    """A node that tells of its cards itself; `_` stands for the slash."""
    node = cluster.node(name)
    node["metadata"]["annotations"] = {key.replace("_", "/"): text for key, text in annotations.items()}
    return node


WHOLE = [
    cluster.node(NODES[0]),
    cluster.node(NODES[1]),
    *(cluster.node(f"strange-{digit}") for digit in (0, 1, 9)),
    _told_apart("mixed-0", **{"edgeward.dev_gpus": ",".join(["A100:40960", *["T4:15360"] * 7])}),
    _told_apart("mixed-2", **{"hami.io_node-nvidia-register": REGISTER}),
    _told_apart("mixed-3", **{"hami.io_node-nvidia-register": "GPU-a,10,40960,100,A100,0,true:"}),
]


def by_name(of: dict[str, Any]) -> Body:
    return Body.of({"Pod": of, "Nodes": None, "NodeNames": SEVERAL})


def by_node(of: dict[str, Any]) -> Body:
    return Body.of({"Pod": of, "Nodes": {"metadata": {}, "items": WHOLE}, "NodeNames": None})


def victims(of: dict[str, Any]) -> Body:
    told = {
        NODES[number]: {"Pods": [{"UID": f"uid-{RESIDENTS[number]}"}], "NumPDBViolations": number}
        for number in (0, 1, 9)
    }
    return Body.of({"Pod": of, "NodeNameToVictims": None, "NodeNameToMetaVictims": told})


def whole_victims(of: dict[str, Any]) -> Body:
    told = {
        NODES[number]: {"Pods": [cluster.pod(RESIDENTS[number])], "NumPDBViolations": number} for number in (0, 1, 9)
    }
    return Body.of({"Pod": of, "NodeNameToVictims": told, "NodeNameToMetaVictims": None})


def binding(name: str, node: str) -> Body:
    return Body.of({"PodName": name, "PodNamespace": "shop", "PodUID": f"uid-{name}", "Node": node})


_NODES_ASKED = tuple(make(of) for of in PODS for make in (by_name, by_node))
GOOD: dict[str, tuple[Body, ...]] = {
    "filter": _NODES_ASKED,
    "prioritize": _NODES_ASKED,
    "bind": tuple(binding(name, node) for name in (*PENDING[6:], *RESIDENTS[:3]) for node in (NODES[0], NODES[1])),
    "preempt": tuple(make(of) for of in PODS for make in (victims, whole_victims)),
}


@dataclass(frozen=True)
class Hostile:
    """A body and the verb that it is sent to; now and then one that was made for another."""

    verb: str
    body: bytes


_ANY = st.integers(0, 2**20)
_EDITS = st.lists(st.builds(Edit, st.sampled_from(HOW), _ANY, _ANY), min_size=1, max_size=3)


@st.composite
def hostile(draw: st.DrawFn) -> Hostile:
    """One body out of all that can be made of the good ones."""
    verb = draw(st.sampled_from(tuple(GOOD)))
    made_for = verb if draw(st.integers(0, 15)) else draw(st.sampled_from(tuple(GOOD)))
    good = GOOD[made_for]
    text = good[draw(_ANY) % len(good)].edited(draw(_EDITS))
    how = ENDS[max(0, draw(st.integers(-16, len(ENDS) - 1)))]
    return Hostile(verb, text if how == "left" else ended(text, how, draw(_ANY)))
