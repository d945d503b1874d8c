"""What a scenario of the kind `requests` may say; the defaults are the published evaluation's."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Cloud(_Block):
    """Where the cloud is: in a city of the latency matrix, or at the same round trip from everybody."""

    city: str | None = None
    rtt_ms: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _one_of_them(self) -> Cloud:
        if (self.city is None) == (self.rtt_ms is None):
            raise ValueError("cloud wants either city or rtt_ms")
        return self


class Failure(_Block):
    """A site that is down for a while."""

    site: str = Field(description="its name, or cloud")
    at_s: float = Field(ge=0)
    for_s: float = Field(gt=0)


class Change(_Block):
    """Round trips that are longer or shorter for a while."""

    origin: str | None = Field(None, description="of users of this site; all when left out")
    site: str | None = Field(None, description="to this site, or cloud; all when left out")
    factor: float = Field(gt=0)
    at_s: float = Field(ge=0)
    for_s: float = Field(gt=0)


class Settings(_Block):
    """The `settings:` of a scenario of this kind."""

    place: Literal["europe", "metro"] = Field("europe", description="cities of a continent, or stations of one city")
    source: Literal["auto", "builtin", "measured"] = Field(
        "auto", description="auto = measured sites when the data folder has them, else built-in"
    )
    sites: tuple[str, ...] | None = Field(None, min_length=1, description="cities; left out = all European ones")
    cloud: Cloud | None = Field(Cloud(city="Frankfurt"), description="null = there is none")
    slots_per_site: int = Field(4, ge=1, le=256, description="requests that a site serves at once")
    cloud_slots: int = Field(10_000, ge=1)
    service_ms: float = Field(40.0, gt=0, description="mean of the exponential service time")
    own_time_pct: float = Field(
        50.0, ge=0, le=100, description="share of requests that take the same time on every replica"
    )
    access_ms: float = Field(7.0, ge=0, description="from the user to the local site and back; 7 = 5G mmWave")
    slo_ms: float = Field(100.0, gt=0)
    load: float = Field(0.7, gt=0, le=10, description="requested slot time over that of all edge sites")
    pareto_shape: float | None = Field(1.5, ge=0.05, description="how uneven users are; null = not at all")
    map_seed: int | None = Field(None, ge=0, description="which draw of users; null = one for each seed")
    neighbors: int = Field(8, ge=0, description="nearest neighbours that are asked")
    radius_ms: float = Field(100.0, ge=0, description="how far a neighbour may be")
    requests: int = Field(100_000, ge=1)
    warmup_pct: float = Field(20.0, ge=0, le=90, description="of the requests, the first, which no figure counts")
    staleness_s: float = Field(0.0, ge=0, description="sites report how busy they are so often; 0 = known at once")
    cloud_share_pct: float = Field(
        3.0, ge=0, le=100, description="edgeward wants to use the cloud for no more than this"
    )
    late_per_cloud_pct: float = Field(
        12.0, ge=0, le=100, description="but adds at most so many late requests to spare the cloud a hundred"
    )
    second_after_ms: float = Field(50.0, gt=0, description="edgeward tries again what is not answered after this")
    failures: tuple[Failure, ...] = ()
    latency_changes: tuple[Change, ...] = ()
