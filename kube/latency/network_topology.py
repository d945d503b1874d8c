"""Round trips from NetworkTopology resources (networktopology.diktyo.x-k8s.io/v1alpha1), as costs between places.

    spec.weights[].topologyList[].topologyKey
                                 .originList[].origin
                                             .costList[].destination, .networkCost

An early version of the resource said costList, originCosts and costs for the three lists; both are read.

* `topologyKey` says what the places are: `topology.kubernetes.io/zone` or `/region` (every site in there), or else any
  label by which sites are named. Between two sites of one region, and wherever both are told, what is told of the
  narrower place holds: site before zone before region, which is also how the network-aware plugins of kube-scheduler
  read it.
* A cost is a whole number without a unit. It counts as `ms_per_cost` milliseconds, as p50: nothing says that 95 of 100
  round trips stay below it, so it passes no hard limit unless `costs_are_p95` says that it does.
* Of several weights, `NetperfCosts` are those that a component measured, at `status.weightCalculationTime`; others were
  written down by somebody, and do not age.
* `bandwidthCapacity` is not latency, and not read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from kube.latency.errors import InputError
from kube.latency.measurement import STANDING, Measurement, Read
from kube.latency.time_text import TimeText
from policies.engine.problems import problems
from policies.model.site import Site, Sites

SOURCE: Final = "networktopology"
MEASURED: Final = "NetperfCosts"  # the name that the resource's own Go package gives to measured weights
_ZONE: Final = frozenset({"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"})
_REGION: Final = frozenset({"topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"})


class NetworkTopologySettings(BaseModel):
    """How costs are read; part of the scheduler's configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)
    ms_per_cost: float = Field(default=1.0, gt=0)
    """Milliseconds that a cost of 1 stands for."""
    costs_are_p95: bool = False
    """Whether 95 of 100 round trips stay below the cost, so that it may pass a hard limit."""
    weights: str = ""
    """Name of the weights to read; empty: NetperfCosts, else the first."""


class _Cost(BaseModel):
    destination: str = Field(min_length=1)
    network_cost: int = Field(default=0, alias="networkCost", ge=0)  # Go leaves out what is zero


class _Origin(BaseModel):
    origin: str = Field(min_length=1)
    costs: list[_Cost] = Field(default=[], validation_alias=AliasChoices("costList", "costs"))


class _Topology(BaseModel):
    topology_key: str = Field(alias="topologyKey", min_length=1)
    origins: list[_Origin] = Field(default=[], validation_alias=AliasChoices("originList", "originCosts"))


class _Weight(BaseModel):
    name: str = ""
    topologies: list[_Topology] = Field(default=[], validation_alias=AliasChoices("topologyList", "costList"))


class _Spec(BaseModel):
    weights: list[_Weight] = []


class _Status(BaseModel):
    calculated: TimeText = Field(default=None, alias="weightCalculationTime")


class _Resource(BaseModel):
    spec: _Spec = _Spec()
    status: _Status = _Status()


class NetworkTopologies:
    """The resources by name, each in its last good version."""

    def __init__(self, settings: NetworkTopologySettings) -> None:
        self._settings = settings
        self._good: dict[str, _Resource] = {}

    def read(self, contents: Mapping[str, Mapping[str, Any]], sites: Sites) -> Read:
        """What they tell of those sites; where two tell the same pair, the one whose name is first is believed."""
        before, self._good = self._good, {}
        found: list[str] = []
        for name in sorted(contents):
            try:
                self._good[name] = _parse(contents[name], name)
            except InputError as error:
                found += error.problems
                if name in before:
                    self._good[name] = before[name]
        told: dict[tuple[str, str], Measurement] = {}
        for resource in self._good.values():
            for each in _measurements(resource, sites, self._settings):
                told.setdefault((each.origin, each.to), each)
        return Read(tuple(told.values()), tuple(found))


def _parse(content: Mapping[str, Any], name: str) -> _Resource:
    try:
        return _Resource.model_validate(dict(content))
    except ValidationError as error:
        raise InputError(problems(error, source=f"networktopology {name}", model=_Resource)) from error


def _measurements(resource: _Resource, sites: Sites, settings: NetworkTopologySettings) -> Iterator[Measurement]:
    """Narrower places first, since the first that tells a pair is believed."""
    weight = _chosen(resource.spec.weights, settings.weights)
    if weight is None:
        return
    calculated = resource.status.calculated if weight.name == MEASURED else None
    for topology in sorted(weight.topologies, key=lambda topology: _breadth(topology.topology_key)):
        at = _places(topology.topology_key, sites)
        for origin in topology.origins:
            for cost in origin.costs:
                milliseconds = cost.network_cost * settings.ms_per_cost
                for a in at.get(origin.origin, ()):
                    for b in at.get(cost.destination, ()):
                        if a != b:
                            yield Measurement(
                                origin=a,
                                to=b,
                                p50_ms=milliseconds,
                                p95_ms=milliseconds if settings.costs_are_p95 else math.nan,
                                at_s=calculated.timestamp() if calculated else STANDING,
                                source=SOURCE,
                            )


def _chosen(weights: list[_Weight], name: str) -> _Weight | None:
    wanted = name or MEASURED
    named = next((weight for weight in weights if weight.name == wanted), None)
    return named or (weights[0] if weights and not name else None)


def _breadth(key: str) -> int:
    return 1 if key in _ZONE else 2 if key in _REGION else 0


def _places(key: str, sites: Sites) -> dict[str, list[str]]:
    """Names of sites by the place that they are in."""
    places: dict[str, list[str]] = {}
    for site in sites:
        if place := _place(key, site):
            places.setdefault(place, []).append(site.name)
    return places


def _place(key: str, site: Site) -> str:
    # a site may be named by its zone's label, and then need not bear it as a zone besides
    return (site.zone or site.name) if key in _ZONE else site.region if key in _REGION else site.name
