"""The weight with which the extender's best node is the one that gets the pod.

kube-scheduler adds the extender's integer · weight · 10 to what its own plugins say. With too little weight the node
that the extender scored best is often not the one taken, and nothing tells why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies.engine.profile import EXTENDER_TOP_SCORE, Profile
from policies.engine.weight import POINTS_PER_INTEGER, recommended_weight
from scheduler.lint.asked import Asked
from scheduler.lint.configuration import Configuration, Extender, SchedulerProfile, text
from scheduler.lint.finding import UNSET, Finding, error, hint, warning
from scheduler.lint.in_tree import claim_points, points, score_weights

OURS = re.compile(r"edgeward|:8890\b")  # a name, or the port that the extender has unless told otherwise


@dataclass(frozen=True)
class _Against:
    """The points that one profile of kube-scheduler can set against the extender's."""

    where: str
    plain: int
    with_claims: int
    made_of: str


def weight(asked: Asked) -> Iterator[Finding]:
    """Whether the hint decides, for the scheduler profile that sets most against it."""
    configuration, profile = asked.configuration, asked.profile
    extender = the_one(configuration)
    if extender is None:
        return
    against = max((_against(configuration, extender, each) for each in configuration.profiles), key=_most)
    needed, with_claims = (recommended_weight(profile, each) for each in (against.plain, against.with_claims))
    path, said = f"{extender.path}.weight", extender.weight
    yield from _missing(configuration, needed)
    if said <= 0:
        return
    if said < needed and _shortlists(profile):
        yield hint(
            path,
            said,
            f"the shortlist of profile {profile.name!r} keeps the order of tiers whatever the weight, but inside a "
            f"tier our whole range (0 to {profile.top_score}) is less than {against.plain} points of {against.where}",
            f"{needed}",
        )
    elif said < needed:
        yield warning(
            path,
            said,
            f"one integer of profile {profile.name!r} is {said * POINTS_PER_INTEGER} points, and "
            f"{against.where} can set {against.plain} against it ({against.made_of}): the hint does not decide",
            f"{needed} ({needed * POINTS_PER_INTEGER} > {against.plain})"
            + (f", or {with_claims} where pods have resource claims" if with_claims > needed else ""),
        )
    elif said < with_claims and not _shortlists(profile):
        yield hint(
            path,
            said,
            f"is enough, but for pods with resource claims (DRA) {against.where} has {against.with_claims} points",
            f"{with_claims} where such pods have hints",
        )


def the_one(configuration: Configuration) -> Extender | None:
    """The extender whose scores are to decide: ours by its URL, else the first that scores."""
    scoring = [each for each in configuration.extenders if text(each.content, "prioritizeVerb")]
    ours = [each for each in scoring if OURS.search(text(each.content, "urlPrefix").lower())]
    return next(iter(ours or scoring), None)


def _missing(configuration: Configuration, needed: int) -> Iterator[Finding]:
    for extender in configuration.extenders:
        if text(extender.content, "prioritizeVerb") and extender.weight <= 0:
            yield error(
                f"{extender.path}.weight",
                extender.content.get("weight", UNSET),
                "must be positive where there is a prioritizeVerb; kube-scheduler refuses the file",
                f"{needed}",
            )


def _shortlists(profile: Profile) -> bool:
    return profile.shortlist is not None and profile.shortlist.tiers == "best"


def _most(against: _Against) -> tuple[int, int]:
    return against.plain, against.with_claims


def _against(configuration: Configuration, extender: Extender, profile: SchedulerProfile) -> _Against:
    weights = score_weights(profile)
    others = {
        each.path: each.weight * EXTENDER_TOP_SCORE * POINTS_PER_INTEGER
        for each in configuration.extenders
        if each is not extender and text(each.content, "prioritizeVerb") and each.weight > 0
    }
    plain = points(weights) + sum(others.values())
    parts = [f"{name} {weight}" for name, weight in weights.items() if name != "DynamicResources"]
    made_of = f"100 × ({' + '.join(parts)})" if parts else "no plugin of its own"
    return _Against(
        where=f"the scheduler profile {profile.name!r}",
        plain=plain,
        with_claims=plain + claim_points(weights),
        made_of=" + ".join([made_of, *(f"{path} {most}" for path, most in others.items())]),
    )
