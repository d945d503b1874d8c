"""The whole object, as it stands in a file or comes from the API server."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from autoscaler.api.v1alpha1.part import Name, Part, Said
from autoscaler.api.v1alpha1.spec import Spec

GROUP, VERSION, KIND, PLURAL = "edgeward.dev", "v1alpha1", "EdgeAutoscaler", "edgeautoscalers"
SHORT_NAME = "eas"
API_VERSION = f"{GROUP}/{VERSION}"


class Metadata(Said):
    """What we read of it; there is more, which is the API server's."""

    model_config = ConfigDict(extra="ignore")

    name: Name
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class EdgeAutoscaler(Part):
    """The object; its status is read by itself, more leniently."""

    api_version: Literal["edgeward.dev/v1alpha1"]
    kind: Literal["EdgeAutoscaler"]
    metadata: Metadata
    spec: Spec
    status: Any = None
