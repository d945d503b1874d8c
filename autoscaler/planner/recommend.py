"""What one replica should ask for, by what it used: the vertical pod autoscaler's recommender.

CPU: a fading histogram of all samples, one a minute from each pod. Memory: the highest use of each day, eight days of
them, because what was needed once will be needed again and memory cannot be throttled; after a kill for lack of
memory the need counts as 20 % or 100 Mi above what was used. The target is the 90th percentile and 15 % for safety;
the 50th and 95th, the wider the less is known, bound what is still good enough.

Unlike there, a pod's CPU sample weighs the same whatever the pod asks for, and a day's peak is that of all pods.
What is recommended moves only when it is more than 10 % off, or out of its bounds, so that it rests while use does.

The memory of each is text: `shown heard|histogram or peaks|the histogram an hour ago or less`; the last is what a
checkpoint keeps, so that a status changes once an hour and not with every sample. A kill is told for as long as its
container does not end again; it counts once, at its own time, since what it had asked for then is more by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from autoscaler.planner import histogram
from autoscaler.planner.histogram import FIRST, Histogram
from autoscaler.planner.observation import Size
from autoscaler.planner.spec import Bounds, Vertical

Taken = tuple[str, str, int, float]
"""One pod's sample: container, resource, thousandths, when."""

TARGET, LOWER, UPPER = 0.9, 0.5, 0.95
MARGIN = 1.15  # --recommendation-margin-fraction 0.15
SAMPLE_S = 60.0  # --recommender-interval
SNAPSHOT_S = 3600.0
DAY_S = 86_400.0
PEAKS = 8  # --memory-aggregation-interval-count
FORGOTTEN_S = PEAKS * DAY_S
OOM_PERCENT = 120  # --oom-bump-up-ratio
OOM_LEAST = 100 * 1024 * 1024 * 1000  # --oom-min-bump-up-bytes
LEAST = {"cpu": 25, "memory": 250_000_000 * 1000}  # --pod-recommendation-min-cpu-millicores, -memory-mb: of a whole pod
STEP = {"cpu": 1, "memory": 1024 * 1024 * 1000}  # where none is asked for: 1m and 1Mi
OFF = 0.1  # the smallest change that VPA acts on


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Thousandths, before bounds of the specification: what is good enough, best, and still not too much."""

    lower: float
    target: float
    upper: float


@dataclass(slots=True, kw_only=True)
class _Memory:
    """The parts of the text. `snapshot` is empty for memory: its peaks rest by themselves.

    `heard_s`: CPU's samples were counted then; memory's kills until then were.
    """

    shown: int = 0
    heard_s: float = 0.0
    live: str = ""
    snapshot: str = field(default="")

    @classmethod
    def of(cls, text: str) -> _Memory:
        head, _, rest = text.partition("|")
        live, _, snapshot = rest.partition("|")
        shown, _, heard = head.partition(" ")
        try:
            return cls(shown=max(0, int(shown)), heard_s=float(heard), live=live or snapshot, snapshot=snapshot)
        except ValueError:
            return cls()

    def __str__(self) -> str:
        return f"{self.shown} {self.heard_s:.0f}|{self.live}|{self.snapshot}"


def recommended(
    vertical: Vertical,
    usage: Mapping[str, str],
    samples: Sequence[Taken],
    now_s: float,
    *,
    oom: Sequence[tuple[str, int, float]] = (),
) -> tuple[Size, Mapping[str, str]]:
    """The size for one replica, in whole steps and within its bounds; and *usage* with the samples in it.

    Of the containers that may change; of all when none is named, which `Recommend` allows. *oom* are containers that
    were killed for lack of memory, with what each asks for in thousandths, 0: for none, and when it was killed.
    """
    bounds = {each.container: each for each in vertical.containers}
    fresh: dict[str, list[tuple[int, float]]] = {key: [] for key in usage}
    kills = _needs(samples, oom, usage, now_s)
    heard = {
        f"{container}/{resource}": at_s for container, resource, _, at_s in sorted(kills, key=lambda each: each[3])
    }
    for container, resource, amount, at_s in (*samples, *kills):
        if resource in FIRST and (not bounds or container in bounds):
            fresh.setdefault(f"{container}/{resource}", []).append((amount, at_s))
    after: dict[str, str] = {}
    shown: dict[str, dict[str, int]] = {}
    for key, taken in sorted(fresh.items()):
        container, _, resource = key.partition("/")
        if resource not in FIRST or (bounds and container not in bounds):
            continue
        text, amount = _learned(resource, usage.get(key, ""), taken, now_s, heard_s=heard.get(key))
        if text:
            after[key] = text
            shown.setdefault(container, {})[resource] = amount
    size = {
        container: {
            resource: _bounded(bounds.get(container, Bounds(container=container)), resource, amount, len(shown))
            for resource, amount in resources.items()
        }
        for container, resources in shown.items()
    }
    return size, after


def after_oom(used_milli: int) -> int:
    """What a container needs that was killed for lack of memory when it had so many thousandths of a byte."""
    return max(used_milli * OOM_PERCENT // 100, used_milli + OOM_LEAST)


def kept(usage: Mapping[str, str]) -> dict[str, str]:
    """*usage* without what moves with every sample."""
    rest = {}
    for key, text in usage.items():
        memory = _Memory.of(text)
        if memory.snapshot:
            memory.live, memory.heard_s = "", 0.0
        rest[key] = str(memory)
    return rest


def estimate(known: Histogram) -> Estimate:
    """From a histogram."""
    days = known.confidence
    return Estimate(
        lower=known.percentile(LOWER) * MARGIN * (1 + 0.001 / days) ** -2 if days else 0.0,
        target=known.percentile(TARGET) * MARGIN,
        upper=known.percentile(UPPER) * MARGIN * (1 + 1 / days) if days else inf,
    )


def _needs(
    samples: Sequence[Taken], oom: Sequence[tuple[str, int, float]], usage: Mapping[str, str], now_s: float
) -> list[Taken]:
    """Samples that stand for kills not heard of yet: of a container that asked for nothing, by what its pods use."""
    needs: list[Taken] = []
    for container, requested, at_s in oom:
        heard_s = _Memory.of(usage.get(f"{container}/memory", "")).heard_s
        if at_s <= max(heard_s, now_s - FORGOTTEN_S):
            continue
        used = [amount for name, resource, amount, _ in samples if (name, resource) == (container, "memory")]
        if had := max(requested, *used, 0):
            needs.append((container, "memory", after_oom(had), at_s))
    return needs


def _learned(
    resource: str, text: str, taken: Sequence[tuple[int, float]], now_s: float, *, heard_s: float | None
) -> tuple[str, int]:
    """The text with the samples, and what is recommended; no text when all is forgotten."""
    memory = _Memory.of(text)
    if heard_s is not None:
        memory.heard_s = heard_s
    known = _cpu(memory, taken, now_s) if resource == "cpu" else _peaks(memory, taken, now_s)
    if known is None:
        return text if heard_s is None else str(memory), memory.shown
    if not known.count or now_s - known.last_s > FORGOTTEN_S:
        return "", 0
    best = estimate(known)
    off = abs(best.target - memory.shown) > OFF * memory.shown
    if off or not best.lower <= memory.shown <= best.upper:
        memory.shown = round(best.target)
    return str(memory), memory.shown


def _cpu(memory: _Memory, taken: Sequence[tuple[int, float]], now_s: float) -> Histogram | None:
    """The histogram, with the samples that are due; None when nothing is to be learned yet."""
    if now_s < memory.heard_s + SAMPLE_S:
        return None
    known = histogram.read("cpu", memory.live)
    young = [(amount, at_s) for amount, at_s in taken if at_s > known.last_s]
    for amount, at_s in young:
        known = known.with_sample(amount, at_s)
    if young:
        memory.live, memory.heard_s = histogram.written(known), now_s
        if known.last_s - histogram.read("cpu", memory.snapshot).last_s >= SNAPSHOT_S:
            memory.snapshot = memory.live
    return known


def _peaks(memory: _Memory, taken: Sequence[tuple[int, float]], now_s: float) -> Histogram | None:
    """The histogram of the days' peaks; None when none of them moved."""
    peaks = _read_peaks(memory.live)
    before = dict(peaks)
    for amount, at_s in taken:
        day = int(at_s // DAY_S)
        peaks[day] = max(peaks.get(day, 0), histogram.bucket_of("memory", amount))
    peaks = dict(sorted(peaks.items())[-PEAKS:])
    if peaks == before and memory.shown and now_s - max(peaks) * DAY_S <= FORGOTTEN_S:
        return None
    memory.live = " ".join(f"{day}:{bucket}" for day, bucket in peaks.items())
    known = Histogram(resource="memory")
    for day, bucket in peaks.items():
        known = known.with_sample(histogram.start_of("memory", bucket), (day + 1) * DAY_S)
    return known


def _read_peaks(text: str) -> dict[int, int]:
    most = histogram.bucket_of("memory", histogram.LARGEST["memory"])
    try:
        told = {int(day): int(bucket) for day, _, bucket in (each.partition(":") for each in text.split())}
    except ValueError:
        return {}
    return told if all(0 <= bucket <= most for bucket in told.values()) else {}


def _bounded(bounds: Bounds, resource: str, amount: int, containers: int) -> int:
    """In whole steps, rounded up, and then within the bounds: a bound counts more than a step."""
    least = LEAST[resource] // containers
    step = bounds.step.get(resource) or STEP[resource]
    whole = -(-max(amount, bounds.least.get(resource, least)) // step) * step
    return min(whole, bounds.most.get(resource, whole))
