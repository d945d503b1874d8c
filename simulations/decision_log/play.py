"""One log, played: every entry is applied in turn, every question is asked again where it stands.

With the profiles that the log holds each answer must be what was answered then; a difference is a fault of ours, or a
policy that was changed since. With another profile the differences are the result: what it would have decided on the
same days. The state then stays the recorded one, so each decision is compared by itself and none makes the next differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from policies.engine import journal
from policies.engine.answers import filtered, prioritized
from policies.engine.catalogue import Catalogue
from policies.engine.decide import Engine
from policies.engine.journal import Answered, Asked, JournalError
from policies.engine.profile import Profile, parse_profile
from policies.errors import PolicyError
from policies.model.cluster import Cluster
from policies.model.pod import Pod, PodClass
from policies.model.site import Sites
from policies.model.snapshot import Snapshot
from simulations.errors import InputError

_MOST_DIFFERENCES = 1000  # kept; all are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A question whose answer is another one now."""

    verb: str
    pod: str
    was: str
    now: str


@dataclass(slots=True)
class Played:
    """What came of a log."""

    same: Counter[str] = field(default_factory=Counter)  # by verb
    different: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0  # asked, and the log ends, or kube-scheduler did not wait
    differences: list[Difference] = field(default_factory=list)


class Player:
    """The state at one point of the log. *instead* decides in the place of the recorded profiles."""

    def __init__(self, known: Catalogue, instead: Profile | None = None) -> None:
        self._known = known
        self._instead = None if instead is None else Engine(instead)
        self._engines: dict[str, Engine] = {}
        self._cluster: Cluster | None = None
        self._classes: dict[int, PodClass] = {}
        self._open: dict[int, tuple[Asked, Answered]] = {}
        self.played = Played()

    def play(self, entry: journal.Line) -> None:  # noqa: C901, PLR0912 - one case for each kind of line, nothing nested
        """Apply one entry; JournalError or another PolicyError when it contradicts those before."""
        if isinstance(entry, journal.Begin):
            self.end()
            self._cluster, self._classes = Cluster(), {}
            self._engines = self._read(entry.profiles)
            return
        if self._cluster is None:
            raise JournalError(f"the first entry must be begin, got {type(entry).__name__}")
        cluster = self._cluster
        match entry:
            case journal.Profiles():
                self._engines = self._read(entry.profiles)
            case journal.NodeSet():
                cluster.set_node(entry.node)
            case journal.NodeGone():
                cluster.remove_node(entry.name)
            case journal.Ready():
                cluster.set_ready(entry.name, ready=entry.ready)
            case journal.Usage():
                cluster.set_usage(entry.name, entry.kind, float("nan") if entry.share is None else entry.share)
            case journal.Classed():
                self._classes[entry.number] = entry.of
            case journal.Bound():
                pod = Pod(name=entry.name, namespace=entry.namespace, uid=entry.uid, of=self._class(entry.of))
                cluster.bind(pod, entry.node, entry.devices, zone=entry.zone)
            case journal.Gone():
                cluster.unbind(entry.uid)
            case journal.SitesSet():
                cluster.set_sites(Sites(entry.sites))
            case journal.LatencySet():
                cluster.set_latency(
                    entry.matrix, now_s=entry.now_s, fresh_s=entry.fresh_s, half_life_s=entry.half_life_s
                )
            case Asked():
                self._open[entry.id] = entry, self._answer(entry, cluster.live())
            case Answered():
                self._compare(entry)

    def end(self) -> Played:
        """The outcome; questions that were not answered are counted as such."""
        self.played.unanswered += len(self._open)
        self._open.clear()
        return self.played

    def _read(self, texts: Mapping[str, str]) -> dict[str, Engine]:
        return {
            name: Engine(parse_profile(text, name=name, source=f"profile {name}", policies=self._known.by_name))
            for name, text in texts.items()
        }

    def _class(self, number: int) -> PodClass:
        try:
            return self._classes[number]
        except KeyError:
            raise JournalError(f"class {number} is named before it is told") from None

    def _answer(self, asked: Asked, nodes: Snapshot) -> Answered:
        engine = self._instead or self._engines.get(asked.profile)
        if engine is None:
            raise JournalError(f"profile {asked.profile!r} is named and was not told")
        pod = self._class(asked.of)
        names = asked.names if asked.names is not None else tuple(sorted(name for name in nodes.name.tolist() if name))
        if asked.verb == "devices":
            return Answered(id=asked.id, at_s=0.0, devices=engine.devices(nodes, pod, nodes.slot(names[0])))
        if asked.verb == "prioritize":
            scores = prioritized(engine, nodes, pod, names, shortlist=asked.shortlist)
            return Answered(id=asked.id, at_s=0.0, integers=tuple(scores))
        answer = filtered(engine, nodes, pod, names, shortlist=asked.shortlist)
        by_name = dict(zip(answer.passed, answer.integers, strict=True))
        return Answered(
            id=asked.id,
            at_s=0.0,
            passed=tuple(sorted(answer.passed)) if answer.refused else None,
            integers=tuple(by_name[name] for name in sorted(by_name)),
            unresolvable=tuple(sorted(name for r in answer.refused if r.unresolvable for name in r.nodes)),
        )

    def _compare(self, was: Answered) -> None:
        if was.id not in self._open:
            raise JournalError(f"answer {was.id} has no question before it")
        asked, now = self._open.pop(was.id)
        if was.late:
            self.played.unanswered += 1
            return
        differing = [what for what in _COMPARED if getattr(was, what) != getattr(now, what)]
        if not differing:
            self.played.same[asked.verb] += 1
            return
        self.played.different[asked.verb] += 1
        if len(self.played.differences) < _MOST_DIFFERENCES:
            told = [_in_words(what, getattr(was, what), getattr(now, what)) for what in differing]
            self.played.differences.append(
                Difference(
                    verb=asked.verb,
                    pod=asked.pod,
                    was="; ".join(before for before, _ in told),
                    now="; ".join(after for _, after in told),
                )
            )


_COMPARED = ("passed", "unresolvable", "integers", "devices")
_NAMED = 4  # of a long answer
_DAMAGED = (PolicyError, ValueError, LookupError, OverflowError)  # what values that no extender wrote lead to


def play(lines: Iterable[bytes], *, source: str, known: Catalogue, instead: Profile | None = None) -> Played:
    """All lines of a log in order; InputError names *source* and the line that is wrong."""
    player = Player(known, instead)
    row = 0
    for row, line in enumerate(lines, start=1):
        try:
            player.play(journal.decode(line))
        except _DAMAGED as error:
            raise InputError(f"{source}: row {row}: {error}") from error
    if not row:
        raise InputError(f"{source}: no entry of a decision log in it")
    return player.end()


def whole_lines(content: bytes) -> list[bytes]:
    """The lines of a log; of one that was cut off while it was written, all but the last."""
    return content.split(b"\n")[:-1]


def _in_words(what: str, was: tuple[str, ...] | None, now: tuple[str, ...] | None) -> tuple[str, str]:
    """Both sides of a difference; of long ones what is on one side only."""
    if was is None or now is None or what in ("integers", "devices"):
        return f"{what} {_short(was)}", f"{what} {_short(now)}"
    return tuple(  # type: ignore[return-value]  # of two
        f"{what} {len(mine)}" + (f", only here {_short(extra)}" if (extra := sorted(set(mine) - set(other))) else "")
        for mine, other in ((was, now), (now, was))
    )


def _short(values: Iterable[object] | None) -> str:
    if values is None:
        return "all"
    named = [str(value) for value in values]
    return ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else "") or "none"
