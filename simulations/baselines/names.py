"""Deciders by the names that users type: a baseline, one of our profiles or policies, or both in two stages.

* `kube-scheduler` – the default plugins and the default sampling of nodes;
* `least-allocated`, `most-allocated` – that one strategy of NodeResourcesFit over all nodes; `random` – any feasible
  node;
* `edge-default`, `fragmentation`, … – a profile, or one policy alone, deciding by itself;
* `kube-scheduler+edge-default` – kube-scheduler with our extender at its recommended weight, looking at all nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from policies.engine.catalogue import Catalogue
from policies.engine.decide import Engine
from policies.engine.profile import Profile
from policies.engine.weight import recommended_weight
from policies.errors import PolicyError, UnknownName
from simulations.baselines import in_tree
from simulations.baselines.decider import Decider
from simulations.baselines.kube_scheduler import DEFAULT_PLUGINS, KubeScheduler, Plugin
from simulations.errors import InputError
from simulations.unknown import unknown

DEFAULT = "kube-scheduler"
_PLUGINS: Mapping[str, Mapping[Plugin, int]] = {
    DEFAULT: DEFAULT_PLUGINS,
    "least-allocated": {in_tree.least_allocated: 1},
    "most-allocated": {in_tree.most_allocated: 1},
    "random": {},
}
BASELINES = tuple(_PLUGINS)


def all_names(known: Catalogue) -> tuple[str, ...]:
    """Every name that decides alone, once: a policy and a profile may share theirs."""
    return tuple(dict.fromkeys([*BASELINES, *known.profile_files, *known.policies]))


def profile_named(name: str, known: Catalogue, *, also: Iterable[str] = ()) -> Profile | None:
    """The profile that decides under this name, None for a baseline.

    InputError when there is no such name, with those that there are; *also* are the caller's own.
    """
    if name in _PLUGINS:
        return None
    head, plus, rest = name.partition("+")
    if plus and head != DEFAULT:
        raise InputError(f"policy {name!r}: only {DEFAULT}+PROFILE runs in two stages")
    try:
        return known.named(rest if plus else name)
    except UnknownName:
        alone = all_names(known)
        staged = [f"{DEFAULT}+{profile}" for profile in alone if profile not in _PLUGINS] if plus else []
        raise InputError(unknown("policy", name, staged or [*also, *alone])) from None
    except PolicyError as error:
        raise InputError(str(error)) from error


def decider(name: str, profile: Profile | None, seed: int) -> Decider:
    """The decider of that name; *profile* is what `profile_named` gave for it, perhaps with other parameters."""
    rng = np.random.default_rng((seed, 0x6E6F6465))  # a stream of its own beside the workload's
    if profile is None:
        percent = None if name == DEFAULT else 100
        return KubeScheduler(_PLUGINS[name], rng, percent=percent)
    engine = Engine(profile)
    if "+" in name:
        return KubeScheduler(DEFAULT_PLUGINS, rng, extender=engine, weight=recommended_weight(profile))
    return engine
