"""The record of what was known and what was decided, as JSON lines that can be played again.

Events, not states: a file begins with all that is known and then holds each change in the order in which it happened,
with the questions in between at the very state that they were asked in. So a record of 5,000 nodes is read once, and
a decision costs one line however large the cluster is. Every file stands by itself.

    begin → profile… → sites, latency, node…, bound… → asked, answered, node, bound, gone, …

An answer comes later than its question, with other changes in between, so it has a line of its own with the same `id`.
Pod classes are written once a file and then called by their number. Times are for people: nothing is decided by them.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from policies.errors import PolicyError
from policies.model.latency import LatencyMatrix
from policies.model.node import Node
from policies.model.pod import PodClass
from policies.model.site import Site

FORMAT = 1

Verb = Literal["filter", "prioritize", "devices"]


class JournalError(PolicyError):
    """A line that is no entry, or one that contradicts those before it."""


class Entry(msgspec.Struct, frozen=True, tag_field="entry", omit_defaults=True):
    """Base of all lines."""


class Begin(Entry, frozen=True, tag="begin"):
    """The first line. `profiles` are the YAML texts by name that decisions name."""

    format: int
    at_s: float
    profiles: dict[str, str]


class Profiles(Entry, frozen=True, tag="profiles"):
    """Profiles were read again."""

    profiles: dict[str, str]


class NodeSet(Entry, frozen=True, tag="node"):
    """A node is new or changed."""

    node: Node


class NodeGone(Entry, frozen=True, tag="node-gone"):
    """A node was deleted."""

    name: str


class Ready(Entry, frozen=True, tag="ready"):
    """A node failed or is back."""

    name: str
    ready: bool


class Usage(Entry, frozen=True, tag="usage"):
    """A measured share of a node's capacity; None when it went stale."""

    name: str
    kind: str
    share: float | None


class Classed(Entry, frozen=True, tag="class"):
    """From here on `number` means this class."""

    number: int
    of: PodClass


class Bound(Entry, frozen=True, tag="bound"):
    """A pod holds a place on a node; `of` is the number of its class."""

    uid: str
    namespace: str
    name: str
    of: int
    node: str
    devices: tuple[int, ...] | None = None
    zone: int | None = None  # of a pod that was there when the file began


class Gone(Entry, frozen=True, tag="gone"):
    """A pod gave its place back."""

    uid: str


class SitesSet(Entry, frozen=True, tag="sites"):
    """What is known about sites."""

    sites: tuple[Site, ...]


class LatencySet(Entry, frozen=True, tag="latency"):
    """The latency matrix as of `now_s`; None where nobody measured."""

    sites: tuple[str, ...]
    p50_ms: list[list[float | None]]
    p95_ms: list[list[float | None]]
    measured_at_s: list[list[float | None]]
    source: list[list[int]]
    sources: tuple[str, ...]
    now_s: float
    fresh_s: float
    half_life_s: float

    @classmethod
    def of(cls, matrix: LatencyMatrix, *, now_s: float, fresh_s: float, half_life_s: float) -> LatencySet:
        """The line for a matrix."""
        return cls(
            sites=matrix.sites,
            p50_ms=matrix.p50_ms.tolist(),  # JSON has no NaN; msgspec writes null
            p95_ms=matrix.p95_ms.tolist(),
            measured_at_s=matrix.measured_at_s.tolist(),
            source=matrix.source.tolist(),
            sources=matrix.sources,
            now_s=now_s,
            fresh_s=fresh_s,
            half_life_s=half_life_s,
        )

    @property
    def matrix(self) -> LatencyMatrix:
        """The matrix again."""
        size = (len(self.sites), len(self.sites))
        return LatencyMatrix(
            sites=self.sites,
            p50_ms=np.array(self.p50_ms, dtype=np.float64).reshape(size),
            p95_ms=np.array(self.p95_ms, dtype=np.float64).reshape(size),
            measured_at_s=np.array(self.measured_at_s, dtype=np.float64).reshape(size),
            source=np.array(self.source, dtype=np.uint8).reshape(size),
            sources=self.sources,
        )


class Asked(Entry, frozen=True, tag="asked"):
    """A question, at the state of the lines above. `names` are those offered, None for all nodes in name order."""

    id: int
    verb: Verb
    pod: str  # namespace/name
    uid: str
    of: int
    profile: str
    names: tuple[str, ...] | None = None
    shortlist: bool = True


class Answered(Entry, frozen=True, tag="answered"):
    """The answer to the question with that id, in name order."""

    id: int
    at_s: float
    passed: tuple[str, ...] | None = None  # filter; None: all that were offered
    unresolvable: tuple[str, ...] = ()  # filter
    integers: tuple[int, ...] = ()  # prioritize, and filter of those that passed, since prioritize is answered by it
    devices: tuple[int, ...] = ()
    late: bool = False  # it was not made in time, so kube-scheduler got an answer without a decision


Line = (
    Begin
    | Profiles
    | NodeSet
    | NodeGone
    | Ready
    | Usage
    | Classed
    | Bound
    | Gone
    | SitesSet
    | LatencySet
    | Asked
    | Answered
)

_decoder = msgspec.json.Decoder(Line)
encode = msgspec.json.Encoder().encode


def decode(line: bytes) -> Line:
    """The entry in a line; JournalError says what is wrong with it."""
    try:
        entry: Line = _decoder.decode(line)
    except (msgspec.DecodeError, PolicyError) as error:
        raise JournalError(f"not an entry of a decision log: {error}") from error
    if isinstance(entry, Begin) and entry.format != FORMAT:
        raise JournalError(f"begin.format must be {FORMAT}, got {entry.format}")
    return entry
