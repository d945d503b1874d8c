"""What is installed, whichever program it is: kustomizations are whole, and pods are safe and start what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from edgeward import COMMANDS
from tests.conftest import ROOT
from tests.manifests.reading import (
    AUTOSCALER,
    KUSTOMIZATIONS,
    MANIFESTS,
    PATCHED,
    PROBER,
    SECOND,
    Object,
    containers,
    documents,
    generated,
    kustomization,
    objects,
    pod_spec,
)

FOLDERS = (SECOND, PATCHED, PROBER, AUTOSCALER)
WORKLOADS = [
    (folder, each) for folder in FOLDERS for each in objects(folder) if each["kind"] in {"Deployment", "DaemonSet"}
]


def of_workload(entry: Any) -> str:
    return str(entry["metadata"]["name"]) if isinstance(entry, dict) else ""


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda folder: folder.name)
def test_kustomization_uses_every_file_beside_it(folder: Path) -> None:
    said = kustomization(folder)
    used = {"kustomization.yaml", *said.get("resources", ())}
    used |= {path.name for files in generated(folder).values() for path in files.values()}
    assert {path.name for path in folder.glob("*.yaml")} <= used
    for name in used:
        assert (folder / name).exists()


@pytest.mark.parametrize("path", sorted(MANIFESTS.rglob("*.yaml")), ids=lambda path: str(path.relative_to(MANIFESTS)))
def test_no_key_is_there_twice_and_no_document_is_empty(path: Path) -> None:
    assert all(documents(path))


def test_no_generated_name_is_that_of_something_else() -> None:
    """kustomize puts its hash behind every field that names a ConfigMap so called, a lease's resourceNames, too."""
    for folder in KUSTOMIZATIONS:
        names = {name for each in KUSTOMIZATIONS for o in objects(each) for name in (o["metadata"]["name"],)}
        assert not names & set(generated(folder))


# pods


@pytest.mark.parametrize(("folder", "workload"), WORKLOADS, ids=of_workload)
def test_pods_run_as_nobody_write_nothing_and_have_limits(folder: Path, workload: Object) -> None:
    spec = pod_spec(workload)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 10_000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert all("hostPath" not in volume for volume in spec["volumes"])
    for container in containers(workload):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]
        assert all(mount["readOnly"] for mount in container["volumeMounts"])


@pytest.mark.parametrize(("folder", "workload"), WORKLOADS, ids=of_workload)
def test_pods_start_commands_that_there_are_with_files_that_are_mounted(folder: Path, workload: Object) -> None:
    (volume,) = pod_spec(workload)["volumes"]
    files = generated(folder)[volume["configMap"]["name"]]
    for container in containers(workload):
        (mount,) = container["volumeMounts"]
        words = [*container.get("command", ()), *container.get("args", ())]
        paths = [word.rpartition("=")[2] for word in words if word.rpartition("=")[2].startswith("/")]
        assert [path for path in paths if path.removeprefix(f"{mount['mountPath']}/") not in files] == []
        assert paths
        if container["image"] == "edgeward":
            assert "command" not in container, "the image knows its program"
            assert container["args"][0] in COMMANDS


@pytest.mark.parametrize(("folder", "workload"), WORKLOADS, ids=of_workload)
def test_probes_go_to_ports_that_are_open(folder: Path, workload: Object) -> None:
    for container in containers(workload):
        names = {port["name"] for port in container["ports"]}
        probes = [probe["httpGet"] for name, probe in container.items() if name.endswith("Probe")]
        assert {probe["port"] for probe in probes} <= names
        assert {probe["path"] for probe in probes} <= {"/healthz", "/readyz"}
        assert {"readinessProbe", "livenessProbe"} <= container.keys()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_image_has_a_version(folder: Path) -> None:
    tags = {each["name"]: each["newTag"] for each in kustomization(folder)["images"]}
    used = {each["image"] for o in objects(folder) if "template" in o.get("spec", {}) for each in containers(o)}
    assert used == set(tags)
    assert "latest" not in tags.values()


def test_selectors_select_their_own_pods() -> None:
    for _, workload in WORKLOADS:
        labels = workload["spec"]["template"]["metadata"]["labels"]
        assert workload["spec"]["selector"]["matchLabels"].items() <= labels.items()
    names = {workload["metadata"]["name"] for _, workload in WORKLOADS}
    (scheduler,) = objects(MANIFESTS / "scheduler" / "components" / "monitoring")
    (autoscaler,) = objects(MANIFESTS / "autoscaler" / "components" / "monitoring")
    watched = {*scheduler["spec"]["selector"]["matchExpressions"][0]["values"]}
    assert watched | {*autoscaler["spec"]["selector"]["matchLabels"].values()} == names


def test_readme_names_files_that_there_are() -> None:
    text = (MANIFESTS / "README.md").read_text(encoding="utf-8")
    named_files = set(re.findall(r"manifests/(?:scheduler|autoscaler)/[\w/.+-]*\w", text))
    assert len(named_files) >= 11
    assert [name for name in named_files if not (ROOT / name).exists()] == []
