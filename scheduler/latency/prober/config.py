"""The prober's configuration file: YAML, all problems at once, unknown keys refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kube.latency.errors import InputError
from policies.engine.yaml_text import load_yaml
from scheduler.latency.prober.targets import PORT, SiteName, Targets, told

Seconds = Annotated[float, Field(gt=0, le=3600)]

# Shown by --example-config; a test reads it, so it is right.
EXAMPLE = """\
# Where this prober is. One file for all sites: leave it out and set EDGEWARD_SITE (or --site) instead.
site: seoul

# Whom it measures. `port` is where their prober answers, 9701 unless said; anything that accepts TCP will do.
targets:
- {site: busan, host: 10.2.0.7}
- {site: cloud, host: prober.cloud.example.org, port: 443}

# More of them in a file, which is read again when it changes.
# targets_file: /etc/edgeward/targets.yaml

# Or all probers behind a headless Service; each of them says itself at which site it is.
# peers: {host: edgeward-prober.edgeward.svc.cluster.local, port: 9701, per_site: 3}

every_s: 10            # a round: this many probes of each target, spread over half of it
probes_per_round: 3
timeout_s: 0.9         # at most 0.9: after 1 s the kernel asks again, and what comes is not one round trip
window_s: 120          # quantiles are exact over this time
concurrency: 16        # connections at once

listen: {host: "", port: 9701}          # answers the others
metrics: {host: "", port: 9702}         # GET /metrics and /healthz
"""


class Peers(BaseModel):
    """A name whose addresses are probers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=PORT, ge=1, le=65535)
    per_site: int = Field(default=3, ge=1, le=64)  # how many of one site are probed


class Listen(BaseModel):
    """An address to listen at; an empty host is every address of this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    host: str = ""
    port: int = Field(ge=0, le=65535)  # 0: any that is free


class Config(BaseModel):
    """What the prober is told."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    site: SiteName
    targets: Targets = []
    targets_file: Path | None = None
    peers: Peers | None = None
    every_s: Seconds = 10.0
    probes_per_round: int = Field(default=3, ge=1, le=100)
    timeout_s: float = Field(default=0.9, gt=0, le=0.9)
    window_s: Seconds = 120.0
    concurrency: int = Field(default=16, ge=1, le=256)
    listen: Listen = Listen(port=PORT)
    metrics: Listen = Listen(port=PORT + 1)

    @model_validator(mode="after")
    def _window_holds_a_round(self) -> Config:
        if self.window_s < 2 * self.every_s:
            raise ValueError(f"window_s must be at least two rounds of every_s, got {self.window_s:g}")
        return self


def parse_config(text: str, *, source: str, site: str = "") -> Config:
    """The configuration in a text; *site* goes before the file's. InputError with all problems."""
    try:
        raw = load_yaml(text)
    except (yaml.YAMLError, ValueError) as error:
        raise InputError((f"{source}: not YAML: {' '.join(str(error).split())}",)) from error
    except RecursionError:
        raise InputError((f"{source}: not YAML: nested too deeply",)) from None
    if not isinstance(raw, dict):
        raise InputError((f"{source}: must be a mapping with the key targets, got {type(raw).__name__}",))
    try:
        return Config.model_validate({**raw, "site": site} if site else raw)
    except ValidationError as error:
        raise InputError(told(error, source=source, model=Config)) from error
