"""The configuration of `edgeward scheduler --config FILE`: what there is to set, with its meaning and its default.

A file that is read is right: **all** its problems are reported at once, each with path and value, and a key that is not
known is refused with a suggestion. Every setting has a default, so an empty file works inside a cluster. The
descriptions here are what `example_config` writes and what the JSON Schema tells an editor.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from kube.latency.demand import DemandQuery
from kube.latency.settings import LatencySources
from kube.program.duration import Seconds
from kube.program.settings import DecisionFiles, Kube, Logging, Names, Pages, Part, Positive, parse, read
from policies.model.kubernetes import SITE_LABELS
from policies.model.site import Tier

_PATH = re.compile(r"[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")


def _path(text: str) -> str:
    if not _PATH.fullmatch(text):
        raise ValueError("must be a path of letters, digits and . _ ~ - with / in between")
    return text


def _prefix(text: str) -> str:
    return f"/{_path(bare)}" if (bare := text.strip("/")) else ""


VerbPath = Annotated[str, AfterValidator(_path)]


class Verbs(Part):
    """The path of each verb below the prefix, as the KubeSchedulerConfiguration has it under the name beside it."""

    filter: VerbPath = "filter"
    """filterVerb."""
    prioritize: VerbPath = "prioritize"
    """prioritizeVerb."""
    bind: VerbPath = "bind"
    """bindVerb."""
    preempt: VerbPath = "preempt"
    """preemptVerb."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        paths = [self.filter, self.prioritize, self.bind, self.preempt]
        if twice := sorted({path for path in paths if paths.count(path) > 1}):
            raise ValueError(f"two verbs have the same path {twice[0]!r}")
        return self


class Tls(Part):
    """Serve HTTPS. The files are read again when they change, as a mounted Secret's do."""

    cert: Path = Field(examples=["/etc/edgeward/tls/tls.crt"])
    """Certificate chain (PEM)."""
    key: Path = Field(examples=["/etc/edgeward/tls/tls.key"])
    """Its private key (PEM)."""
    client_ca: Path | None = Field(default=None, examples=["/etc/edgeward/tls/ca.crt"])
    """Ask clients for a certificate by one of these authorities (PEM), and refuse those without."""


class Listen(Part):
    """Where kube-scheduler finds the extender."""

    host: str = "127.0.0.1"
    """Address to listen on. On loopback only kube-scheduler in the same pod or on the same host reaches it."""
    port: int = Field(default=8890, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    prefix: Annotated[str, AfterValidator(_prefix)] = "/scheduler"
    """The path of urlPrefix, which is http://HOST:PORT and this; empty: none."""
    verbs: Verbs = Verbs()
    """Paths of the verbs below the prefix."""
    tls: Tls | None = None
    """Serve HTTPS instead of HTTP."""
    max_body_mib: int = Field(default=64, ge=1, le=1024)
    """Largest request body, inflated. Whole nodes (nodeCacheCapable: false) take about 12 kB each."""
    keepalive_s: Seconds = Field(default=300.0, ge=120)
    """How long an idle connection stays open. kube-scheduler closes its own after 90 s, and must be the first."""
    drain_s: Seconds = Field(default=2.0, ge=0, le=60)
    """When stopping: how long to go on accepting, not ready and closing each connection after its answer."""


class Binding(Part):
    """The bind verb."""

    timeout_s: Positive = 10.0
    """How long writing a binding to the API server may take; the deadline of the request counts, too."""
    reserve_s: Positive = 60.0
    """How long a place stays promised while the API server does not tell of the pod yet."""


class Nudging(Part):
    """Pending pods that fit after all, because latency or GPU facts changed, are touched so that they are retried."""

    per_minute: int = Field(default=30, ge=0, le=6000)
    """At most so many in a minute; 0: never."""


class Config(Part):
    """All settings of the scheduler extender."""

    listen: Listen = Listen()
    """Where kube-scheduler finds the extender."""
    pages: Pages | None = None
    """The pages for probes and Prometheus on an address of their own, too, where the verbs' is loopback."""
    http_timeout_s: Seconds = Field(default=5.0, ge=0.05, le=600)
    """The extender's httpTimeout in the KubeSchedulerConfiguration, 5s unless set there. Answers come within 80 %."""
    kube: Kube = Kube()
    """How to reach the API server."""
    namespace: str = Field(default="", pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$")
    """Our own namespace, where ConfigMaps are looked for; empty: the pod's, else kube-system."""
    scheduler_names: Names = ()
    """Pods of these schedulers are nudged (spec.schedulerName); empty: of all that ask us."""
    profile: str = Field(default="edge-default", min_length=1)
    """Profile of pods that name none, by themselves or by their namespace."""
    policy_dirs: tuple[Path, ...] = ()
    """Folders with policies (*.py) and profiles (*.yaml) of your own."""
    site_labels: Names = Field(default=SITE_LABELS, min_length=1)
    """A node's site is the first of these labels that it bears."""
    default_site: str = "unlabelled"
    """Site of nodes that bear none of these labels; empty: each is a site of its own, for clusters of a few hundred."""
    default_tier: Tier = Tier.EDGE
    """Tier of sites whose nodes do not tell."""
    latency: LatencySources = LatencySources()
    """Where round trips between sites come from."""
    demand: DemandQuery | None = None
    """Live demand by site; without it the weights of the annotation count."""
    bind: Binding = Binding()
    """The bind verb."""
    nudge: Nudging = Nudging()
    """Retrying pods that became feasible."""
    decisions: DecisionFiles | None = None
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
    def deadline_s(self) -> float:
        """From a request's headers to our answer: 80 % of httpTimeout, so that there is time left to send it."""
        return 0.8 * self.http_timeout_s


def parse_config(text: str, *, source: str) -> Config:
    """The settings in a YAML text; *source* is what errors call it. ConfigError with all problems."""
    return parse(Config, text, source=source)


def read_config(path: Path) -> Config:
    """The settings in a file. ConfigError when it cannot be read, or with all problems."""
    return read(Config, path)


def with_options(config: Config, *, kubeconfig: Path | None = None, port: int | None = None) -> Config:
    """The settings with what the command line says instead; None leaves a setting as it is."""
    kube = config.kube if kubeconfig is None else config.kube.model_copy(update={"kubeconfig": kubeconfig})
    listen = config.listen if port is None else config.listen.model_copy(update={"port": port})
    return config.model_copy(update={"kube": kube, "listen": listen})
