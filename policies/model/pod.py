"""Pods as the deciding code sees them: a name, and the class that says everything a decision may depend on.

Replicas of one Deployment differ in nothing but their name, so all of them point to one `PodClass`; scores are kept per
class. A class is a value: two pods with equal classes get the same node from the same snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.errors import ModelError
from policies.model.demand import Demand
from policies.model.gpu import GpuRequest
from policies.model.hint import Hint
from policies.model.taint import Toleration

# Hard limits on the round trip to the origin, R5; named by annotation `edgeward.dev/latency-class`.
LATENCY_CLASSES_MS: Mapping[str, float] = {"remote-control": 1.0, "default": 10.0, "ar-vr": 20.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class PodClass:
    """What pods of one class ask for. Build it with `PodClass.of`, which takes plain mappings."""

    requests: tuple[
        tuple[str, int], ...
    ] = ()  # cpu in milli, memory in bytes, extended resources in counts; name order
    gpu: GpuRequest | None = None
    namespace: str = "default"
    service: str = ""  # the application that it is a replica of
    hint: Hint | None = None
    demand: Demand | None = None
    latency_class: str = ""
    max_rtt_ms: float | None = None
    topology_aware: bool = False
    depends_on: tuple[str, ...] = ()
    network_mbps: int = 0  # sustained transfer; > 0 makes it transfer-heavy for `network-path`
    node_selector: tuple[tuple[str, str], ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    profile: str = ""
    groups: tuple[str, ...] = field(init=False)  # keys under which the cluster counts it, see Snapshot.count
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, amount in self.requests:
            if amount < 0:
                raise ModelError(f"pod: request of {name} must be >= 0, got {amount}")
        # zero asks for nothing, also not that a node has the resource at all
        object.__setattr__(self, "requests", tuple(sorted((name, amount) for name, amount in self.requests if amount)))
        if self.latency_class and self.latency_class not in LATENCY_CLASSES_MS:
            known = ", ".join(LATENCY_CLASSES_MS)
            raise ModelError(f"pod: latency-class must be one of {known}, got {self.latency_class!r}")
        if self.max_rtt_ms is not None and not self.max_rtt_ms > 0:
            raise ModelError(f"pod: max-rtt-ms must be > 0, got {self.max_rtt_ms}")
        if self.network_mbps < 0:
            raise ModelError(f"pod: network_mbps must be >= 0, got {self.network_mbps}")
        groups = [service_group(self.namespace, self.service)] if self.service else []
        if self.gpu is not None:
            groups.append(gpu_group(self.gpu))
        if self.network_mbps:
            groups.append(TRANSFER_GROUP)
        object.__setattr__(self, "groups", tuple(groups))
        decisive = (self.requests, self.gpu, self.namespace, self.service, self.hint, self.demand, self.rtt_limit_ms)
        rest = (self.topology_aware, self.depends_on, self.network_mbps, self.node_selector, self.profile)
        object.__setattr__(self, "_hash", hash((decisive, rest, self.tolerations)))

    def __hash__(self) -> int:
        return self._hash  # asked for on every decision

    @classmethod
    def of(
        cls,
        requests: Mapping[str, int] | None = None,
        *,
        depends_on: tuple[str, ...] = (),
        node_selector: Mapping[str, str] | None = None,
        **rest: object,
    ) -> PodClass:
        """A class from plain mappings."""
        asked = tuple((requests or {}).items())
        selector = tuple(sorted((node_selector or {}).items()))
        return cls(requests=asked, depends_on=tuple(depends_on), node_selector=selector, **rest)  # type: ignore[arg-type]  # cls checks them

    @property
    def rtt_limit_ms(self) -> float | None:
        """The hard limit on p95 to the origin: the stricter of `max-rtt-ms` and the class's, None without either."""
        limits = [self.max_rtt_ms, LATENCY_CLASSES_MS.get(self.latency_class)]
        return min((limit for limit in limits if limit is not None), default=None)

    def request(self, resource: str) -> int:
        """The amount of one resource, 0 when it asks for none."""
        return next((amount for name, amount in self.requests if name == resource), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod. `uid` tells it from a later one of the same name; it is the name's where none is given.

    `priority` says who must go first when there is no room. It is no part of the class, since no score depends on it.
    """

    name: str
    of: PodClass
    namespace: str = "default"
    uid: str = ""
    priority: int = 0  # spec.priority, which admission fills in from the priority class

    def __post_init__(self) -> None:
        if not self.name:
            raise ModelError("pod: name must not be empty")
        if not self.uid:
            object.__setattr__(self, "uid", f"{self.namespace}/{self.name}")


TRANSFER_GROUP = "transfer"


def service_group(namespace: str, service: str) -> str:
    """The key under which replicas of a service are counted. *service* may be `name` or `namespace/name`."""
    return f"service:{service}" if "/" in service else f"service:{namespace}/{service}"


def gpu_group(gpu: GpuRequest) -> str:
    """The key under which GPU pods of one shape are counted: all shared ones, or all of n whole GPUs."""
    return "gpu:share" if gpu.is_shared else f"gpu:{gpu.count}"
