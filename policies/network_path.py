"""The network of the node: virtual functions (SR-IOV) for those who ask, and one heavy talker on a link that is full.

* A pod that requests the extended resource of the SR-IOV device plugin goes where most VFs would be left:
  score = (free - asked) / allocatable. That there are enough is a matter of fit, as for every resource.
* A pod with sustained transfer (`network_mbps` > 0) goes where the link has most room: score = 1 - link use, 0.5 where
  nobody measures. On a link in use by `saturated` or more only one such pod may sit: a second one is refused.

With both, the mean of the two. Other pods get no opinion.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats
from policies.model.pod import TRANSFER_GROUP, PodClass
from policies.model.snapshot import Snapshot

UNKNOWN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class NetworkPath(FilterScorer):
    """Spreads pods with SR-IOV over the virtual functions, and keeps heavy transfers apart on saturated links."""

    resource: Annotated[str, Field(min_length=1)] = "intel.com/intel_sriov_netdevice"  # sriov-network-device-plugin's
    saturated: Annotated[float, Field(gt=0, le=1)] = 0.8  # share of the link's capacity

    aliases: ClassVar[tuple[str, ...]] = ("sr-iov",)

    def concerns(self, pod: PodClass) -> bool:
        return bool(pod.network_mbps or pod.request(self.resource))

    def key(self, pod: PodClass) -> Hashable:
        return pod.request(self.resource), pod.network_mbps > 0

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        if not pod.network_mbps:
            return None
        # an unmeasured link (NaN) is not known to be full
        return ~((nodes.usage("link") >= self.saturated) & (nodes.count(TRANSFER_GROUP) > 0))

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        asked = pod.request(self.resource)
        scores: list[Floats] = []
        if asked:
            has = nodes.allocatable(self.resource)
            left = nodes.free(self.resource) - asked
            scores.append(np.where(has > 0, np.clip(left / np.maximum(has, 1), 0, 1), 0.0))
        if pod.network_mbps:
            scores.append(np.clip(1 - np.nan_to_num(nodes.usage("link"), nan=UNKNOWN), 0, 1))
        return sum(scores, np.zeros(len(nodes))) / len(scores) if scores else None

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        def say(used: float, heavy: int) -> str:
            return f"link {used:.0%} in use >= {self.saturated:.0%} with {heavy} transfer-heavy pod there"

        return worded(say, nodes.usage("link"), nodes.count(TRANSFER_GROUP))

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        words = []
        if asked := pod.request(self.resource):
            free, has = int(nodes.free(self.resource)[0]), int(nodes.allocatable(self.resource)[0])
            words.append(f"{max(0, free - asked)} of {has} {self.resource} left with the pod")
        if pod.network_mbps:
            used = float(nodes.usage("link")[0])
            words.append("link use not measured" if np.isnan(used) else f"link {used:.0%} in use")
        return "; ".join(words) or "no network path asked for"


POLICY: type[FilterScorer] = NetworkPath
