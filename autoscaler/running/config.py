"""The configuration of `edgeward autoscaler --config FILE`: what there is to set, with its meaning and its default.

Every setting has a default, so an empty file works inside a cluster. What one workload wants is in its EdgeAutoscaler;
here is what holds for all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from autoscaler.api.spec import Defaults
from autoscaler.planner import spec
from kube.latency.settings import LatencySources
from kube.leases import Terms
from kube.program.duration import Seconds
from kube.program.instant_query import PrometheusSettings
from kube.program.settings import DecisionFiles, Kube, Logging, Names, Pages, Part, Positive, parse, read
from policies.model.kubernetes import SITE_LABELS
from policies.model.site import Tier


class Listen(Pages):
    """Where the pages for probes and Prometheus are."""

    port: int = Field(default=8892, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""


class Calls(Part):
    """How much is asked of the API server; watches and the lease do not count."""

    qps: float = Field(default=50.0, gt=0, le=10_000)
    """Calls a second, on average."""
    burst: int = Field(default=100, ge=1, le=100_000)
    """So many at once after a rest."""


class Leader(Part):
    """Of several replicas one acts, the one that holds the Lease."""

    lease: str = Field(default="edgeward-autoscaler", min_length=1, max_length=253)
    """The Lease's name, in our namespace."""
    lease_s: int = Field(default=15, ge=1, le=3600)
    """How long the others wait before they follow a leader that is silent."""
    renew_s: Positive = 10.0
    """How long a leader goes on without having renewed its lease."""
    retry_s: Positive = 2.0
    """How often the lease is tried, or renewed."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _ = self.terms
        return self

    @property
    def terms(self) -> Terms:
        """The times of the lease; ValueError when they contradict each other."""
        return Terms(lease_s=self.lease_s, renew_s=self.renew_s, retry_s=self.retry_s)


class Trust(Part):
    """When a metric is not believed: what it says then may scale out, and never in."""

    zero_holds_s: Seconds = Field(default=spec.Plausibility().zero_holds_s, ge=0)
    """A sudden zero is believed after so long."""
    frozen_after_s: Positive = spec.Plausibility().frozen_after_s
    """The very same number, other than zero, for so long is not believed."""
    stale_after_s: Positive = spec.Plausibility().stale_after_s
    """A number this old is not believed."""


class Rules(Part):
    """What kube-controller-manager's flags say for all HorizontalPodAutoscalers."""

    tolerance: float = Field(default=spec.TOLERANCE, ge=0, le=1)
    """How far from its target a metric may be without effect, unless the object says (…-tolerance)."""
    cpu_initialization_s: Seconds = Field(default=spec.CPU_INITIALIZATION_S, ge=0)
    """So long after its start the CPU of a pod counts only while it is ready (…-cpu-initialization-period)."""
    initial_readiness_s: Seconds = Field(default=spec.INITIAL_READINESS_S, ge=0)
    """A pod that is not ready so soon after its start never was (…-initial-readiness-delay)."""
    scale_to_zero: bool = True
    """Whether minReplicas 0 is obeyed (gate HPAScaleToZero)."""


class DecisionLog(DecisionFiles):
    """The decision log, which `edgeward decide FILE` plays again: a record of each decision that says something new."""

    path: Path = Field(examples=["/var/lib/edgeward/autoscaler.jsonl"])
    """The file; full ones are renamed to FILE.1, FILE.2 and so on."""


class Config(Part):
    """All settings of the autoscaler."""

    sync_period_s: Seconds = Field(default=15.0, ge=1, le=3600)
    """How often everything is looked at (…-sync-period)."""
    pages: Listen = Listen()
    """The pages for probes and Prometheus."""
    kube: Kube = Kube()
    """How to reach the API server."""
    calls: Calls = Calls()
    """How much is asked of it."""
    namespace: str = Field(default="", pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$")
    """Our own namespace, with the Lease and the ConfigMaps; empty: the pod's, else kube-system."""
    leader: Leader = Leader()
    """Of several replicas one acts."""
    rules: Rules = Rules()
    """What holds for all workloads."""
    trust: Trust = Trust()
    """When a metric is not believed."""
    status_every_s: Seconds = Field(default=30.0, ge=0, le=600)
    """How old the metrics in a status may be; steps and conditions are written at once."""
    prometheus: PrometheusSettings | None = None
    """The Prometheus that metrics of type Prometheus are asked of."""
    latency: LatencySources = LatencySources()
    """Where round trips between sites come from."""
    profile: str = Field(default="edge-default", min_length=1)
    """The placement profile of pods that name none: that of the scheduler, so that both agree where a replica fits."""
    policy_dirs: tuple[Path, ...] = ()
    """Folders with policies (*.py) and profiles (*.yaml) of your own."""
    site_labels: Names = Field(default=SITE_LABELS, min_length=1)
    """A node's site is the first of these labels that it bears."""
    default_site: str = "unlabelled"
    """Site of nodes that bear none of these labels; empty: each is a site of its own."""
    default_tier: Tier = Tier.EDGE
    """Tier of sites whose nodes do not tell."""
    decisions: DecisionLog | None = None
    """Write a decision log; without it none is written."""
    log: Logging = Logging()
    """Logs."""

    @field_validator("policy_dirs")
    @classmethod
    def _are_folders(cls, folders: tuple[Path, ...]) -> tuple[Path, ...]:
        if missing := next((folder for folder in folders if not folder.is_dir()), None):
            raise ValueError(f"there is no such folder: {str(missing)!r}")
        return folders

    @property
    def defaults(self) -> Defaults:
        """What no object says."""
        return Defaults(
            tolerance=self.rules.tolerance,
            cpu_initialization_s=self.rules.cpu_initialization_s,
            initial_readiness_s=self.rules.initial_readiness_s,
            scale_to_zero=self.rules.scale_to_zero,
            plausibility=spec.Plausibility(
                zero_holds_s=self.trust.zero_holds_s,
                frozen_after_s=self.trust.frozen_after_s,
                stale_after_s=self.trust.stale_after_s,
            ),
        )


def parse_config(text: str, *, source: str) -> Config:
    """The settings in a YAML text; *source* is what errors call it. ConfigError with all problems."""
    return parse(Config, text, source=source)


def read_config(path: Path) -> Config:
    """The settings in a file. ConfigError when it cannot be read, or with all problems."""
    return read(Config, path)


def with_options(config: Config, *, kubeconfig: Path | None = None) -> Config:
    """The settings with what the command line says instead."""
    if kubeconfig is None:
        return config
    return config.model_copy(update={"kube": config.kube.model_copy(update={"kubeconfig": kubeconfig})})
