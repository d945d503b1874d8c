"""How kwok resizes pods in place, beside its own stages: as much of a kubelet as the API shows of one.

A running pod first tells the resources of its containers; without them the API server takes its node for one that
cannot resize. A change of the specification is then admitted (allocatedResources, condition PodResizeInProgress), and a
second later actuated (resources). With the annotation `RESIZE` the pod's kubelet refuses for that reason, Deferred or
Infeasible, in condition PodResizePending; take the annotation away and it goes on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

RESIZE = "test.edgeward.dev/resize"
_ACTUATED_AFTER_MS = 1000

Stage = dict[str, Any]
_Rule = dict[str, Any]

_ADMITTED = "[.spec.containers[].resources.requests] == [.status.containerStatuses[]?.allocatedResources]"
_ACTUATED = "[.spec.containers[].resources] == [.status.containerStatuses[]?.resources]"
_TELLS_NOT = "[.status.containerStatuses[]? | select(.resources == null)] | length > 0"
_TOLD_REFUSAL = (
    '.metadata.generation == (.status.conditions[]? | select(.type == "PodResizePending") | .observedGeneration)'
)
_ANNOTATION = f'.metadata.annotations["{RESIZE}"]'
# All of a container's status, because this list is replaced as a whole.
_STATUS = """\
{{ $root := . }}
observedGeneration: {{ .metadata.generation }}
containerStatuses:
{{ range $index, $status := .status.containerStatuses }}
{{ $container := index $root.spec.containers $index }}
- name: {{ $status.name | Quote }}
  image: {{ $status.image | Quote }}
  ready: {{ $status.ready }}
  restartCount: {{ $status.restartCount }}
  state: {{ $status.state | toJson }}
  allocatedResources: {{ $container.resources.requests | default dict | toJson }}
  resources: {{ RESOURCES | toJson }}
{{ end }}
conditions:
- {type: PodResizePending, $patch: delete}
"""
_ACTUATED_STATUS = (
    _STATUS.replace("RESOURCES", "$container.resources | default dict")
    + """\
- {type: PodResizeInProgress, $patch: delete}
"""
)
_ADMITTED_STATUS = (
    _STATUS.replace("RESOURCES", "$status.resources")
    + """\
- type: PodResizeInProgress
  status: "True"
  lastTransitionTime: {{ Now | Quote }}
  observedGeneration: {{ .metadata.generation }}
"""
)
_REFUSED_STATUS = """\
observedGeneration: {{ .metadata.generation }}
conditions:
- type: PodResizePending
  status: "True"
  reason: {{ index .metadata.annotations "ANNOTATION" | Quote }}
  message: the test says so
  lastTransitionTime: {{ Now | Quote }}
  observedGeneration: {{ .metadata.generation }}
""".replace("ANNOTATION", RESIZE)


def write_stages(path: Path) -> Path:
    """*path*, written: a configuration for kwok beside the one that it has."""
    stages = [
        _stage("pod-tells-resources", [_is(_TELLS_NOT)], _ACTUATED_STATUS),
        _stage(
            "pod-admits-resize",
            [_is_not(_TELLS_NOT), _is_not(_ADMITTED), {"key": _ANNOTATION, "operator": "DoesNotExist"}],
            _ADMITTED_STATUS,
        ),
        _stage(
            "pod-actuates-resize",
            [_is_not(_TELLS_NOT), _is(_ADMITTED), _is_not(_ACTUATED)],
            _ACTUATED_STATUS,
            delay_ms=_ACTUATED_AFTER_MS,
        ),
        _stage(
            "pod-refuses-resize",
            [
                _is_not(_TELLS_NOT),
                _is_not(_ADMITTED),
                _is_not(_TOLD_REFUSAL),
                {"key": _ANNOTATION, "operator": "Exists"},
            ],
            _REFUSED_STATUS,
        ),
    ]
    path.write_text(yaml.safe_dump_all(stages, sort_keys=False), encoding="utf-8")
    return path


def _is(question: str) -> _Rule:
    return {"key": question, "operator": "In", "values": ["true"]}


def _is_not(question: str) -> _Rule:
    return {"key": question, "operator": "NotIn", "values": ["true"]}


def _stage(name: str, rules: list[_Rule], status: str, *, delay_ms: int = 0) -> Stage:
    """Of running pods that fulfil all *rules*."""
    running = [
        {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"},
        {"key": ".status.phase", "operator": "In", "values": ["Running"]},
    ]
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {"matchExpressions": [*running, *rules]},
            **({"delay": {"durationMilliseconds": delay_ms}} if delay_ms else {}),
            "next": {"statusTemplate": status},
        },
    }
