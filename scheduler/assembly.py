"""The extender put together: the mirror, what decides on it, and who is told of what.

One place where every part meets every other; each part knows only what it is given here. Nothing runs yet: `running`
does that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping

from kube.client import KubeClient
from kube.events import EventRecorder, ObjectRef
from kube.latency.measurement import LatencySource
from kube.latency.merged import Merged
from kube.latency.network_topology import NetworkTopologies
from kube.latency.round_trips import RoundTrips
from kube.mirror.changes import Kind
from kube.mirror.mirror import Mirror
from kube.mirror.pods import Bound
from kube.profiles import Profiles, Reloaded, profile_texts
from policies.engine import journal
from policies.engine.answers import Filtered
from policies.engine.journal import Line
from policies.errors import ModelError
from policies.model.assignment import written
from policies.model.pod import Pod, PodClass
from policies.model.site import Sites
from scheduler.binding import Binder, NoDevice
from scheduler.config import Config
from scheduler.deciding import Decider, Engines
from scheduler.decisions import DecisionLog
from scheduler.explaining import Explainer, Found
from scheduler.extender import Extender
from scheduler.ledger import Ledger
from scheduler.metrics import Metrics
from scheduler.nudge import Nudger
from scheduler.placing import Placer
from scheduler.preempting import Preempter
from scheduler.reading import PodReader, Subject
from scheduler.recent import Recent
from scheduler.recorded import RecordedCluster
from scheduler.strangers import Surroundings

LOG = logging.getLogger(__name__)

_NO_LOG_BYTES = 1 << 62
_PREEMPT_SHARE = 0.75  # of the deadline: one node more may be under way when it is over


class Assembly:
    """All parts of one extender. To be used from one event loop."""

    def __init__(
        self,
        config: Config,
        client: KubeClient,
        metrics: Metrics,
        *,
        namespace: str,
        clock: Callable[[], float],
        why_not: Callable[[], str],
        events: EventRecorder,
        sources: tuple[LatencySource, ...] = (),
    ) -> None:
        self._config = config
        self._clock = clock
        self._metrics = metrics
        self._events = events
        self._namespace = namespace
        self._is_whole = False  # profiles are read for the first time before there is a nudger
        self._sites: Sites | None = None  # those that network topologies were last read for
        files = config.decisions
        self.log = DecisionLog(
            files.path if files else None,
            max_bytes=files.max_bytes if files else _NO_LOG_BYTES,
            keep=files.keep if files else 0,
            clock=clock,
            tell=LOG.warning,
        )
        self.cluster = RecordedCluster(self.log)
        self.mirror = Mirror(
            self.cluster,
            clock=clock,
            site_labels=config.site_labels,
            default_site=config.default_site,
            default_tier=config.default_tier,
            schedulers=config.scheduler_names,
            namespace=namespace,
        )
        self.profiles = Profiles(config.profile, folders=config.policy_dirs, on_reload=self._reloaded)
        self.demand: Mapping[str, float] = {}
        self.decider = Decider()
        # what people and the nudger ask takes longer, and kube-scheduler must not wait for it
        self._background, engines = Decider("background"), Engines()
        self.recent = Recent()
        self.reader = PodReader(
            self.profiles, namespace_annotations=self.mirror.namespace_annotations, live_demand=lambda: self.demand
        )
        self.ledger = Ledger(self.mirror, hold_s=config.bind.reserve_s, clock=clock)
        self.nudger = Nudger(
            client,
            self.reader,
            self._background,
            engines,
            self.recent,
            waiting=self._waiting,
            snapshot=self.mirror.snapshot,
            per_minute=config.nudge.per_minute,
            clock=clock,
            tell=self._nudged,
            complain=self._not_nudged,
        )
        latency = config.latency
        self.round_trips = RoundTrips(
            self.cluster,
            Merged(clock=clock, fresh_s=latency.fresh_s),
            sources=sources,
            topologies=NetworkTopologies(latency.network_topology) if latency.network_topology is not None else None,
            fresh_s=latency.fresh_s,
            half_life_s=latency.half_life_s,
            clock=clock,
            on_change=self._latency_changed,
            tell=self._latency_problem,
        )
        explainer = Explainer(
            self.reader, self.recent, self._background, engines, find=self._find, snapshot=self.mirror.snapshot
        )
        self._preempter = Preempter(self.reader, self.mirror, within_s=_PREEMPT_SHARE * config.deadline_s)
        self.desk = Extender(
            Placer(
                self.reader,
                self.decider,
                snapshot=self.mirror.snapshot,
                unreadable=self.mirror.unreadable,
                surroundings=self._surroundings,
                ledger=self.ledger,
                log=self.log,
                recent=self.recent,
                tell=self._answered,
                clock=clock,
            ),
            Binder(
                client,
                self.mirror,
                self.ledger,
                seat=self._seat,
                annotate=lambda pod, devices, node: written(pod, devices, node, now_ns=int(clock() * 1e9)),
                timeout_s=config.bind.timeout_s,
            ),
            self._preempter,
            explainer,
            self.decider,
            why_not=why_not,
        )
        self.mirror.on_change(self._changed)
        self._is_whole = True

    def begin_log(self) -> None:
        """Write the decision log from now on."""
        self.log.begin(self._state)

    def reload_profiles(self) -> None:
        """Read profiles again from files and ConfigMaps."""
        self.profiles.reload(profile_texts(self.mirror.texts("profiles")))

    def believe_demand(self, shares: Mapping[str, float]) -> None:
        """The users are there now."""
        self.demand = shares
        self.nudger.changed("demand")

    def housekeeping(self) -> None:
        """What has to be done every second or so."""
        ran_out = self.ledger.sweep()
        if ran_out:
            self.nudger.changed("promises")
        for reservation in ran_out:
            pod = reservation.pod
            LOG.warning(
                "a promised place was never taken",
                extra={"pod": f"{pod.namespace}/{pod.name}", "uid": pod.uid, "node": reservation.node},
            )
        sites = self.mirror.snapshot().sites
        if sites is not self._sites:  # what a topology tells of zones depends on which sites are there
            self._sites = sites
            self.round_trips.network_topologies(self.mirror.network_topologies.contents(), sites)
        self.log.flush()

    def close(self) -> None:
        """Nothing is decided any more."""
        for thread in (self.decider, self._background, self._preempter):
            thread.close()
        self.log.close()

    # what parts need of each other

    async def _seat(self, pod: Pod, node: str) -> tuple[int, ...]:
        if pod.of.gpu is None:
            return ()
        nodes = self.mirror.snapshot()
        slot = int(nodes.slots_of([node])[0])
        if slot < 0:
            raise NoDevice(f"node {node} is not known yet, so neither are its GPUs")
        engine = self.reader.subject(pod).engine
        question = self.log.ask("devices", pod, engine.profile.name, nodes, [node])
        try:
            devices = await self.decider.ask(lambda: engine.devices(nodes, pod.of, slot))
            self.log.seated(question, devices)
        finally:
            self.log.late(question)
        if not devices:
            free = nodes.gpu_free_milli[slot, : int(nodes.gpu_count[slot])].tolist()
            raise NoDevice(f"no GPU that it could get is left there: {free} milli are free")
        return devices

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            sites=self.mirror.snapshot().sites,
            latency=self.cluster.latency_told,
            site_labels=self._config.site_labels,
            default_site=self._config.default_site,
            default_tier=self._config.default_tier,
        )

    def _waiting(self) -> Iterator[Pod]:
        for pending in tuple(self.mirror.pending.values()):
            if pending.uid in self.cluster:
                continue  # promised a place
            try:
                yield self.mirror.read(pending)
            except ModelError:
                continue  # filter has said what is wrong with it

    def _find(self, namespace: str, name: str) -> Found | None:
        known = self.mirror.pod(namespace, name)
        if known is None:
            return None
        placement = self.cluster.placements.get(known.uid)
        if isinstance(known, Bound):
            return Found(pod=known.pod, placement=placement)
        try:
            return Found(pod=self.mirror.read(known), placement=placement)
        except ModelError as error:
            unread = Pod(namespace=namespace, name=name, uid=known.uid, of=PodClass.of(namespace=namespace))
            return Found(pod=unread, placement=placement, problem=str(error))

    def _state(self, log: DecisionLog) -> Iterator[Line]:
        yield journal.Begin(format=journal.FORMAT, at_s=self._clock(), profiles=dict(self.profiles.texts))
        yield from self.cluster.entries(log)

    # who is told of what

    def _changed(self, kind: Kind) -> None:
        match kind:
            case "latency" if self._config.latency.config_map:
                self.round_trips.config_maps(self.mirror.texts("latency"))
            case "network-topologies":
                self._sites = None
            case "profiles":
                self.reload_profiles()
            case "gpu" | "zones" | "namespaces":
                self.nudger.changed(kind)
            case _:
                pass  # nodes, pods and budgets: kube-scheduler sees them as well, and wakes pods by itself

    def _answered(self, subject: Subject, answer: Filtered) -> None:
        for refused in answer.refused:
            self._metrics.refused(refused.policy, len(refused.nodes))

    def _nudged(self, pod: Pod, why: str) -> None:
        self._metrics.nudges.inc()
        LOG.info("woke a pod", extra={"pod": f"{pod.namespace}/{pod.name}", "uid": pod.uid, "why": why})

    def _not_nudged(self, pod: Pod, why: str) -> None:
        LOG.warning("a pod cannot be woken", extra={"pod": f"{pod.namespace}/{pod.name}", "uid": pod.uid, "why": why})

    def _reloaded(self, outcome: Reloaded) -> None:
        for _ in outcome.changed:
            self._metrics.profile_reloaded(good=True)
        if outcome.changed:
            LOG.info("profiles were read", extra={"profiles": " ".join(outcome.changed)})
        for name, problem in outcome.problems.items():
            self._metrics.profile_reloaded(good=False)
            LOG.warning(
                "a profile cannot be used; its last good version stays", extra={"profile": name, "why": problem}
            )
            self._event("BadProfile", f"profile {name}: {problem}; the last good version stays in force")
        if outcome.changed and self.log.is_open:
            self.log.write(journal.Profiles(profiles=dict(self.profiles.texts)))
        if outcome.changed and self._is_whole:
            self.nudger.changed("profiles")

    def _latency_changed(self) -> None:
        self.mirror.know_places(self.round_trips.merged.matrix().sites)
        self.nudger.changed("latency")

    def _latency_problem(self, problem: str) -> None:
        LOG.warning("latency that cannot be used", extra={"why": problem})
        self._event("BadLatency", problem)

    def _event(self, reason: str, message: str) -> None:
        about = ObjectRef(kind="Namespace", name=self._namespace, namespace=self._namespace)
        self._events.note(about, reason, message, "Warning")
