"""The object that is scaled, by where it is in the API."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Anything with a scale subresource; `plural` is its resource, as discovery tells it."""

    api_version: str = "apps/v1"
    kind: str = "Deployment"
    plural: str = "deployments"
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """Where it is read and patched."""
        return f"{self.collection}/{quote(self.name, safe='')}"

    @property
    def collection(self) -> str:
        """Where those of its kind and namespace are listed."""
        root = "apis" if "/" in self.api_version else "api"
        # the names come from a person's object: nothing in them may lead to another path
        return f"/{root}/{self.api_version}/namespaces/{quote(self.namespace, safe='')}/{quote(self.plural, safe='')}"

    @property
    def label(self) -> str:
        """As people say it: `Deployment shop/web`."""
        return f"{self.kind} {self.namespace}/{self.name}"
