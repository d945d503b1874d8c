"""Replicas of one service apart from each other, or together, over regions, zones, sites or hosts.

With n = replicas of the pod's service in the node's domain:

    mode spread:    score = 1 / (1 + n - least n of the domains in question)
    mode together:  score = n / most n of the domains in question, 1 while there is none anywhere

The domains in question are those of the feasible nodes; replicas count wherever they are. `max_skew` makes it a filter
as topologySpreadConstraints with DoNotSchedule are one: refused where n + 1 would be more than `max_skew` above the
least n of all domains with a ready node that the pod's selector and tolerations admit. (Kubernetes also counts domains
with no ready node; at the edge, where a whole site can be gone for a day, that would stop the service everywhere.)

A domain is a value of the label `topology.kubernetes.io/region` or `/zone`, where it is missing the region or zone that
the site is told to have; a site; or a node. Nodes in no domain score 0 and are refused under `max_skew`. A pod of no
service gets no opinion.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Ints, Scope
from policies.engine.fit import static_fit
from policies.model.pod import PodClass, service_group
from policies.model.snapshot import Snapshot

_LABELS = {"region": "topology.kubernetes.io/region", "zone": "topology.kubernetes.io/zone"}
NOWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Topology(FilterScorer):
    """Spreads the replicas of a service over regions, zones, sites or hosts, or keeps them together."""

    over: Literal["region", "zone", "site", "host"] = "site"
    mode: Literal["spread", "together"] = "spread"
    max_skew: Annotated[int, Field(ge=1)] | None = None  # a hard limit

    scope: ClassVar[Scope] = Scope.CLUSTER
    aliases: ClassVar[tuple[str, ...]] = ("topology-spread", "pod-topology-spread")

    def concerns(self, pod: PodClass) -> bool:
        return bool(pod.service)

    def key(self, pod: PodClass) -> Hashable:
        if not pod.service:
            return None
        group = service_group(pod.namespace, pod.service)
        return group if self.max_skew is None else (group, pod.node_selector, pod.tolerations)

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        if self.max_skew is None or not pod.service:
            return None
        here, replicas = self._replicas(nodes, pod)
        allowed: Bools = (here >= 0) & (replicas[here] + 1 - self._least(nodes, pod, replicas) <= self.max_skew)
        return allowed

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if not pod.service:
            return None
        here, replicas = self._replicas(nodes, pod)
        n = replicas[here]
        counted = here >= 0
        if not counted.any():
            return np.zeros(len(nodes))
        if self.mode == "spread":
            score = 1 / (1 + np.maximum(n - int(n[counted].min()), 0))
        else:
            most = int(n[counted].max())
            score = n / most if most else np.ones(len(nodes))
        return np.where(counted, np.clip(score, 0, 1), 0.0)

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        here, replicas = self._replicas(nodes, pod)
        least, (_, names) = self._least(nodes, pod, replicas), self._domains(nodes)

        def say(n: int, domain: int) -> str:
            if domain == NOWHERE:
                return f"the node is in no {self.over}"
            # hosts go without their names, which the refusal is told for anyway: kube-scheduler counts equal reasons
            where = f"{self.over} {names[domain]}" if names else f"the {self.over}"
            skew = f"skew {n + 1 - least} > {self.max_skew}"
            return f"{skew}: {n} replicas of {pod.service} in {where}, the least elsewhere {least}"

        return worded(say, replicas[here], here if names else np.minimum(here, 0))

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        none: Bools = self._replicas(nodes, pod)[0] == NOWHERE
        return none  # else a replica may be evicted

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        if not pod.service:
            return "the pod is of no service"
        here, replicas = self._replicas(nodes, pod)
        if here[0] == NOWHERE:
            return f"the node is in no {self.over}"
        _, names = self._domains(nodes)
        name = names[here[0]] if names else nodes.name[0]
        return f"{int(replicas[here[0]])} replicas of {pod.service} in {self.over} {name}"

    def _domains(self, nodes: Snapshot) -> tuple[Ints, tuple[str, ...]]:
        """The domain of each node as a number, NOWHERE for none, and the domains' names."""
        if self.over == "host":
            return nodes.slots.astype(np.int64), ()
        if self.over == "site":
            return nodes.site.astype(np.int64), nodes.sites.names
        codes, values = nodes.label(_LABELS[self.over])
        of_site = [site.region if self.over == "region" else site.zone for site in nodes.sites]
        names = tuple(dict.fromkeys((*values, *filter(None, of_site))))
        told = np.array([names.index(name) if name else NOWHERE for name in of_site], dtype=np.int64)
        return np.where(codes >= 0, codes, told[nodes.site] if len(told) else NOWHERE), names

    def _replicas(self, nodes: Snapshot, pod: PodClass) -> tuple[Ints, Ints]:
        """The domain of each node, and the replicas in each domain (a last one more, 0, for NOWHERE)."""
        whole = nodes.whole
        domain, names = self._domains(whole)
        count = whole.count(service_group(pod.namespace, pod.service))
        at = np.flatnonzero((count > 0) & (domain >= 0))
        size = (len(whole) if self.over == "host" else len(names)) + 1
        replicas = np.bincount(domain[at], weights=count[at], minlength=size).astype(np.int64)
        return domain[nodes.slots], replicas

    def _least(self, nodes: Snapshot, pod: PodClass, replicas: Ints) -> int:
        whole = nodes.whole
        domain, _ = self._domains(whole)
        domains = domain[(domain >= 0) & whole.ready & static_fit(whole, pod)]
        return int(replicas[domains].min()) if len(domains) else 0


POLICY: type[FilterScorer] = Topology
