"""The manifests as files: documents by kind, and what a kustomization generates from files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policies.engine.yaml_text import load_yaml
from tests.conftest import ROOT

MANIFESTS = ROOT / "manifests"
SCHEDULER = MANIFESTS / "scheduler"
SECOND = SCHEDULER / "overlays" / "second-scheduler"
PATCHED = SCHEDULER / "overlays" / "patch-default"
PROBER = SCHEDULER / "components" / "prober"
AUTOSCALER = MANIFESTS / "autoscaler" / "base"
ALONE = MANIFESTS / "autoscaler" / "overlays" / "alone"
KUSTOMIZATIONS = sorted(path.parent for path in MANIFESTS.rglob("kustomization.yaml"))

Object = dict[str, Any]


def documents(path: Path) -> list[Any]:
    """What a YAML file says; a key that is there twice is an error."""
    return [load_yaml(part) for part in path.read_text(encoding="utf-8").split("\n---\n")]


def content(path: Path) -> Any:
    """The one document of a file."""
    (found,) = documents(path)
    return found


def kustomization(folder: Path) -> Object:
    found: Object = content(folder / "kustomization.yaml")
    return found


def objects(folder: Path, kind: str = "") -> list[Object]:
    """The objects of that folder's kustomization and of those below it, as they stand in the files."""
    return [each for each in _objects(folder) if kind in ("", each["kind"])]


def _objects(folder: Path) -> Iterator[Object]:
    for name in kustomization(folder).get("resources", ()):
        path = folder / name
        if path.is_dir():
            yield from _objects(path)
        else:
            yield from documents(path)


def named(folder: Path, kind: str, name: str) -> Object:
    (found,) = [each for each in objects(folder, kind) if each["metadata"]["name"] == name]
    return found


def pod_spec(workload: Object) -> Object:
    spec: Object = workload["spec"]["template"]["spec"]
    return spec


def containers(workload: Object) -> list[Object]:
    spec = pod_spec(workload)
    return [*spec.get("initContainers", ()), *spec["containers"]]


def generated(folder: Path) -> dict[str, dict[str, Path]]:
    """The files that go into ConfigMaps, by the name of the ConfigMap and by key."""
    made = {}
    for each in kustomization(folder).get("configMapGenerator", ()):
        pairs = (entry.rpartition("=") for entry in each["files"])
        made[each["name"]] = {key or file: folder / file for key, _, file in pairs}
    return made
