"""Set-up K, the sites that placement is proven on: ten edge nodes at two sites, ten in a cloud, GPUs in some.

The edge sites are called what they are to the users, who are at `local`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.cluster.objects import Manifest, node_manifest

ORIGIN = "local"
EDGE_GPU, CLOUD_GPU = "NVIDIA-T4", "NVIDIA-A100-SXM4-80GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """Nodes to create, and what a round trip from the users' site takes to each."""

    nodes: tuple[Manifest, ...]
    rtt_ms: Mapping[str, tuple[float, float]]  # site → least and most, seen from `ORIGIN`

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(node["metadata"]["name"] for node in self.nodes)

    def of(self, site: str) -> tuple[str, ...]:
        """The nodes of a site."""
        return tuple(name for name in self.names if name.rpartition("-")[0] == site)


def setup_k(*, cpu: str = "4", cloud_cpu: str = "32") -> SetUp:
    """`local-1` … `-6` (2 GPUs each in the last two), `neighbor-1` … `-4`, `cloud-1` … `-10` (8 in the last four)."""
    local = [
        node_manifest(
            f"local-{n}",
            site="local",
            tier="edge",
            cpu=cpu,
            gpus=2 if n > 4 else 0,
            gpu_model=EDGE_GPU if n > 4 else "",
        )
        for n in range(1, 7)
    ]
    neighbor = [node_manifest(f"neighbor-{n}", site="neighbor", tier="edge", cpu=cpu) for n in range(1, 5)]
    cloud = [
        node_manifest(
            f"cloud-{n}",
            site="cloud",
            tier="cloud",
            cpu=cloud_cpu,
            memory="128Gi",
            gpus=8 if n > 6 else 0,
            gpu_model=CLOUD_GPU if n > 6 else "",
        )
        for n in range(1, 11)
    ]
    return SetUp(
        nodes=(*local, *neighbor, *cloud),
        rtt_ms={"local": (0.4, 3.0), "neighbor": (5.0, 12.0), "cloud": (25.0, 60.0)},
    )
