"""The weight that our extender needs in a KubeSchedulerConfiguration.

kube-scheduler adds `integer · weight · 10` to its own scores, which differ by at most 1200 points between two nodes
(12 weighted plugins of 100: TaintToleration 3, NodeAffinity 2, PodTopologySpread 2, InterPodAffinity 2, Fit, Balanced,
ImageLocality 1), and by 200 more where the plugin of dynamic resource allocation scores, too. A better tier is at least
one integer better, so the hint decides from the weight on at which one integer is more than those points.
"""

from __future__ import annotations

from policies.engine.profile import Profile

IN_TREE_POINTS = 1200
POINTS_PER_INTEGER = 10  # MaxNodeScore 100 / MaxExtenderPriority 10


def recommended_weight(profile: Profile, in_tree_points: int = IN_TREE_POINTS) -> int:
    """The least weight with which one integer outweighs all in-tree scores, which are *in_tree_points* at most.

    Where the shortlist passes only the best tier, the least with which our whole range does, so that both have a say.
    """
    best_only = profile.shortlist is not None and profile.shortlist.tiers == "best"
    decides = profile.top_score if best_only else 1
    return in_tree_points // (POINTS_PER_INTEGER * decides) + 1
