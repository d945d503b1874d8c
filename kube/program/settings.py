"""Settings that several programs have, and how a configuration file becomes settings.

A file that is read is right: **all** its problems are reported at once, each with path and value, and a key that is not
known is refused with a suggestion. The descriptions are what `example_config` writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from kube.program.duration import Seconds
from kube.program.errors import ConfigError
from kube.program.logs import Format, Level
from policies.engine.problems import problems
from policies.engine.yaml_text import load_yaml

M = TypeVar("M", bound=BaseModel)


def _one_each(names: tuple[str, ...]) -> tuple[str, ...]:
    if "" in names or len(set(names)) != len(names):
        raise ValueError("must be names, each once")
    return names


Positive = Annotated[Seconds, Field(gt=0)]
Names = Annotated[tuple[str, ...], AfterValidator(_one_each)]


class Part(BaseModel):
    """A mapping of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Pages(Part):
    """An address of their own for /healthz, /readyz, /metrics and /version, which kubelet and Prometheus can reach."""

    host: str = ""
    """Address to listen on; empty: all of this machine or pod. There is nothing here that changes anything."""
    port: int = Field(default=8891, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""


class Kube(Part):
    """How to reach the API server."""

    kubeconfig: Path | None = Field(default=None, examples=["/etc/edgeward/kubeconfig"])
    """A kubeconfig file; without one: the pod's service account, else $KUBECONFIG or ~/.kube/config."""
    context: str = ""
    """Its context; empty: the current one."""


class DecisionFiles(Part):
    """The decision log, which `edgeward simulate --decisions FILE` plays again."""

    path: Path = Field(examples=["/var/lib/edgeward/decisions.jsonl"])
    """The file; full ones are renamed to FILE.1, FILE.2 and so on."""
    max_bytes: int = Field(default=100_000_000, ge=1_000_000)
    """A file this large is full."""
    keep: int = Field(default=5, ge=0, le=1000)
    """How many full files to keep."""


class Logging(Part):
    """Logs, on standard error."""

    level: Level = "info"
    """The least serious lines that are written."""
    format: Format = "json"
    """JSON lines for a collector, or text for a terminal."""


def parse(model: type[M], text: str, *, source: str) -> M:
    """The settings in a YAML text; *source* is what errors call it. ConfigError with all problems."""
    try:
        raw = load_yaml(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day or a number that there is not
        raise ConfigError((f"{source}: not YAML: {' '.join(str(error).split())}",)) from error
    except RecursionError:
        raise ConfigError((f"{source}: not YAML: nested too deeply",)) from None
    try:
        return model.model_validate({} if raw is None else raw)
    except ValidationError as error:
        raise ConfigError(problems(error, source=source, model=model)) from error


def read(model: type[M], path: Path) -> M:
    """The settings in a file. ConfigError when it cannot be read, or with all problems."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError((f"{path}: cannot be read: {error}",)) from error
    return parse(model, text, source=path.name)
