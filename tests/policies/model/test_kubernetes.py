"""Nodes and pods out of Kubernetes JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.engine.fit import dynamic_fit, misfit, static_fit
from policies.errors import ModelError
from policies.model.cards import gpu_model
from policies.model.cluster import Cluster
from policies.model.gpu import Gpu, GpuRequest
from policies.model.kubernetes import is_finished, is_pinned, node, node_name, pod, pod_class, sites
from policies.model.site import Tier
from policies.model.taint import Taint, Toleration

Json = dict[str, Any]


def make_node(name: str = "edge-1", *, labels: Json | None = None, spec: Json | None = None, **status: Any) -> Json:
    return {
        "metadata": {"name": name, "labels": labels or {}},
        "spec": spec or {},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}} | status,
    }


def make_pod(
    *, annotations: Json | None = None, labels: Json | None = None, metadata: Json | None = None, **spec: Any
) -> Json:
    of = {"name": "web-0", "namespace": "shop", "uid": "u1", "annotations": annotations or {}, "labels": labels or {}}
    return {"metadata": of | (metadata or {}), "spec": {"containers": []} | spec, "status": {}}


def container(requests: Json | None = None, limits: Json | None = None, **rest: Any) -> Json:
    return {"name": "c", "resources": {"requests": requests or {}, "limits": limits or {}}} | rest


def affinity(*terms: Json) -> Json:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


def one_of(key: str, *values: str) -> Json:
    return {"key": key, "operator": "In", "values": list(values)}


# nodes


def test_a_node_has_exact_amounts_and_its_devices_apart() -> None:
    labels = {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB", "topology.kubernetes.io/zone": "seoul"}
    allocatable = {"cpu": "3920m", "memory": "7Gi", "pods": "110", "nvidia.com/gpu": "2", "nvidia.com/mig-1g.5gb": "3"}
    made = node(make_node(labels=labels, allocatable=allocatable))
    assert made.allocatable == {"cpu": 3920, "memory": 7 * 2**30, "pods": 110, "nvidia.com/mig-1g.5gb": 3}
    assert made.gpus == (Gpu(model="A100", product="NVIDIA-A100-SXM4-40GB"),) * 2
    assert (made.name, made.site, made.tier, made.ready) == ("edge-1", "seoul", None, True)


@pytest.mark.parametrize(
    ("labels", "site"),
    [
        ({"topology.kubernetes.io/zone": "z", "edgeward.dev/site": "s", "apps.openyurt.io/nodepool": "p"}, "s"),
        ({"topology.kubernetes.io/zone": "z", "apps.openyurt.io/nodepool": "p"}, "p"),
        ({"topology.kubernetes.io/zone": "z", "apps.kubeedge.io/belonging-to": "g"}, "g"),
        ({"edgeward.dev/site": "", "topology.kubernetes.io/zone": "z"}, "z"),
        ({}, ""),
    ],
    ids=["ours first", "OpenYurt before the zone", "KubeEdge before the zone", "an empty label is none", "none"],
)
def test_the_site_is_the_first_label_that_the_node_bears(labels: Json, site: str) -> None:
    assert node(make_node(labels=labels)).site == site


def test_other_site_labels_can_be_chosen() -> None:
    assert node(make_node(labels={"rack": "r1", "edgeward.dev/site": "s"}), site_labels=("rack",)).site == "r1"


@pytest.mark.parametrize(
    ("labels", "tier"),
    [
        ({"edgeward.dev/tier": "cloud", "node-role.kubernetes.io/edge": ""}, Tier.CLOUD),
        ({"node-role.kubernetes.io/edge": ""}, Tier.EDGE),
        ({"openyurt.io/is-edge-worker": "true"}, Tier.EDGE),
        ({"openyurt.io/is-edge-worker": "false"}, Tier.CLOUD),
        ({}, None),
    ],
)
def test_the_tier_is_told_by_our_label_or_inferred(labels: Json, tier: Tier | None) -> None:
    assert node(make_node(labels=labels)).tier is tier


@pytest.mark.parametrize(
    ("conditions", "ready"),
    [
        ([{"type": "Ready", "status": "True"}], True),
        ([{"type": "Ready", "status": "False"}], False),
        ([{"type": "Ready", "status": "Unknown"}], False),
        ([{"type": "MemoryPressure", "status": "False"}], True),
        (None, True),
    ],
    ids=["ready", "not ready", "lost", "no Ready condition", "no conditions"],
)
@pytest.mark.parametrize("cordoned", [False, True])
def test_ready_means_not_said_to_be_otherwise_cordoned_or_not(conditions: object, ready: bool, cordoned: bool) -> None:
    assert node(make_node(spec={"unschedulable": cordoned}, conditions=conditions)).ready is ready


CORDON = "node.kubernetes.io/unschedulable"


@pytest.mark.parametrize(
    "listed",
    [[], [{"key": CORDON, "effect": "NoSchedule"}]],
    ids=["before Kubernetes has put the taint there", "after it"],
)
def test_a_cordoned_node_takes_those_that_tolerate_it_and_no_others(listed: list[Json]) -> None:
    cordoned = node(make_node(spec={"unschedulable": True, "taints": listed}))
    assert cordoned.taints == (Taint(key=CORDON, effect="NoSchedule"),)
    cluster = Cluster()
    cluster.set_node(cordoned)
    for tolerations, fits in (([], False), ([{"key": CORDON, "operator": "Exists"}], True)):
        of = pod_class({"spec": {"tolerations": tolerations}})
        assert (static_fit(cluster.live(), of) & dynamic_fit(cluster.live(), of)).tolist() == [fits]


def test_a_taint_of_the_cordons_name_with_another_effect_is_not_the_cordon() -> None:
    told = {"key": CORDON, "effect": "PreferNoSchedule"}
    assert len(node(make_node(spec={"unschedulable": True, "taints": [told]})).taints) == 2


def test_taints_are_kept_and_allocatable_defaults_to_capacity() -> None:
    taint = {"key": "gpu", "value": "yes", "effect": "NoSchedule", "timeAdded": "2024-01-01T00:00:00Z"}
    made = node(make_node(spec={"taints": [taint]}, allocatable=None, capacity={"cpu": 2}))
    assert made.taints == (Taint(key="gpu", value="yes", effect="NoSchedule"),)
    assert made.allocatable == {"cpu": 2000}


@pytest.mark.parametrize(
    ("product", "model"),
    [
        ("NVIDIA-A100-SXM4-40GB", "A100"),
        ("NVIDIA-A100-80GB-PCIe", "A100"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("Tesla-V100-SXM2-16GB", "V100"),
        ("Tesla-T4", "T4"),
        ("NVIDIA-GeForce-RTX-3090", "GeForce-RTX-3090"),
        ("NVIDIA-A100-SXM4-40GB-MIG-1g.5gb", "A100-MIG-1g.5gb"),
        ("NVIDIA-L40S-SHARED", "L40S-SHARED"),
        ("V100M16", "V100M16"),
        ("A100", "A100"),
        ("NVIDIA", "NVIDIA"),
    ],
)
def test_a_product_name_is_cut_down_to_its_model(product: str, model: str) -> None:
    assert gpu_model(product) == model
    assert gpu_model(model) == model


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (make_node(allocatable={"cpu": "4x"}), "node edge-1: status.allocatable.cpu: not a quantity: '4x'"),
        (make_node(allocatable={"cpu": True}), "node edge-1: status.allocatable.cpu: not a quantity: true"),
        (make_node(allocatable={"memory": "-1Gi"}), "node edge-1: status.allocatable.memory: must be >= 0, got -1Gi"),
        (make_node(allocatable=[1]), "node edge-1: status.allocatable: must be an object, got a list"),
        (
            make_node(allocatable={"nvidia.com/gpu": "1G"}),
            "node edge-1: status.allocatable.nvidia.com/gpu: must be at most",
        ),
        (
            make_node(labels={"edgeward.dev/tier": "fog"}),
            "node edge-1: metadata.labels: edgeward.dev/tier must be one of edge",
        ),
        (make_node(spec={"taints": ["x"]}), "node edge-1: spec.taints[0]: must be an object, got text 'x'"),
        (
            make_node(spec={"unschedulable": "yes"}),
            "node edge-1: spec.unschedulable: must be true or false, got text 'yes'",
        ),
        (make_node(name=""), "node: metadata.name: must not be empty"),
        ({"metadata": {"name": 7}}, "node: metadata.name: must be text, got 7"),
        ({}, "node: metadata.name: must not be empty"),
    ],
)
def test_a_bad_node_is_refused_with_its_name_and_the_path(content: Json, message: str) -> None:
    with pytest.raises(ModelError) as refused:
        node(content)
    assert str(refused.value).startswith(message)


def test_sites_are_gathered_from_the_nodes() -> None:
    seoul = {"edgeward.dev/site": "seoul"}
    zone = {"topology.kubernetes.io/region": "kr", "topology.kubernetes.io/zone": "kr-1"}
    found = sites(
        [
            node(make_node("b", labels=seoul | {"edgeward.dev/tier": "cloud"} | zone)),
            node(make_node("a", labels=seoul)),
            node(make_node("lonely")),
        ]
    )
    assert found.names == ("lonely", "seoul")
    assert (found[1].tier, found[1].region, found[1].zone) == (Tier.CLOUD, "kr", "kr-1")
    assert found[0].tier is Tier.EDGE


# pods


def test_a_pod_is_named_and_classed() -> None:
    made = pod(
        make_pod(
            labels={"app": "web"},
            containers=[container({"cpu": "500m", "memory": "64Mi"}), container({"cpu": "250m"})],
            nodeSelector={"disk": "ssd"},
            tolerations=[{"key": "edge", "operator": "Exists"}],
        )
    )
    assert (made.name, made.namespace, made.uid) == ("web-0", "shop", "u1")
    assert made.of.requests == (("cpu", 750), ("memory", 64 * 2**20))
    assert made.of.node_selector == (("disk", "ssd"),)
    assert made.of.tolerations == (Toleration(key="edge", operator="Exists"),)
    assert (made.of.service, made.of.namespace, made.of.gpu, made.of.hint) == ("web", "shop", None, None)


def test_the_priority_that_admission_filled_in_is_the_pods_and_no_part_of_its_class() -> None:
    first, second = pod(make_pod(priority=1000)), pod(make_pod(priority=-5))
    assert (first.priority, second.priority, pod(make_pod()).priority) == (1000, -5, 0)
    assert first.of == second.of


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [container({"cpu": 1}), container({"cpu": 2})]}, 3000),
        (
            {"containers": [container({"cpu": 1})], "initContainers": [container({"cpu": 4}), container({"cpu": 3})]},
            4000,
        ),
        # the sidecar runs on beside the container: 1 + 2; it had started before the init container of 4: 2 + 4 = 6
        (
            {
                "containers": [container({"cpu": 1})],
                "initContainers": [container({"cpu": 2}, restartPolicy="Always"), container({"cpu": 4})],
            },
            6000,
        ),
        # here the init container had ended when the sidecar came: max(1 + 2, 4) = 4
        (
            {
                "containers": [container({"cpu": 1})],
                "initContainers": [container({"cpu": 4}), container({"cpu": 2}, restartPolicy="Always")],
            },
            4000,
        ),
        ({"containers": [container({"cpu": 1})], "overhead": {"cpu": "250m"}}, 1250),
        ({"containers": [container(limits={"cpu": 2})]}, 2000),
        ({"containers": [container({"cpu": 1}, {"cpu": 2})]}, 1000),
        ({"containers": [container({"cpu": 1})], "resources": {"requests": {"cpu": 5}}}, 5000),
        ({"containers": [container({"cpu": "100n"})]}, 1),
        ({"containers": [container({"cpu": 0.5})]}, 500),
    ],
    ids=[
        "containers add up",
        "the largest init container counts",
        "a sidecar adds to the init containers after it",
        "a sidecar does not add to the init container before it",
        "overhead comes on top",
        "a limit is a request by default",
        "a request beats its limit",
        "pod-level requests replace the sum",
        "amounts round up",
        "a bare number",
    ],
)
def test_requests_are_counted_as_kube_scheduler_does(spec: Json, cpu: int) -> None:
    assert pod_class({"spec": spec}).request("cpu") == cpu


amounts = st.integers(0, 10_000)


@given(st.lists(amounts, max_size=4), st.lists(st.tuples(amounts, st.booleans()), max_size=4), amounts)
def test_no_moment_of_a_pods_life_needs_more_than_it_requests(
    running: list[int], starting: list[tuple[int, bool]], overhead: int
) -> None:
    asked = pod_class(
        {
            "spec": {
                "containers": [container({"cpu": f"{m}m"}) for m in running],
                "initContainers": [
                    container({"cpu": f"{m}m"}, restartPolicy="Always" if stays else None) for m, stays in starting
                ],
                "overhead": {"cpu": f"{overhead}m"},
            }
        }
    ).request("cpu")
    sidecars, moments = 0, []
    for milli, stays in starting:
        moments.append(sidecars + milli)
        sidecars += milli if stays else 0
    moments.append(sidecars + sum(running))
    assert asked == max(moments) + overhead


@pytest.mark.parametrize(
    ("annotations", "limit", "gpu"),
    [
        ({}, None, None),
        ({}, "2", GpuRequest(count=2, sliceable=True)),
        ({"gpu-milli": "500"}, None, GpuRequest(milli=500)),
        ({"gpu-milli": "500"}, "1", GpuRequest(milli=500)),
        (
            {"gpu-count": "2", "gpu-models": "NVIDIA-A100-SXM4-40GB | H100"},
            None,
            GpuRequest(count=2, models=("A100", "H100")),
        ),
        ({"gpu-models": "T4"}, "1", GpuRequest(models=("T4",), sliceable=True)),
        ({"gpu-milli": "500", "gpu-count": "2"}, None, GpuRequest(milli=500, count=2)),
    ],
    ids=[
        "none",
        "limits",
        "a share",
        "a share of the device in the limits",
        "models in order",
        "models of the limits",
        "the same share of two",
    ],
)
def test_gpus_are_asked_for_by_limit_or_annotation(
    annotations: Json, limit: str | None, gpu: GpuRequest | None
) -> None:
    ours = {f"edgeward.dev/{key}": value for key, value in annotations.items()}
    limits = {"nvidia.com/gpu": limit} if limit else {}
    of = pod(make_pod(annotations=ours, containers=[container(limits=limits)])).of
    assert of.gpu == gpu
    assert of.request("nvidia.com/gpu") == 0  # devices are not a resource beside


def test_all_other_annotations_become_the_class() -> None:
    of = pod(
        make_pod(
            annotations={
                "edgeward.dev/preferred": "local",
                "edgeward.dev/fallback": "seoul,[busan,daegu],cloud",
                "edgeward.dev/required": "true",
                "edgeward.dev/origin": "seoul=3,busan=1",
                "edgeward.dev/max-rtt-ms": "7.5",
                "edgeward.dev/latency-class": "ar-vr",
                "edgeward.dev/topology-aware": "true",
                "edgeward.dev/depends-on": "redis, db",
                "edgeward.dev/profile": "latency-first",
                "other.dev/note": "kept out",
            }
        )
    ).of
    assert of.hint is not None
    assert of.hint.groups == (("local",), ("seoul",), ("busan", "daegu"), ("cloud",))
    assert of.hint.required
    assert of.demand is not None
    assert of.demand.weights == (("busan", 0.25), ("seoul", 0.75))
    assert (of.max_rtt_ms, of.latency_class, of.rtt_limit_ms) == (7.5, "ar-vr", 7.5)
    assert of.topology_aware
    assert of.depends_on == ("redis", "db")
    assert of.profile == "latency-first"


def test_a_pod_inherits_origin_and_profile_of_its_namespace_and_nothing_else() -> None:
    namespace = {"edgeward.dev/origin": "busan", "edgeward.dev/profile": "p", "edgeward.dev/gpu-milli": "500"}
    inherits = pod(make_pod(), namespace_annotations=namespace).of
    assert inherits.demand is not None
    assert (inherits.demand.weights, inherits.profile, inherits.gpu) == ((("busan", 1.0),), "p", None)
    own = pod(make_pod(annotations={"edgeward.dev/origin": "seoul"}), namespace_annotations=namespace).of
    assert own.demand is not None
    assert own.demand.weights == (("seoul", 1.0),)


@pytest.mark.parametrize(
    ("annotations", "problem"),
    [
        ({"max-rtt-ms": "fast"}, "edgeward.dev/max-rtt-ms: must be a number > 0, got 'fast'"),
        ({"max-rtt-ms": "nan"}, "edgeward.dev/max-rtt-ms: must be a number > 0, got 'nan'"),
        ({"max-rtt-ms": "0"}, "edgeward.dev/max-rtt-ms: must be a number > 0, got '0'"),
        (
            {"latency-class": "gaming"},
            "edgeward.dev/latency-class: must be one of remote-control, default, ar-vr, got 'gaming'",
        ),
        ({"required": "yes"}, "edgeward.dev/required: must be 'true' or 'false', got 'yes'"),
        ({"required": "true"}, "edgeward.dev/required: 'true' wants edgeward.dev/preferred or edgeward.dev/fallback"),
        ({"preferred": "lokal"}, "edgeward.dev/preferred='lokal': hint: preferred must be one of local"),
        ({"fallback": "[a"}, "edgeward.dev/fallback='[a': fallback '[a': ends too early"),
        ({"origin": "seoul=x"}, "edgeward.dev/origin: demand 'seoul=x': weight of 'seoul' is not a number: 'x'"),
        ({"topology-aware": "1"}, "edgeward.dev/topology-aware: must be 'true' or 'false', got '1'"),
        ({"depends-on": "a,,b"}, "edgeward.dev/depends-on: must be names joined with ',', got 'a,,b'"),
        ({"gpu-milli": "0.5"}, "edgeward.dev/gpu-milli: must be a whole number, got '0.5'"),
        ({"gpu-milli": "1500"}, "edgeward.dev/gpu-milli='1500': gpu: milli must be from 1 to 1000, got 1500"),
        ({"gpu-count": "0"}, "edgeward.dev/gpu-count='0': gpu: count must be >= 1, got 0"),
        (
            {"gpu-models": "A100"},
            "edgeward.dev/gpu-models: 'A100' wants edgeward.dev/gpu-count or edgeward.dev/gpu-milli",
        ),
        (
            {"gpu-count": "1", "gpu-models": "A100||T4"},
            "edgeward.dev/gpu-models: must be names joined with '|', got 'A100||T4'",
        ),
    ],
)
def test_a_bad_annotation_is_named_with_its_value(annotations: Json, problem: str) -> None:
    with pytest.raises(ModelError) as refused:
        pod(make_pod(annotations={f"edgeward.dev/{key}": value for key, value in annotations.items()}))
    assert str(refused.value).startswith(f"pod shop/web-0: metadata.annotations: annotation {problem}")


def test_two_counts_of_gpus_must_not_contradict_each_other() -> None:
    content = make_pod(
        annotations={"edgeward.dev/gpu-count": "2"}, containers=[container(limits={"nvidia.com/gpu": 4})]
    )
    with pytest.raises(ModelError, match=r"edgeward\.dev/gpu-count: 2 contradicts 4 in the containers' GPU limits"):
        pod(content)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"containers": [container({"cpu": "x"})]}, "spec.containers[0].resources.requests.cpu: not a quantity: 'x'"),
        ({"containers": [{"resources": []}]}, "spec.containers[0].resources: must be an object, got a list"),
        ({"containers": "none"}, "spec.containers: must be a list, got text 'none'"),
        ({"nodeSelector": {"a": 1}}, "spec.nodeSelector.a: must be text, got 1"),
        ({"overhead": {"cpu": "-1"}}, "spec.overhead.cpu: must be >= 0, got -1"),
        ({"priority": "high"}, "spec.priority: must be a whole number, got text 'high'"),
        ({"priority": True}, "spec.priority: must be a whole number, got true"),
    ],
)
def test_a_bad_pod_is_refused_with_its_name_and_the_path(spec: Json, problem: str) -> None:
    with pytest.raises(ModelError) as refused:
        pod(make_pod(**spec))
    assert str(refused.value).startswith(f"pod shop/web-0: {problem}")


@pytest.mark.parametrize(
    ("metadata", "service"),
    [
        ({"labels": {"app.kubernetes.io/name": "cart", "app": "other"}}, "cart"),
        ({"labels": {"k8s-app": "dns"}}, "dns"),
        (
            {
                "labels": {"pod-template-hash": "7d4f"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "web-7d4f", "controller": True}],
            },
            "web",
        ),
        ({"ownerReferences": [{"kind": "StatefulSet", "name": "db", "controller": True}]}, "db"),
        ({"ownerReferences": [{"kind": "Thing", "name": "x"}]}, ""),
        ({}, ""),
    ],
    ids=["recommended label", "older label", "Deployment", "StatefulSet", "an owner that does not control", "none"],
)
def test_the_service_is_told_by_a_label_or_the_controller(metadata: Json, service: str) -> None:
    assert pod(make_pod(metadata=metadata)).of.service == service


def test_node_affinity_with_one_value_counts_as_a_selector() -> None:
    one = {"matchExpressions": [one_of("disk", "ssd")]}
    many = {"matchExpressions": [one_of("disk", "ssd", "nvme")]}
    assert pod(make_pod(affinity=affinity(one))).of.node_selector == (("disk", "ssd"),)
    assert pod(make_pod(affinity=affinity(many))).of.node_selector == ()
    assert pod(make_pod(affinity=affinity(one, many))).of.node_selector == ()


@pytest.mark.parametrize("zone", ["a", "b"], ids=["as selected", "as wanted by affinity"])
def test_selector_and_affinity_of_one_key_must_both_hold(zone: str) -> None:
    wants_b = affinity({"matchExpressions": [one_of("z", "b")]})
    of = pod_class({"spec": {"nodeSelector": {"z": "a"}, "affinity": wants_b}})
    cluster = Cluster()
    cluster.set_node(node(make_node(labels={"z": zone})))
    assert static_fit(cluster.live(), of).tolist() == [False]
    assert misfit(cluster.live(), of) is not None


def test_a_pod_pinned_by_name_fits_its_node_only_whatever_the_hostname() -> None:
    of = pod_class({"spec": {"affinity": affinity({"matchFields": [one_of("metadata.name", "b")]})}})
    cluster = Cluster()
    for name, host in (("a", "b"), ("b", "ip-10-0-0-2")):
        cluster.set_node(node(make_node(name, labels={"kubernetes.io/hostname": host})))
    live = cluster.live()
    assert dict(zip(live.name.tolist(), static_fit(live, of).tolist(), strict=True)) == {"a": False, "b": True}


@pytest.mark.parametrize(
    ("content", "pinned"),
    [
        (make_pod(affinity=affinity({"matchFields": [one_of("metadata.name", "b")]})), True),
        (make_pod(metadata={"ownerReferences": [{"kind": "DaemonSet", "name": "agent", "controller": True}]}), True),
        (make_pod(annotations={"kubernetes.io/config.mirror": "f00"}), True),
        (make_pod(metadata={"ownerReferences": [{"kind": "ReplicaSet", "name": "web", "controller": True}]}), False),
        (make_pod(affinity=affinity({"matchExpressions": [one_of("metadata.namespace", "b")]})), False),
        (make_pod(nodeName="b"), False),
    ],
    ids=["by name", "a DaemonSet's", "a static pod's mirror", "a replica", "a label", "bound by the scheduler"],
)
def test_whose_node_belongs_to_it(content: Json, pinned: bool) -> None:
    assert is_pinned(content) is pinned


def test_replicas_share_one_class() -> None:
    first, second = (
        pod(make_pod(metadata={"name": f"web-{i}", "uid": f"u{i}"}, labels={"app": "web"})) for i in range(2)
    )
    assert first != second
    assert first.of == second.of
    assert hash(first.of) == hash(second.of)


def test_where_a_pod_is_and_whether_it_has_ended() -> None:
    assert node_name(make_pod(nodeName="edge-1")) == "edge-1"
    assert node_name(make_pod()) == ""
    phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"]
    assert [is_finished(make_pod() | {"status": {"phase": phase}}) for phase in phases] == [
        False,
        False,
        True,
        True,
        False,
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)
FIELDS = ("metadata", "spec", "status")
KEYS: tuple[str, ...] = (
    "labels",
    "annotations",
    "containers",
    "initContainers",
    "nodeSelector",
    "tolerations",
    "affinity",
    "overhead",
)
KEYS += ("taints", "allocatable", "conditions", "unschedulable", "resources", "nodeName", "phase", "ownerReferences")


@given(st.dictionaries(st.sampled_from(FIELDS), st.dictionaries(st.sampled_from(KEYS), json_values), max_size=3))
def test_any_json_becomes_a_value_or_one_error_with_the_name(content: Json) -> None:
    content.setdefault("metadata", {})["name"] = "n"
    for decode in (node, pod):
        try:
            assert decode(content).name == "n"
        except ModelError as error:
            assert str(error).split(" ")[0] in ("node", "pod")  # noqa: PT017 - the value is as good an outcome
