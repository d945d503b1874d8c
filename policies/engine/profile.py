"""Profiles: which policies decide, with what weights and parameters.

    description: one sentence
    top_score: 100                        # the best integer for kube-scheduler, 10 unless said
    shortlist: {tiers: best, nodes: 64}   # optional: pass only the best feasible tier, at most 64 nodes
    origin: seoul=0.7,busan=0.3           # optional: where the users of a pod are that does not say, nor its namespace
    policies:
    - policy: hint
    - policy: latency
      weight: 3
      params: {mode: tail}

A profile that exists is valid: parsing reports **all** problems at once, each with its path and value, and refuses keys
that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PydanticUserError, TypeAdapter, ValidationError

from policies.engine.contract import FilterScorer
from policies.engine.problems import problems
from policies.engine.yaml_text import load_yaml
from policies.errors import ModelError, ProfileError
from policies.model.demand import Demand
from policies.model.site import suggestion

EXTENDER_TOP_SCORE = 10  # extender/v1 MaxExtenderPriority; nothing in kube-scheduler enforces it
HIGHEST_TOP_SCORE = 1000


class Shortlist(BaseModel):
    """Pass only the best feasible tier (`tiers: best`) and at most `nodes` nodes (0: no limit)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tiers: Literal["best", "all"] = "all"
    nodes: int = Field(default=0, ge=0)


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    policy: str
    weight: float = Field(default=1.0, ge=0, le=1_000_000)  # the sum of them must stay a number
    params: dict[str, Any] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    description: str = ""
    top_score: int = Field(default=EXTENDER_TOP_SCORE, ge=1, le=HIGHEST_TOP_SCORE)
    shortlist: Shortlist | None = None
    origin: str = ""
    policies: list[_Step] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One policy of a profile."""

    name: str
    policy: FilterScorer
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named mix of policies."""

    name: str
    steps: tuple[Step, ...]
    description: str = ""
    top_score: int = EXTENDER_TOP_SCORE
    shortlist: Shortlist | None = None
    origin: Demand | None = None


def parse_profile(text: str, *, name: str, source: str, policies: Mapping[str, type[FilterScorer]]) -> Profile:
    """The profile in a YAML text; *source* is what its errors call it. ProfileError with all problems."""
    try:
        raw = load_yaml(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day, a number that there is not
        raise ProfileError((f"{source}: not YAML: {' '.join(str(error).split())}",)) from error
    except RecursionError:
        raise ProfileError((f"{source}: not YAML: nested too deeply",)) from None
    if not isinstance(raw, dict):
        raise ProfileError((f"{source}: a profile is a mapping with the key policies, got {type(raw).__name__}",))
    return build_profile(raw, name=name, source=source, policies=policies)


def build_profile(
    raw: Mapping[str, Any], *, name: str, source: str, policies: Mapping[str, type[FilterScorer]]
) -> Profile:
    """The profile in a mapping that was read already; *policies* are by name and by alias."""
    found: list[str] = []
    file: _File | None = None
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        found += problems(error, source=source, model=_File)
    origin = _origin(raw.get("origin"), source, found)
    entries = raw.get("policies")
    built = [
        _policy(entry, index, source, policies, found)
        for index, entry in enumerate(entries if isinstance(entries, list) else ())
    ]
    if file is None or found:
        raise ProfileError(tuple(dict.fromkeys(found)))
    return Profile(
        name=name,
        steps=tuple(
            Step(name=step.policy, policy=policy, weight=step.weight)
            for step, policy in zip(file.policies, built, strict=True)
            if policy is not None
        ),
        description=file.description,
        top_score=file.top_score,
        shortlist=file.shortlist,
        origin=origin,
    )


def _origin(text: Any, source: str, found: list[str]) -> Demand | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        return Demand.parse(text)
    except ModelError as error:
        found.append(f"{source}: origin: {error}")
        return None


def _policy(
    entry: Any, index: int, source: str, policies: Mapping[str, type[FilterScorer]], found: list[str]
) -> FilterScorer | None:
    # a step with a problem of form is reported by the model; here only what the model cannot know
    if not isinstance(entry, dict) or not isinstance(entry.get("policy"), str):
        return None
    name = entry["policy"]
    path = f"{source}: policies[{index}].policy"
    kind = {folded(known): kind for known, kind in policies.items()}.get(folded(name))
    if kind is None:
        found.append(f"{path}: unknown policy {name!r}{suggestion(name, policies)}")
        return None
    params = entry.get("params") or {}
    if not isinstance(params, dict):
        return None
    if not is_dataclass(kind):
        found.append(f"{path}: {name} must be a dataclass, whose fields are its parameters")
        return None
    try:
        policy: FilterScorer = TypeAdapter(kind).validate_python(params)
    except ValidationError as error:
        found += problems(error, source=source, model=kind, at=("policies", index, "params"))
    except PydanticUserError as error:
        found.append(f"{path}: the parameters of {name} cannot be read: {' '.join(str(error).split())}")
    else:
        return policy
    return None


def folded(name: str) -> str:
    """The name without what users write in different ways: `GLowLatencyPriority`, `g-low-latency-priority`."""
    return name.lower().replace("-", "").replace("_", "")
