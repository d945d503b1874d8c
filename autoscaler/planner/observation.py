"""What is seen of a workload at one moment, before anything is decided.

A pod appears here with what the horizontal rules ask about (rules 13–20) and with what the vertical rung asks (size,
resize feedback); which pods belong to the workload was settled before, by owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Ready = Literal["True", "False", "Unknown"]
Size = Mapping[str, Mapping[str, int]]  # container → resource → request in thousandths
Resize = Literal["", "Deferred", "Infeasible", "InProgress", "Error"]
HOME = "home"  # the place of the workload itself
UP = "up"  # bigger pods, among the places that a step may be refused at


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSeen:
    """A container, or an init container that restarts and so stays: its requests in thousandths by resource."""

    name: str
    requests: Mapping[str, int] = field(default_factory=dict)
    counts: bool = True  # False: an init container that ends


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSeen:
    """One selected pod."""

    name: str
    phase: str = "Running"
    ready: Ready | None = "True"  # None: there is no Ready condition yet
    ready_since_s: float = 0.0  # its lastTransitionTime
    start_s: float | None = 0.0  # status.startTime
    deleting: bool = False
    containers: tuple[ContainerSeen, ...] = ()
    pod_requests: Mapping[str, int] | None = None  # pod-level requests, where given and the gate is on
    place: str = HOME
    resize: Resize = ""  # its PodResizePending or PodResizeInProgress, if that is of the generation last asked
    resize_since_s: float = 0.0
    unschedulable_since_s: float | None = None  # kube-scheduler found no node for it since then
    oom_killed: tuple[tuple[str, float], ...] = ()  # containers whose last end was for lack of memory, and when


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A pod's number: by container for resources, else under the name ''; None: that container reported none."""

    by_container: Mapping[str, int | None]
    timestamp_s: float
    window_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PodValues:
    """An answer with a number for each pod; pods that no list of ours holds may be in it (rule 22 counts them)."""

    samples: Mapping[str, Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """An answer that is one number: an object's, or the sum of a metric's series."""

    milli: int
    timestamp_s: float | None = None  # None: the source does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """No number: the source's reason (`FailedGetResourceMetric`) and what it said."""

    reason: str
    message: str


Reading = PodValues | Total | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How many more replicas a place would take, of those that were asked about, and what kept the next one out."""

    count: int
    why: str = ""  # the engine's refusal in short, when fewer fit than were asked about


Rooms = Callable[[str, int], Fit]
"""`rooms(place, up_to)`: the placement engine's answer. Asked only when the answer matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything at `now_s`. `readings` has one entry a metric, in the specification's order."""

    now_s: float
    home: int  # scale.spec.replicas
    status_replicas: int  # scale.status.replicas, all places together
    pods: tuple[PodSeen, ...]
    readings: tuple[Reading, ...]
    beyond: Mapping[str, int] = field(default_factory=dict)  # replicas asked for at each place over edge
    selector: Literal["", "InvalidSelector", "AmbiguousSelector"] = ""  # what is wrong with it
    selector_message: str = ""
    template: Size = field(default_factory=dict)  # requests in the pod template
    guaranteed: bool = False  # the pods' QoS class is Guaranteed: limits move with requests
    pinned: bool = False  # Guaranteed and whole CPUs: CPU steps are whole ones
    headroom: Mapping[str, int] = field(default_factory=dict)  # what every replica's node has left, thousandths
    resizable: bool = True  # the API has pods/resize, or the mode needs none
    refused: Mapping[str, str] = field(default_factory=dict)  # place, or UP, whose last step could not be made → why
    scaled_to_zero: bool = False  # condition ScaledToZero is True
