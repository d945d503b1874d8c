"""The autoscaler put together: what is watched, what decides, who writes, and who is told of what.

One place where every part meets every other; each part knows only what it is given here. Nothing runs yet: `running`
does that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from autoscaler.applying.clusters import Clusters, Connect
from autoscaler.controller.abroad import Abroad
from autoscaler.controller.acting import Actor
from autoscaler.controller.deciding import Decider, Plan
from autoscaler.controller.doing import Doer
from autoscaler.controller.farthest import Farthest
from autoscaler.controller.leading import Leading
from autoscaler.controller.memory import Memories
from autoscaler.controller.observing import Observer
from autoscaler.controller.reader import WRONG, SpecReader
from autoscaler.controller.rounds import Rounds
from autoscaler.controller.sizing import Sizer
from autoscaler.controller.statuses import Statuses
from autoscaler.controller.subject import Subject
from autoscaler.placing import Placing
from autoscaler.planner import checkpoint
from autoscaler.planner.history import History
from autoscaler.planner.observation import Fit, Observation, Rooms
from autoscaler.running.config import Config
from autoscaler.running.decision_file import DecisionFile
from autoscaler.running.metrics import Metrics
from autoscaler.running.told import Teller
from autoscaler.sources.sources import Sources
from autoscaler.watching.autoscalers import Known
from autoscaler.watching.watched import Watched
from kube.client import KubeClient
from kube.events import EventRecorder
from kube.inline import connect_inline
from kube.latency.measurement import LatencySource
from kube.latency.merged import Merged
from kube.latency.network_topology import NetworkTopologies
from kube.latency.round_trips import RoundTrips
from kube.mirror.changes import Kind
from kube.mirror.mirror import Mirror
from kube.profiles import Profiles, Reloaded, profile_texts
from kube.program.instant_query import InstantQuery
from policies.model.cluster import Cluster
from policies.model.site import Sites

LOG = logging.getLogger(__name__)

_STATUS_SHARE = 0.5  # of the calls that a period allows; steps and what people wait for come first


class Assembly:
    """All parts of one autoscaler. To be used from one event loop. *client* keeps to a rate of calls."""

    def __init__(
        self,
        config: Config,
        client: KubeClient,
        metrics: Metrics,
        *,
        plan: Plan,
        namespace: str,
        clock: Callable[[], float],
        may_act: Callable[[], bool],
        events: EventRecorder,
        rng: np.random.Generator,
        prometheus: InstantQuery | None = None,
        latency: tuple[LatencySource, ...] = (),
        connect: Connect = connect_inline,
    ) -> None:
        self._namespace = namespace
        self._sites: Sites | None = None  # those that network topologies were last read for
        self.cluster = Cluster()
        self.mirror = Mirror(
            self.cluster,
            clock=clock,
            site_labels=config.site_labels,
            default_site=config.default_site,
            default_tier=config.default_tier,
            namespace=namespace,
        )
        self._clock = clock
        self.watched = Watched(client, self.mirror, SpecReader(config.defaults), wrong=WRONG, clock=clock)
        self.profiles = Profiles(config.profile, folders=config.policy_dirs, on_reload=self._reloaded)
        sources = config.latency
        self.round_trips = RoundTrips(
            self.cluster,
            Merged(clock=clock, fresh_s=sources.fresh_s),
            sources=latency,
            topologies=NetworkTopologies(sources.network_topology) if sources.network_topology is not None else None,
            fresh_s=sources.fresh_s,
            half_life_s=sources.half_life_s,
            clock=clock,
            on_change=lambda: self.mirror.know_places(self.round_trips.merged.matrix().sites),
            tell=self._warn,
        )
        self.sources = Sources(client, prometheus=prometheus)
        self._placing = Placing(self.mirror, self.profiles, tell=self._warn)
        self.observer = Observer(self.watched)
        log = config.decisions
        self.decisions = (
            DecisionFile(log.path, max_bytes=log.max_bytes, keep=log.keep, clock=clock, tell=LOG.warning)
            if log is not None
            else None
        )
        self.teller = Teller(metrics, events, self.decisions)
        self.memories = Memories(self._remembered)
        sizer = Sizer(client, self.mirror)
        self._clusters = Clusters(client, connect=connect)
        abroad = Abroad(client, self._clusters)
        actor = Actor(
            self.watched,
            Decider(self.observer, plan, self._rooms),
            Doer(client, sizer, Farthest(client, self.watched), abroad, may_act=may_act),
            sizer,
            abroad,
            Statuses(
                client,
                checkpoint.encode,
                clock=clock,
                every_s=config.status_every_s,
                most=max(1, int(config.calls.qps * config.sync_period_s * _STATUS_SHARE)),
            ),
            self.memories,
            self.teller,
            clock=clock,
            may_act=may_act,
        )
        self.rounds = Rounds(self.watched, abroad, self.sources, actor, self.teller)
        self.leading = Leading(
            self.rounds,
            self.watched.autoscalers,
            period_s=config.sync_period_s,
            rng=rng,
            begin=self._begin,
        )
        self.watched.autoscalers.on_gone = self._gone
        self._reads_latency = sources.config_map
        self.mirror.on_change(self._changed)

    def housekeeping(self) -> None:
        """What has to be done every second or so."""
        sites = self.mirror.snapshot().sites
        if sites is not self._sites:  # what a topology tells of zones depends on which sites are there
            self._sites = sites
            self.round_trips.network_topologies(self.mirror.network_topologies.contents(), sites)

    def reload_profiles(self) -> None:
        """Read profiles again from files and ConfigMaps."""
        self.profiles.reload(profile_texts(self.mirror.texts("profiles")))

    async def close(self) -> None:
        """Nothing is decided any more."""
        await self._clusters.close()
        if self.decisions is not None:
            self.decisions.close()

    # what parts need of each other

    def _remembered(self, text: str) -> History:
        """The history of a checkpoint; one that is none is told of, and begins anew."""
        if problem := checkpoint.problem(text):
            self._warn(f"a status cannot be read: {problem}; its history begins anew")
        return checkpoint.decode(text, self._clock())

    def _rooms(self, subject: Subject, seen: Observation, history: History) -> Rooms:
        """Asked of the placement engine only if the planner asks."""

        def ask(place: str, up_to: int) -> Fit:
            rooms = self._placing.rooms(
                subject.name[0],
                subject.scaled.template_content(),
                uid=subject.scaled.uid,
                version=subject.scaled.template.decode(errors="replace"),  # the workload's own moves with each status
                size=history.size,
                base=seen.template,
                over_edge=bool(subject.asked.spec.over_edge.places),
            )
            return rooms(place, up_to)

        return ask

    def _begin(self) -> None:
        self.memories.clear()
        self.teller.clear()

    def _gone(self, known: Known) -> None:
        self.memories.forget(known.uid)
        self.teller.forget(known.uid)

    # who is told of what

    def _changed(self, kind: Kind) -> None:
        match kind:
            case "latency" if self._reads_latency:
                self.round_trips.config_maps(self.mirror.texts("latency"))
            case "network-topologies":
                self._sites = None
            case "profiles":
                self.reload_profiles()
            case _:
                pass  # everything else is looked at in the next pass

    def _reloaded(self, outcome: Reloaded) -> None:
        if outcome.changed:
            LOG.info("profiles were read", extra={"profiles": " ".join(outcome.changed)})
        for name, problem in outcome.problems.items():
            LOG.warning(
                "a profile cannot be used; its last good version stays", extra={"profile": name, "why": problem}
            )

    def _warn(self, problem: str) -> None:
        LOG.warning("placement is not asked as it should be", extra={"why": problem})
