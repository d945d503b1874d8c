"""One node as it is told to the cluster: what it has, where it stands, whether it takes pods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.errors import ModelError
from policies.model.gpu import Gpu
from policies.model.site import Tier
from policies.model.taint import Taint

USAGE_KINDS = ("cpu", "memory", "link")  # measured shares of capacity, 0..1 and above when overloaded


@dataclass(frozen=True, slots=True, kw_only=True)
class NumaZone:
    """What one NUMA zone offers to aligned pods in all; those that are there are charged to it."""

    cpu_milli: int
    memory_bytes: int = 2**62  # many exporters tell only the CPUs

    def __post_init__(self) -> None:
        if self.cpu_milli < 0 or self.memory_bytes < 0:
            raise ModelError(f"numa zone: amounts must be >= 0, got cpu {self.cpu_milli}, memory {self.memory_bytes}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`allocatable`: cpu in milli, memory and ephemeral-storage in bytes, pods and extended resources in counts."""

    name: str
    allocatable: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    numa: tuple[NumaZone, ...] = ()
    usage: Mapping[str, float] = field(default_factory=dict)
    site: str = ""  # empty: it belongs to a site of its own name
    tier: Tier | None = None  # None: the site's, EDGE for a site not seen before
    ready: bool = True  # its kubelet reports; a cordon is a taint

    def __post_init__(self) -> None:
        if not self.name:
            raise ModelError("node: name must not be empty")
        for resource, amount in self.allocatable.items():
            if amount < 0:
                raise ModelError(f"node {self.name}: allocatable {resource} must be >= 0, got {amount}")
        for kind, share in self.usage.items():
            if kind not in USAGE_KINDS:
                raise ModelError(f"node {self.name}: usage must be one of {', '.join(USAGE_KINDS)}, got {kind!r}")
            if not 0 <= share < float("inf"):
                raise ModelError(f"node {self.name}: usage of {kind} must be >= 0 and finite, got {share}")
