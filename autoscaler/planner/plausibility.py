"""Numbers that are not believed: a sudden zero, one that is old, one that has not moved.

A metrics pipeline that breaks says 0, or says again what it said before; a rule that believes it takes a loaded
service down to its minimum. A suspect number is treated as missing, so that it can only hold or go up (rule 34).

* Zero: from a load worth something to nothing at once is suspect until it has lasted. What falls through small
  numbers is believed, and so is one pod at 0 among others: the whole counts, not the pod.
* Old: a pod's sample that is too old is dropped, and the rules for missing pods take care of it; when all are, so is
  the metric.
* Frozen: the very same number with the very same time of the source for very long. A number that the source gives a
  new time is one that happens to be the same: idle pods do that for days. So does one without a time, as long as
  anybody can tell: a queue may well be 5 long for an hour.

The last number that was not zero is remembered roughly (anew when it is more than a factor of two off), because it
only has to tell much from little; so the memory is at rest while the load merely trembles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autoscaler.planner.history import Seen
from autoscaler.planner.observation import PodValues, Reading, Sample, Total, Unavailable
from autoscaler.planner.spec import Metric, Plausibility

SUSPECT = "SuspectMetric"
_LITTLE = 10  # a tenth of what one replica should have is little,
_LITTLE_UTILIZATION_MILLI = 10  # and 10m CPU, where the target is percent of a request
_UNSAID_S = 0.0  # a time of the source that is none: 1970 or before


def plausible(
    asked: Plausibility,
    metrics: tuple[Metric, ...],
    readings: Sequence[Reading],
    seen: Mapping[str, Seen],
    now_s: float,
) -> tuple[tuple[Reading, ...], Mapping[str, Seen]]:
    """The readings, those that are not believed as `Unavailable`, and what to remember of them."""
    believed: list[Reading] = []
    remembered: dict[str, Seen] = {}
    for metric, reading in zip(metrics, readings, strict=True):
        key = metric.key
        answer, kept = _judged(asked, metric, reading, seen.get(key), now_s)
        believed.append(answer)
        if kept is not None:
            remembered[key] = kept
    return tuple(believed), remembered


def _judged(
    asked: Plausibility, metric: Metric, reading: Reading, before: Seen | None, now_s: float
) -> tuple[Reading, Seen | None]:
    fresh = _fresh(asked, metric, reading, now_s)
    if isinstance(fresh, Unavailable) or (isinstance(fresh, PodValues) and not fresh.samples):
        return fresh, before
    if isinstance(fresh, PodValues):
        newest_s = max(sample.timestamp_s for sample in fresh.samples.values())
        after = _next(before, _whole(metric, fresh), _told(newest_s), now_s)
    else:
        after = _next(before, fresh.milli, _told(fresh.timestamp_s), now_s)
    held_s = now_s - after.since_s
    if after.milli == 0:
        if after.nonzero_milli > _little(metric) and held_s < asked.zero_holds_s:
            why = (
                f"0 after {_shown(after.nonzero_milli)}, for {held_s:.0f} s; believed after {asked.zero_holds_s:.0f} s"
            )
            return _suspect(metric, why), after
    elif after.told_s is not None and held_s >= asked.frozen_after_s:
        why = (
            f"{_shown(after.milli)} and not a thing has changed for {held_s:.0f} s; "
            f"believed for less than {asked.frozen_after_s:.0f} s"
        )
        return _suspect(metric, why), after
    return fresh, after


def _next(before: Seen | None, milli: int, told_s: float | None, now_s: float) -> Seen:
    """What is to be remembered after *milli* was said."""
    if before is None:
        return Seen(milli=milli, since_s=now_s, nonzero_milli=milli, nonzero_s=now_s if milli else None, told_s=told_s)
    if milli == 0:
        if before.milli == 0:
            return before if before.told_s == told_s else replace(before, told_s=told_s)
        return Seen(milli=0, since_s=now_s, nonzero_milli=before.milli, nonzero_s=before.nonzero_s, told_s=told_s)
    is_same = milli == before.milli and told_s == before.told_s
    is_near = before.nonzero_s is not None and abs(before.nonzero_milli) <= 2 * abs(milli) <= 4 * abs(
        before.nonzero_milli
    )
    return Seen(
        milli=milli,
        since_s=before.since_s if is_same else now_s,
        nonzero_milli=before.nonzero_milli if is_near else milli,
        nonzero_s=before.nonzero_s if is_near else now_s,
        told_s=told_s,
    )


def _fresh(asked: Plausibility, metric: Metric, reading: Reading, now_s: float) -> Reading:
    """Without what is too old: the same value when nothing is."""
    if isinstance(reading, Unavailable):
        return reading
    if isinstance(reading, Total):
        told_s = _told(reading.timestamp_s)
        is_old = told_s is not None and now_s - told_s > asked.stale_after_s
        return _stale(asked, metric, now_s - (told_s or 0.0)) if is_old else reading
    samples = reading.samples
    young = {name: sample for name, sample in samples.items() if not _is_old(asked, sample, now_s)}
    if len(young) == len(samples):
        return reading
    if not young:
        return _stale(asked, metric, now_s - max(sample.timestamp_s for sample in samples.values()))
    return PodValues(samples=young)


def _told(timestamp_s: float | None) -> float | None:
    return timestamp_s if timestamp_s is not None and timestamp_s > _UNSAID_S else None


def _is_old(asked: Plausibility, sample: Sample, now_s: float) -> bool:
    return _UNSAID_S < sample.timestamp_s < now_s - asked.stale_after_s - sample.window_s


def _whole(metric: Metric, reading: PodValues) -> int:
    samples = reading.samples.values()
    if metric.kind == "ContainerResource":
        return sum(sample.by_container.get(metric.container) or 0 for sample in samples)
    return sum(amount or 0 for sample in samples for amount in sample.by_container.values())


def _little(metric: Metric) -> int:
    if metric.target.kind == "Utilization":
        return _LITTLE_UTILIZATION_MILLI
    return metric.target.amount // _LITTLE


def _stale(asked: Plausibility, metric: Metric, age_s: float) -> Unavailable:
    why = f"the newest number is {age_s:.0f} s old; believed for {asked.stale_after_s:.0f} s and its window"
    return _suspect(metric, why)


def _suspect(metric: Metric, why: str) -> Unavailable:
    return Unavailable(reason=SUSPECT, message=f"{metric.label}: {why}")


def _shown(milli: int) -> str:
    return f"{milli / 1000:g}"
