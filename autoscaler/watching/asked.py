"""What one EdgeAutoscaler asks for, read: the planner's specification, whom it scales, and where metrics come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autoscaler.planner.spec import Spec
from autoscaler.sources.want import Want

Name = tuple[str, str]  # namespace, name


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A specification that can be decided on."""

    spec: Spec
    api_version: str  # of the target, as are kind and name
    kind: str
    name: str
    dry_run: bool = False
    wants: tuple[Want, ...] = ()  # in the metrics' order
    metrics: tuple[Mapping[str, Any], ...] = ()  # as they were written, for the status
    clusters: Mapping[str, str] = field(default_factory=dict)  # name → Secret with a kubeconfig


Reader = Callable[[Mapping[str, Any]], Asked]
"""From an EdgeAutoscaler's `metadata` and `spec`; raises an error whose text names the field that is wrong."""
