"""How many points kube-scheduler's own plugins can put between two nodes.

Every score plugin answers 0 to 100, times its weight. Which ones score and with what weight is merged as kube-scheduler
merges it: a plugin named under `score` goes before the same one under `multiPoint`, which goes before the defaults;
`disabled` takes away, `*` all; a weight of 0 or none is 1. Plugins that are not Kubernetes' own are taken to score,
because whether they do cannot be seen from outside.
"""

from __future__ import annotations

from typing import Final

from scheduler.lint.configuration import Content, SchedulerProfile, mapping, mappings, text, whole

POINTS_OF_A_PLUGIN: Final = 100  # framework MaxNodeScore
DYNAMIC_RESOURCES: Final = "DynamicResources"  # scores only pods that have resource claims

# pkg/scheduler/apis/config/v1/default_plugins.go, those that score
DEFAULT_WEIGHTS: Final = {
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "NodeResourcesFit": 1,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    DYNAMIC_RESOURCES: 2,
    "NodeResourcesBalancedAllocation": 1,
    "ImageLocality": 1,
}
SILENT: Final = frozenset({
    "DefaultBinder", "DefaultPreemption", "GangScheduling", "NodeDeclaredFeatures", "NodeName", "NodePorts",
    "NodeUnschedulable", "NodeVolumeLimits", "PodGroupPodsCount", "PrioritySort", "SchedulingGates",
    "TopologyPlacementGenerator", "VolumeRestrictions", "VolumeZone",
    "VolumeBinding",  # scores only behind the alpha gate StorageCapacityScoring
})  # fmt: skip


def score_weights(profile: SchedulerProfile) -> dict[str, int]:
    """The plugins of that profile that score, and their weights."""
    plugins = mapping(profile.content, "plugins")
    everywhere, scoring = mapping(plugins, "multiPoint"), mapping(plugins, "score")
    by_default = {} if _is_off("*", everywhere) else DEFAULT_WEIGHTS
    merged = {name: weight for name, weight in by_default.items() if not _is_off(name, everywhere)}
    merged |= _enabled(everywhere)
    if _is_off("*", scoring):
        merged = {}
    kept = {name: weight for name, weight in merged.items() if not _is_off(name, scoring)}
    return {name: weight for name, weight in (kept | _enabled(scoring)).items() if name not in SILENT}


def points(weights: dict[str, int]) -> int:
    """By how much two nodes can differ for a pod without resource claims."""
    return sum(weight for name, weight in weights.items() if name != DYNAMIC_RESOURCES) * POINTS_OF_A_PLUGIN


def claim_points(weights: dict[str, int]) -> int:
    """By how much more for a pod with resource claims (DRA)."""
    return weights.get(DYNAMIC_RESOURCES, 0) * POINTS_OF_A_PLUGIN


def _is_off(name: str, plugins: Content) -> bool:
    return any(text(each, "name") == name for each in mappings(plugins, "disabled"))


def _enabled(plugins: Content) -> dict[str, int]:
    return {text(each, "name"): whole(each, "weight") or 1 for each in mappings(plugins, "enabled")}
