"""The mirror as a whole: handlers for what is watched, and the present state for those who decide.

It is the one writer of the `Cluster`, by its public methods only, so that a recording cluster misses nothing. All of it
belongs to the event loop's thread; what another thread may keep is the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from kube.mirror.budgets import Budgets, ToldBudget
from kube.mirror.changes import Callback, Changes
from kube.mirror.classes import Classes
from kube.mirror.config_maps import ConfigKind, ConfigMaps
from kube.mirror.namespaces import Namespaces
from kube.mirror.network_topologies import NetworkTopologies
from kube.mirror.nodes import Nodes
from kube.mirror.numa import NumaZones
from kube.mirror.pending import Pending
from kube.mirror.pods import Bound, Pods
from kube.mirror.residents import resident
from kube.mirror.sites import SiteTable
from policies.model.cluster import Cluster
from policies.model.kubernetes import SITE_LABELS
from policies.model.node import Node
from policies.model.pod import Pod
from policies.model.resident import Resident
from policies.model.site import Tier
from policies.model.snapshot import Snapshot


class Mirror:
    """What we know of the cluster. Pending pods are kept for *schedulers*, those of all schedulers when empty.

    ConfigMaps count in *namespace*, ours. Nodes without a site's label are in *default_site*, each in one of its own
    when that is empty; a site whose nodes do not tell is of *default_tier*.
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        clock: Callable[[], float],
        site_labels: Sequence[str] = SITE_LABELS,
        default_site: str = "",
        default_tier: Tier = Tier.EDGE,
        schedulers: Collection[str] = (),
        namespace: str = "",
    ) -> None:
        self.cluster = cluster
        self._clock = clock
        self._changes = Changes()
        self._sites = SiteTable(default_tier)
        self._classes = Classes()
        self.namespaces = Namespaces(self._changes)
        self.pods = Pods(
            cluster,
            self._changes,
            self._classes,
            inherited=self.namespaces.annotations,
            schedulers=frozenset(schedulers),
        )
        self.topologies = NumaZones(self._changes, rezone=self._rezone)
        self.nodes = Nodes(
            cluster,
            self._changes,
            self._sites,
            site_labels=site_labels,
            default_site=default_site,
            zones=self.topologies.of,
            reseat=self.pods.reseat,
        )
        self.budgets = Budgets(self._changes)
        self.config_maps = ConfigMaps(self._changes, namespace=namespace)
        self.network_topologies = NetworkTopologies(self._changes)

    def on_change(self, callback: Callback) -> None:
        """Call it with the kind of everything that changes from now on; it must be quick."""
        self._changes.add(callback)

    def snapshot(self) -> Snapshot:
        """The present state, the same object while nothing changed; any thread may keep and read it."""
        sites = self._sites.changed()
        if sites is not None:
            self.cluster.set_sites(sites)
        return self.cluster.freeze()

    def know_places(self, names: Iterable[str]) -> None:
        """Places that are sites although they may have no nodes: latency to them is known."""
        self._sites.also(names)

    # nodes

    def unreadable(self, name: str) -> str:
        """What is wrong with a node that the API server told of and that cannot be used; empty when nothing is."""
        return self.nodes.unreadable.get(name, "")

    def node(self, name: str) -> Node | None:
        """The node as it was last told, None when it is not known."""
        return self.cluster.nodes.get(name)

    # pods

    def assume(self, pod: Pod, node: str, devices: tuple[int, ...] | None) -> None:
        """Charge a pod to a node before the watch tells of it; nothing happens when it has told where the pod is."""
        self.pods.assume(pod, node, devices)

    def forget(self, uid: str) -> None:
        """Take an assumption back; nothing happens when the watch has told of the pod."""
        self.pods.forget(uid)

    def is_assumed(self, uid: str) -> bool:
        """Is the pod charged on our word alone?"""
        return self.pods.is_assumed(uid)

    def bound_to(self, uid: str) -> str:
        """The node that the watch says the pod is on; empty when it is on none."""
        placement = self.cluster.placements.get(uid)
        return placement.node if placement is not None and not self.pods.is_assumed(uid) else ""

    @property
    def pending(self) -> Mapping[str, Pending]:
        """Pods that wait for a scheduler of ours, by uid; also those that are assumed somewhere."""
        return self.pods.pending

    def pod(self, namespace: str, name: str) -> Bound | Pending | None:
        """What the watch last said of a pod; None when it said nothing, when the pod has ended or waits for others."""
        return self.pods.known(namespace, name)

    def pending_pod(self, namespace: str, name: str, uid: str) -> Pod | None:
        """A pod that waits, None when the watch has not told of it; ModelError when its wishes cannot be read."""
        known = self.pods.pending.get(uid)
        if known is None or (known.namespace, known.name) != (namespace, name):
            return None
        return self.read(known)

    def read(self, pending: Pending) -> Pod:
        """The pod with what its namespace says now; ModelError when its wishes cannot be read."""
        return self._classes.pod(pending.content, self.namespaces.annotations(pending.namespace))

    def residents(self, node: str) -> tuple[Resident, ...]:
        """The pods on a node, those that are assumed there too, in order of uid."""
        return tuple(
            resident(placement, self.pods.known(placement.pod.namespace, placement.pod.name), self._clock)
            for placement in self.cluster.pods_on(node)
        )

    def budgets_of(self, namespace: str, labels: Mapping[str, str], *, pod: str = "") -> tuple[ToldBudget, ...]:
        """The disruption budgets that the eviction of such a pod would count against."""
        return self.budgets.of(namespace, labels, pod=pod)

    # what is told of more than one of them

    def texts(self, kind: ConfigKind) -> Mapping[str, Mapping[str, str]]:
        """The data of our ConfigMaps of one kind, by name."""
        return self.config_maps.texts(kind)

    def namespace_annotations(self, namespace: str) -> Mapping[str, str]:
        """The origin and the profile that the pods of a namespace inherit."""
        return self.namespaces.annotations(namespace)

    def _rezone(self, node: str) -> None:
        self.nodes.rezone(node)  # zones and nodes know of each other
