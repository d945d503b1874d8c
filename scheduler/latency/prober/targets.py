"""Whom to probe: what the configuration names, what a file names that may change, and who is behind a DNS name."""

from __future__ import annotations

from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kube.latency.errors import InputError
from policies.engine.yaml_text import load_yaml

PORT = 9701  # where probers answer each other
SITE_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$"  # as a label's value, or a little longer
MOST_TARGETS = 1024

SiteName = Annotated[str, Field(pattern=SITE_PATTERN)]


class Target(BaseModel):
    """Something at a site that accepts TCP connections; a prober, or anything else."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    site: SiteName
    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=PORT, ge=1, le=65535)


Targets = Annotated[list[Target], Field(max_length=MOST_TARGETS)]
_ADAPTER: TypeAdapter[list[Target]] = TypeAdapter(Targets)


def parse_targets(text: str, *, source: str) -> tuple[Target, ...]:
    """The targets of a file: a YAML list of `{site, host, port}`; InputError with all its problems."""
    try:
        return tuple(_ADAPTER.validate_python(load_yaml(text) or []))
    except ValidationError as error:
        raise InputError(told(error, source=source, model=Targets)) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that there is not
        raise InputError((f"{source}: not YAML: {' '.join(str(error).split())}",)) from error
    except RecursionError:
        raise InputError((f"{source}: not YAML: nested too deeply",)) from None


def told(error: ValidationError, *, source: str, model: object) -> tuple[str, ...]:
    """Every problem in our words."""
    # only now: what finds the words needs numpy, and a prober whose files are right does without
    from policies.engine.problems import problems  # noqa: PLC0415 - see above

    return problems(error, source=source, model=model)
