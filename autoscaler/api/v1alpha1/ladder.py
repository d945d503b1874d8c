"""`spec.vertical`, `spec.overEdge` and `spec.forecast`: the rungs after the first, and the look ahead."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from autoscaler.api.v1alpha1.part import ContainerName, Name, Part, Positive, Rule
from autoscaler.api.v1alpha1.quantities import Quantity, cel_quantity
from policies.model.quantity import milli

RESERVED = ("home", "local", "neighbor", "cloud", "far")  # words for places; a site so called could not be told apart
MOST_CONTAINERS = 7  # more, and the API server's estimate of what the rules on quantities cost is past its limit
ACTING = ("InPlace", "Recreate")


class Amounts(Part):
    """CPU and memory; what is not given is left alone."""

    cpu: Quantity | None = None
    """CPU, such as 500m or 2."""
    memory: Quantity | None = None
    """Memory, such as 256Mi."""

    @property
    def milli(self) -> dict[str, int]:
        """Thousandths by resource, of those that are given."""
        given = (("cpu", self.cpu), ("memory", self.memory))
        return {resource: milli(text) for resource, text in given if text is not None}


def _ordered(resource: str) -> Rule:
    least, most = f"self.minAllowed.{resource}", f"self.maxAllowed.{resource}"

    def holds(container: Any) -> bool:
        low, high = (each.milli.get(resource) for each in (container.min_allowed, container.max_allowed))
        return low is None or high is None or low <= high

    return Rule(
        f"!has(self.minAllowed) || !has(self.maxAllowed) || !has({least}) || !has({most}) || "
        f"{cel_quantity(least)}.compareTo({cel_quantity(most)}) <= 0",
        f"minAllowed.{resource} must not be more than maxAllowed.{resource}",
        holds,
    )


class ContainerBounds(Part):
    """How one container may grow and shrink."""

    name: ContainerName
    """The container."""
    min_allowed: Amounts = Amounts()
    """The smallest requests."""
    max_allowed: Amounts = Amounts()
    """The largest requests; a resource without one does not grow."""
    step: Amounts = Amounts()
    """The smallest change worth making; unless given 100m and 64Mi."""

    RULES: ClassVar[tuple[Rule, ...]] = (_ordered("cpu"), _ordered("memory"))


class Vertical(Part):
    """The second rung: bigger requests for the replicas that there are."""

    mode: Literal["Off", "Recommend", "InPlace", "Recreate"] = "Off"
    """Off; Recommend: only show it in status; InPlace: resize running pods; Recreate: change the pod template, too."""
    containers: Annotated[tuple[ContainerBounds, ...], Field(max_length=MOST_CONTAINERS)] = ()
    """The containers that may change; others are left alone."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!(self.mode in ['InPlace', 'Recreate']) || has(self.containers) && self.containers.exists(c, "
            "has(c.maxAllowed) && (has(c.maxAllowed.cpu) || has(c.maxAllowed.memory)))",
            "mode InPlace or Recreate needs a container with maxAllowed",
            lambda vertical: (
                vertical.mode not in ACTING or any(bounds.max_allowed.milli for bounds in vertical.containers)
            ),
        ),
        Rule(
            "!has(self.containers) || self.containers.all(c, self.containers.exists_one(d, d.name == c.name))",
            "containers must have each name once",
            lambda vertical: len({bounds.name for bounds in vertical.containers}) == len(vertical.containers),
        ),
    )


class Cluster(Part):
    """Another cluster."""

    name: ContainerName
    """What it is called in status and events."""
    kubeconfig_secret: Name
    """A Secret of the same namespace, with a kubeconfig under the key kubeconfig."""


class OverEdge(Part):
    """The third rung: replicas beyond home, in a companion workload."""

    tiers: Annotated[tuple[Literal["neighbor", "cloud"], ...], Field(max_length=2)] = ()
    """Tiers in the order in which they are tried: neighbor, cloud. Instead of sites."""
    sites: Annotated[tuple[Name, ...], Field(max_length=32)] = ()
    """Sites by name, in the order in which they are tried. Instead of tiers."""
    clusters: Annotated[tuple[Cluster, ...], Field(max_length=8)] = ()
    """Other clusters, which are tried after all places in this one."""
    max_replicas: Positive
    """At most so many replicas over all places beyond home; they come on top of spec.maxReplicas."""
    dwell_seconds: Annotated[int, Field(strict=True, ge=0, le=86_400)] = 300
    """Home must have had room, or the load been low, for so long before replicas come home."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!(has(self.tiers) && size(self.tiers) > 0 && has(self.sites) && size(self.sites) > 0)",
            "tiers and sites cannot be given both",
            lambda over: not (over.tiers and over.sites),
        ),
        Rule(
            "(has(self.tiers) && size(self.tiers) > 0) || (has(self.sites) && size(self.sites) > 0) || "
            "(has(self.clusters) && size(self.clusters) > 0)",
            "needs tiers, sites or clusters",
            lambda over: bool(over.tiers or over.sites or over.clusters),
        ),
        Rule(
            "!has(self.tiers) || self.tiers.all(t, self.tiers.exists_one(u, u == t))",
            "tiers must have each name once",
            lambda over: len(set(over.tiers)) == len(over.tiers),
        ),
        Rule(
            "!has(self.sites) || self.sites.all(s, self.sites.exists_one(t, t == s))",
            "sites must have each name once",
            lambda over: len(set(over.sites)) == len(over.sites),
        ),
        Rule(
            f"!has(self.sites) || self.sites.all(s, !(s in {list(RESERVED)}))",
            f"sites cannot be called {', '.join(RESERVED[:-1])} or {RESERVED[-1]}",
            lambda over: not set(RESERVED) & set(over.sites),
        ),
        Rule(
            "!has(self.clusters) || self.clusters.all(c, self.clusters.exists_one(d, d.name == c.name))",
            "clusters must have each name once",
            lambda over: len({cluster.name for cluster in over.clusters}) == len(over.clusters),
        ),
    )

    @property
    def places(self) -> tuple[str, ...]:
        """All of them in order, as the planner names them."""
        return (*self.tiers, *self.sites, *(f"cluster:{cluster.name}" for cluster in self.clusters))


class Forecast(Part):
    """A look ahead, which can only add replicas."""

    mode: Literal["Off", "Observe", "Act"] = "Off"
    """Off; Observe: only show it in status; Act: have the replicas there when the load comes."""
    horizon_seconds: Annotated[int, Field(strict=True, ge=15, le=86_400)] = 300
    """How far ahead: about as long as a replica takes until it serves."""
