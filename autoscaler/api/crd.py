"""The CustomResourceDefinition of EdgeAutoscaler, made from the model: `python -m autoscaler.api.crd`.

The scale subresource must name a path in `spec` that always has a number. The replicas of the workload stand in the
workload, and nothing in our spec is a number of replicas but the two bounds; so `kubectl scale eas NAME --replicas=3`
sets the floor, `minReplicas`, and what comes back as the present number is the workload's. Whoever scales an
EdgeAutoscaler by hand, or by another autoscaler, asks for at least so many.
"""

from __future__ import annotations

import sys
from typing import Any

import yaml

from autoscaler.api.schema import Schema, structural
from autoscaler.api.v1alpha1.resource import GROUP, KIND, PLURAL, SHORT_NAME, VERSION
from autoscaler.api.v1alpha1.spec import Spec
from autoscaler.api.v1alpha1.status import Status

HEADER = "# Made from the model by `python -m autoscaler.api.crd`; a test compares them.\n"
MADE_WORDS = {
    "apiVersion": "Version of the resource: edgeward.dev/v1alpha1.",
    "kind": "EdgeAutoscaler.",
}
SUMMARY = "Scales a workload out, up and over edge, and back, each step explained in status and in an Event."
COLUMNS = (
    ("Target", "string", ".spec.scaleTargetRef.name", 0),
    ("Min", "integer", ".spec.minReplicas", 0),
    ("Max", "integer", ".spec.maxReplicas", 0),
    ("Replicas", "integer", ".status.currentReplicas", 0),
    ("Rung", "string", ".status.rung", 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
    ("Desired", "integer", ".status.desiredReplicas", 1),
    ("Home", "integer", ".status.homeReplicas", 1),
    ("Metrics", "string", ".status.targets", 1),
    ("Paused", "boolean", ".spec.paused", 1),
    ("Dry-Run", "boolean", ".spec.dryRun", 1),
    ("Last", "string", ".status.lastDecision.why", 1),
)


def definition() -> dict[str, Any]:
    """The CustomResourceDefinition as an object."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": [SHORT_NAME],
                "categories": ["all", "edgeward"],
            },
            "versions": [_version()],
        },
    }


def _version() -> dict[str, Any]:
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [_column(*each) for each in COLUMNS],
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.minReplicas",
                "statusReplicasPath": ".status.currentReplicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        "schema": {"openAPIV3Schema": _object()},
    }


def _object() -> Schema:
    words: dict[str, Schema] = {name: {"description": said, "type": "string"} for name, said in MADE_WORDS.items()}
    return {
        "description": SUMMARY,
        "type": "object",
        "required": ["spec"],
        "properties": {**words, "metadata": {"type": "object"}, "spec": structural(Spec), "status": structural(Status)},
    }


def _column(name: str, type_: str, path: str, priority: int) -> dict[str, Any]:
    column = {"name": name, "type": type_, "jsonPath": path}
    return {**column, "priority": priority} if priority else column


class _Plain(yaml.SafeDumper):
    """Lists of words in one line; and a value is written out wherever it is used, since anchors help no reader."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        words = all(isinstance(each, str) for each in sequence)
        return super().represent_sequence(tag, sequence, flow_style=words or flow_style)


def text() -> str:
    """The file."""
    said = yaml.dump(definition(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=118)
    return HEADER + said


if __name__ == "__main__":
    sys.stdout.write(text())
