"""An EdgeAutoscaler as the controller needs it: what the API's model reads, and the questions for its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoscaler.api import spec as api
from autoscaler.api.errors import ObjectError
from autoscaler.planner.errors import PlannerError
from autoscaler.sources.wanted import wanted
from autoscaler.watching.asked import Asked
from autoscaler.watching.autoscalers import API_VERSION, KIND
from policies.errors import PolicyError

WRONG: tuple[type[Exception], ...] = (ObjectError, PlannerError, PolicyError)


class SpecReader:
    """Reads objects with what the controller's configuration says for all of them."""

    def __init__(self, defaults: api.Defaults) -> None:
        self._defaults = defaults

    def __call__(self, content: Mapping[str, Any]) -> Asked:
        """The object; an error of WRONG names each field that is wrong."""
        manifest = {"apiVersion": API_VERSION, "kind": KIND, **content}
        read = api.read(manifest, defaults=self._defaults)
        namespace = read.resource.metadata.namespace
        metrics = tuple(each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in read.metrics)
        spec = read.resource.spec
        over = spec.over_edge
        return Asked(
            spec=read.spec,
            api_version=spec.scale_target_ref.api_version,
            kind=spec.scale_target_ref.kind,
            name=spec.scale_target_ref.name,
            dry_run=spec.dry_run,
            wants=tuple(wanted(namespace, metric) for metric in metrics),
            metrics=metrics,
            clusters={each.name: each.kubeconfig_secret for each in over.clusters} if over is not None else {},
        )
