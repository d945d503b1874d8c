"""The latency matrix: site × site round-trip times with the age and the source of each entry.

A measurement is worth less the older it is. Up to `fresh_s` it counts as it is; past that it **decays to the topology
prior** with a half-life: value = w · measured + (1 - w) · prior, w = 0.5^((age - fresh_s) / half_life_s). An entry that
was never measured is the prior alone. Neither a stale nor a missing entry is `known`, and only a known one can pass a
hard limit: a guess may rank nodes but must not promise 20 ms. One entry is known without a measurement: a site is near
itself.

The prior comes from what topology tells: the great-circle distance where both sites have coordinates (light in fibre
takes 1 ms per 100 km there and back; real paths are about 1.6 times longer than the great circle), else same zone, same
region, same tier, in rising constants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from policies.errors import ModelError
from policies.model.site import Site, Sites, Tier, distance_km

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FRESH_S = 300.0  # five probe rounds of a minute: one lost round is not yet news
HALF_LIFE_S = 600.0
CLOCK_SKEW_S = 30.0  # how far ahead the clock of whoever measured may be
TAIL_FACTOR = 1.5  # p95 / p50 where only a prior is there; the 222-city pings have 1.2 to 2

_MS_PER_KM = 1.6 / 100.0
_SAME_SITE_MS = 0.5
_ACCESS_MS = 1.0  # routers at both ends
_SAME_ZONE_MS = 2.0
_SAME_REGION_MS = 10.0
_EDGE_TO_EDGE_MS = 40.0
_TO_CLOUD_MS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyMatrix:
    """Round-trip times in ms; row = from, column = to, both in the order of `sites`.

    NaN means "never measured". `measured_at_s` is on the clock whose `now_s` is given to `at`. `source` holds indices
    into `sources` ("probe", "prometheus", "networktopology", "configmap", …).
    """

    sites: tuple[str, ...]
    p50_ms: Floats
    p95_ms: Floats
    measured_at_s: Floats
    source: npt.NDArray[np.uint8]
    sources: tuple[str, ...] = ("given",)

    def __post_init__(self) -> None:
        size = len(self.sites)
        if len(set(self.sites)) != size:
            raise ModelError("latency matrix: a site is listed twice")
        for name in ("p50_ms", "p95_ms", "measured_at_s", "source"):
            array = np.ascontiguousarray(getattr(self, name))
            if array.shape != (size, size):
                raise ModelError(f"latency matrix: {name} must be {size} × {size} for {size} sites, got {array.shape}")
            if array.flags.writeable:
                array = array.copy()
                array.flags.writeable = False
            object.__setattr__(self, name, array)
        for name in ("p50_ms", "p95_ms"):
            array = getattr(self, name)
            bad = ~(np.isnan(array) | ((array >= 0) & np.isfinite(array)))
            if bad.any():
                row, column = map(int, np.argwhere(bad)[0])
                raise ModelError(
                    f"latency matrix: {name} from {self.sites[row]} to {self.sites[column]} must be >= 0 and finite, "
                    f"got {array[row, column]}"
                )
        if size and int(self.source.max()) >= len(self.sources):
            raise ModelError(f"latency matrix: source index {int(self.source.max())} has no name in {self.sources}")

    @classmethod
    def of(
        cls,
        sites: Sequence[str],
        p50_ms: npt.ArrayLike,
        p95_ms: npt.ArrayLike | None = None,
        *,
        measured_at_s: float = 0.0,
        source: str = "given",
    ) -> LatencyMatrix:
        """A matrix whose entries were all measured at one time; p95 is p50 where it is not given."""
        p50 = np.asarray(p50_ms, dtype=np.float64)
        return cls(
            sites=tuple(sites),
            p50_ms=p50,
            p95_ms=p50 if p95_ms is None else np.asarray(p95_ms, dtype=np.float64),
            measured_at_s=np.full(p50.shape, measured_at_s),
            source=np.zeros(p50.shape, dtype=np.uint8),
            sources=(source,),
        )

    def measured(
        self, origin: str, to: str, *, p50_ms: float, p95_ms: float, at_s: float, source: str
    ) -> LatencyMatrix:
        """A matrix with that one entry replaced; both sites must be known to it."""
        for site in (origin, to):
            if site not in self.sites:
                raise ModelError(f"latency matrix: unknown site {site!r}")
        row, column = self.sites.index(origin), self.sites.index(to)
        sources = self.sources if source in self.sources else (*self.sources, source)
        changed = {}
        for name, value in (
            ("p50_ms", p50_ms),
            ("p95_ms", p95_ms),
            ("measured_at_s", at_s),
            ("source", sources.index(source)),
        ):
            array = getattr(self, name).copy()
            array[row, column] = value
            changed[name] = array
        return replace(self, sources=sources, **changed)

    def at(
        self,
        sites: Sites,
        *,
        now_s: float = 0.0,
        fresh_s: float = FRESH_S,
        half_life_s: float = HALF_LIFE_S,
    ) -> Latency:
        """What is to be believed at *now_s* for all of *sites*; sites that the matrix lacks get the prior alone."""
        if not 0 < half_life_s < np.inf:
            raise ModelError(f"latency matrix: half_life_s must be > 0 and finite, got {half_life_s}")
        prior50 = prior_ms(sites)
        prior95 = prior50 * TAIL_FACTOR
        np.fill_diagonal(prior95, prior50.diagonal())
        size = len(sites)
        p50, p95 = np.full((size, size), np.nan), np.full((size, size), np.nan)
        age, source = np.full((size, size), np.inf), np.full((size, size), -1, dtype=np.int16)
        mine: Mapping[str, int] = {name: i for i, name in enumerate(self.sites)}
        here = np.array([i for i, site in enumerate(sites) if site.name in mine], dtype=np.intp)
        there = np.array([mine[sites[int(i)].name] for i in here], dtype=np.intp)
        if len(here):
            to, of = np.ix_(here, here), np.ix_(there, there)
            measured50, measured95 = self.p50_ms[of], self.p95_ms[of]
            p50[to] = np.where(np.isnan(measured50), measured95, measured50)
            # p50 alone says nothing of the tail, so p95 missing is p95 unknown; it is not p50
            p95[to] = measured95
            told = now_s - self.measured_at_s[of]
            # a time to come is a clock that is wrong, and tells nothing about the age
            age[to] = np.where(np.isnan(told) | (told < -CLOCK_SKEW_S), np.inf, np.maximum(0.0, told))
            source[to] = np.where(np.isnan(p50[to]), -1, self.source[of].astype(np.int16))
        believed: list[Floats] = []
        for measured, prior in ((p50, prior50), (p95, prior95)):
            with np.errstate(invalid="ignore", over="ignore"):
                weight = 0.5 ** (np.where(age <= fresh_s, 0.0, age - fresh_s) / half_life_s)
                value = np.where(np.isnan(measured), prior, weight * measured + (1 - weight) * prior)
            believed.append(value)
        age[np.isnan(p95)] = np.inf  # the age is that of the tail, which limits are held by
        known = ~np.isnan(p95) & (age <= fresh_s)
        # probers measure between sites: that a site is near itself is known as long as nobody measured otherwise
        known |= np.eye(size, dtype=np.bool_) & np.isnan(p50) & np.isnan(p95)
        return Latency(
            p50_ms=believed[0],
            p95_ms=np.maximum(believed[1], believed[0]),  # a tail that was guessed is not below what was measured
            known=known,
            age_s=age,
            source=source,
            sources=self.sources,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Believed round-trip times in ms between numbered sites: no NaN, whatever was or was not measured."""

    p50_ms: Floats
    p95_ms: Floats
    known: Bools  # measured and fresh: may pass a hard limit
    age_s: Floats  # infinite where never measured
    source: npt.NDArray[np.int16]  # index into sources, -1 = the topology prior
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        for array in (self.p50_ms, self.p95_ms, self.known, self.age_s, self.source):
            array.flags.writeable = False

    def source_of(self, origin: int, to: int) -> str:
        """Where the entry comes from, in words."""
        index = int(self.source[origin, to])
        return self.sources[index] if index >= 0 else "topology"


def unmeasured(sites: Sites) -> Latency:
    """What topology alone suggests; nothing of it is known."""
    return LatencyMatrix.of((), np.empty((0, 0))).at(sites)


@lru_cache(maxsize=4)  # the sites change rarely, the matrix every few seconds
def prior_ms(sites: Sites) -> Floats:
    """What topology suggests for each pair, in ms; symmetric and read-only."""
    prior = np.empty((len(sites), len(sites)))
    for i, a in enumerate(sites):
        for j in range(i, len(sites)):
            prior[i, j] = prior[j, i] = _pair_prior_ms(a, sites[j])
    prior.flags.writeable = False
    return prior


def _pair_prior_ms(a: Site, b: Site) -> float:
    if a.name == b.name:
        return _SAME_SITE_MS
    km = distance_km(a, b)
    if km is not None:
        return _ACCESS_MS + km * _MS_PER_KM
    if a.zone and a.zone == b.zone:
        return _SAME_ZONE_MS
    if a.region and a.region == b.region:
        return _SAME_REGION_MS
    return _TO_CLOUD_MS if Tier.CLOUD in (a.tier, b.tier) else _EDGE_TO_EDGE_MS
