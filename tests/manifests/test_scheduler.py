"""The scheduler's manifests: safe, complete, and in agreement with the code and with each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.engine.catalogue import shipped
from scheduler.config import Config, read_config
from scheduler.latency.prober.config import parse_config as parse_prober
from scheduler.lint.asked import Asked
from scheduler.lint.check import findings
from scheduler.lint.duration import seconds
from scheduler.lint.reading import parsed, read
from tests.manifests.reading import (
    MANIFESTS,
    PATCHED,
    PROBER,
    SECOND,
    Object,
    containers,
    content,
    named,
    objects,
    pod_spec,
)

SECOND_CONFIG, KUBEADM, K3S = (
    SECOND / "kube-scheduler.yaml", PATCHED / "kubeadm" / "kube-scheduler.yaml", PATCHED / "k3s" / "kube-scheduler.yaml"
)  # fmt: skip
# Each KubeSchedulerConfiguration with the extender's configuration that goes with it.
PAIRS = [(SECOND_CONFIG, SECOND / "extender.yaml"), *((path, PATCHED / "extender.yaml") for path in (KUBEADM, K3S))]

# configurations


@pytest.mark.parametrize(
    "path", [SECOND / "extender.yaml", PATCHED / "extender.yaml"], ids=lambda path: path.parent.name
)
def test_configuration_of_the_extender_is_valid_and_keeps_verbs_on_loopback(path: Path) -> None:
    config = read_config(path)
    assert config.listen.host == "127.0.0.1"
    assert config.pages is not None
    assert config.pages.port != config.listen.port


@pytest.mark.parametrize(("scheduler", "extender"), PAIRS, ids=lambda path: path.parent.name)
def test_scheduler_asks_the_extender_as_it_listens(scheduler: Path, extender: Path) -> None:
    (asked,) = content(scheduler)["extenders"]
    config = read_config(extender)
    verbs = config.listen.verbs
    assert asked["urlPrefix"] == f"http://{config.listen.host}:{config.listen.port}{config.listen.prefix}"
    assert (asked["filterVerb"], asked["prioritizeVerb"]) == (verbs.filter, verbs.prioritize)
    assert (asked["preemptVerb"], asked["bindVerb"]) == (verbs.preempt, verbs.bind)
    assert seconds(asked["httpTimeout"]) == config.http_timeout_s
    assert [each["schedulerName"] for each in content(scheduler)["profiles"]] == list(config.scheduler_names)


def found_in(path: Path) -> list[tuple[str, str]]:
    (configuration,) = read(path).configurations
    profile = shipped().profile(Config().profile)
    return [(each.severity, each.path) for each in findings(Asked(configuration, profile))]


def test_lint_has_nothing_to_say_of_the_second_scheduler() -> None:
    assert found_in(SECOND_CONFIG) == []


@pytest.mark.parametrize("path", [KUBEADM, K3S], ids=lambda path: path.parent.name)
def test_lint_has_only_what_cannot_be_helped_to_say_of_the_patched_one(path: Path) -> None:
    # bind is ignorable only since 1.30, and any extender ends batching: both are in the README's table of two ways
    assert found_in(path) == [("hint", "extenders[0].ignorable"), ("hint", "extenders")]


def test_lint_sees_no_deadlock_in_the_second_scheduler_and_its_deployment() -> None:
    config_map = {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": SECOND_CONFIG.read_text("utf-8")}}
    there = parsed(yaml.safe_dump_all([config_map, *objects(SECOND, "Deployment")]), "all")
    assert [each.name for each in there.surroundings.schedulers] == ["edgeward-scheduler"]
    profile = shipped().profile("edge-default")
    assert findings(Asked(there.configurations[0], profile, there.surroundings)) == ()


def test_lease_of_the_second_scheduler_is_the_one_it_has_rights_to() -> None:
    election = content(SECOND_CONFIG)["leaderElection"]
    role = named(SECOND, "Role", "edgeward-scheduler:lease")
    assert role["metadata"]["namespace"] == election["resourceNamespace"]
    (held,) = [rule for rule in role["rules"] if "resourceNames" in rule]
    assert held["resourceNames"] == [election["resourceName"]]


def test_configuration_of_the_prober_is_valid_and_its_ports_are_open() -> None:
    text = (PROBER / "config.yaml").read_text(encoding="utf-8")
    config = parse_prober(text, source="config.yaml", site="seoul")
    service = named(PROBER, "Service", "edgeward-prober")
    (container,) = containers(named(PROBER, "DaemonSet", "edgeward-prober"))
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert ports == {"probes": config.listen.port, "pages": config.metrics.port}
    assert config.peers is not None
    assert config.peers.host == f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
    assert [each["port"] for each in service["spec"]["ports"]] == [config.peers.port]
    assert service["spec"]["clusterIP"] == "None"


# pods


@pytest.mark.parametrize("folder", [SECOND, PATCHED], ids=lambda folder: folder.name)
def test_pages_of_the_extender_are_where_its_probes_look(folder: Path) -> None:
    (extender,) = [
        each for o in objects(folder) if o["kind"] in {"Deployment", "DaemonSet"}
        for each in containers(o) if each["name"] == "extender"
    ]  # fmt: skip
    config = read_config(folder / "extender.yaml")
    assert config.pages is not None
    assert extender["ports"] == [{"name": "pages", "containerPort": config.pages.port}]
    assert config.pages.host == ""


def test_extender_is_a_sidecar_that_outlives_the_scheduler() -> None:
    spec = pod_spec(named(SECOND, "Deployment", "edgeward-scheduler"))
    (extender,) = spec["initContainers"]
    assert extender["restartPolicy"] == "Always"
    assert "startupProbe" in extender
    assert spec["schedulerName"] == "default-scheduler"


# a control plane's own files


def patched(pod: Object, operations: list[Object]) -> Object:
    """JSON Patch, as far as `add` at the end of a list goes."""
    for each in operations:
        assert each["op"] == "add"
        *way, last = each["path"].strip("/").split("/")
        assert last == "-"
        place: Any = pod
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place.append(each["value"])
    return pod


def test_kubeadm_patch_gives_the_scheduler_the_file_where_it_is_mounted() -> None:
    static: Object = {"spec": {"containers": [{"command": ["kube-scheduler"], "volumeMounts": []}], "volumes": []}}
    pod = patched(static, content(PATCHED / "kubeadm" / "kube-scheduler+json.yaml"))
    (container,), (volume,) = pod["spec"]["containers"], pod["spec"]["volumes"]
    (mount,) = container["volumeMounts"]
    file = container["command"][1].removeprefix("--config=")
    assert mount["name"] == volume["name"]
    assert file == f"{mount['mountPath']}/kube-scheduler.yaml"
    assert volume["hostPath"]["path"] == mount["mountPath"]
    assert file in KUBEADM.read_text(encoding="utf-8").splitlines()[0]
    assert file in (MANIFESTS / "README.md").read_text(encoding="utf-8")


def test_configurations_of_kubeadm_and_k3s_differ_in_the_kubeconfig_only() -> None:
    kubeadm, k3s = content(KUBEADM), content(K3S)
    kubeconfigs = [each.pop("clientConnection")["kubeconfig"] for each in (kubeadm, k3s)]
    assert kubeconfigs == ["/etc/kubernetes/scheduler.conf", "/var/lib/rancher/k3s/server/cred/scheduler.kubeconfig"]
    assert kubeadm == k3s
