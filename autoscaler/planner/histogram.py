"""A histogram whose samples fade: how much of a resource was used, the last day twice as heavy as the day before.

VPA's: buckets grow by 5 % each, the first is 10m CPU or 10 MB wide, a sample weighs half as much every 24 hours, and a
percentile is told as the upper end of its bucket. It is kept as text in the history, buckets with their weights; its
weights are those at the time `fade_s`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import ceil, inf, isfinite, log

HALF_LIFE_S = 86_400.0  # --cpu-histogram-decay-half-life, --memory-histogram-decay-half-life
GROWTH = 1.05
FIRST = {"cpu": 10, "memory": 10_000_000 * 1000}  # thousandths: the first bucket's width
LARGEST = {"cpu": 1_000_000, "memory": 10**12 * 1000}
EPSILON = 0.001  # of the heaviest: buckets that weigh less are empty
DIGITS = 5
SHIFT_S = 8 * HALF_LIFE_S  # weights are told anew before they become large


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Of one container and resource. `weights`: bucket → weight."""

    resource: str
    weights: Mapping[int, float] = field(default_factory=dict)
    fade_s: float = 0.0
    first_s: float = 0.0
    last_s: float = 0.0
    count: int = 0

    def with_sample(self, amount: int, at_s: float, weight: float = 1.0) -> Histogram:
        """With one more; *amount* in thousandths."""
        told = self if self.weights and at_s - self.fade_s < SHIFT_S else self._faded(at_s)
        bucket = bucket_of(self.resource, amount)
        fresh = weight * 2 ** ((at_s - told.fade_s) / HALF_LIFE_S)
        return replace(
            told,
            weights={**told.weights, bucket: told.weights.get(bucket, 0.0) + fresh},
            first_s=min(told.first_s, at_s) if told.count else at_s,
            last_s=max(told.last_s, at_s),
            count=told.count + 1,
        )

    def percentile(self, share: float) -> int:
        """The end of the bucket at which *share* of the weight is reached; 0 of an empty one."""
        least = EPSILON * max(self.weights.values(), default=0.0)
        known = sorted((bucket, weight) for bucket, weight in self.weights.items() if weight > least)
        if not known:
            return 0
        reached = list(accumulate(weight for _, weight in known))
        bucket, _ = known[min(bisect_left(reached, share * reached[-1]), len(known) - 1)]
        return end_of(self.resource, bucket)

    @property
    def confidence(self) -> float:
        """How much is known, in days: the days it spans, or the samples that a day has at one a minute."""
        return min((self.last_s - self.first_s) / 86_400, self.count / 1440)

    def _faded(self, at_s: float) -> Histogram:
        by = 2 ** ((self.fade_s - at_s) / HALF_LIFE_S)
        least = EPSILON * by * max(self.weights.values(), default=0.0)
        weights = {bucket: weight * by for bucket, weight in self.weights.items() if weight * by > least}
        return replace(self, weights=weights, fade_s=at_s)


def bucket_of(resource: str, amount: int) -> int:
    """The bucket that *amount* is in; bucket n begins at first × (1.05^n - 1) / 0.05."""
    first, largest = FIRST[resource], LARGEST[resource]
    if amount < first:
        return 0
    return int(log(min(amount, largest) * (GROWTH - 1) / first + 1, GROWTH) + 1e-9)


def start_of(resource: str, bucket: int) -> int:
    """The least amount that is in it."""
    return ceil(FIRST[resource] * (GROWTH**bucket - 1) / (GROWTH - 1) - 1e-6)


def end_of(resource: str, bucket: int) -> int:
    """Where the next bucket begins."""
    return start_of(resource, bucket + 1)


def written(histogram: Histogram) -> str:
    """As text: times, count, then bucket:weight in the order of buckets."""
    buckets = (f"{bucket}:{weight:.{DIGITS}g}" for bucket, weight in sorted(histogram.weights.items()))
    return " ".join(
        (
            f"{histogram.fade_s:.0f}",
            f"{histogram.first_s:.0f}",
            f"{histogram.last_s:.0f}",
            str(histogram.count),
            *buckets,
        )
    )


def read(resource: str, text: str) -> Histogram:
    """The histogram that *text* is; an empty one when it is none."""
    try:
        fade_s, first_s, last_s, count, *buckets = text.split()
        weights = {int(bucket): float(weight) for bucket, _, weight in (each.partition(":") for each in buckets)}
        histogram = Histogram(
            resource=resource,
            weights=weights,
            fade_s=float(fade_s),
            first_s=float(first_s),
            last_s=float(last_s),
            count=int(count),
        )
    except ValueError:
        return Histogram(resource=resource)
    most = bucket_of(resource, LARGEST[resource])
    is_sound = weights and all(0 <= bucket <= most and 0 < weight < inf for bucket, weight in weights.items())
    is_dated = isfinite(histogram.fade_s + histogram.first_s + histogram.last_s)
    return histogram if is_sound and is_dated else Histogram(resource=resource)
