"""Verbs: what an extender is asked, and what is set for a question that it never gets."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import VERBS, Extender, text
from scheduler.lint.finding import UNSET, Finding, error, hint, warning


def verbs(asked: Asked) -> Iterator[Finding]:
    """Weights and verbs that need each other, several binders, and verbs that do not reach anything."""
    extenders = asked.configuration.extenders
    if not extenders:
        yield warning(
            "extenders",
            UNSET,
            "no extender is asked anything",
            "an entry with urlPrefix, the four verbs, weight and nodeCacheCapable: true",
        )
    binders = [each for each in extenders if "bindVerb" in each.verbs]
    for extender in binders[1:]:
        yield error(
            f"{extender.path}.bindVerb",
            extender.content["bindVerb"],
            f"only one extender can bind, and {binders[0].path} does; kube-scheduler refuses the file",
            "remove one of the two",
        )
    for extender in extenders:
        yield from _weighed(extender)
        yield from _missing(extender)
        for field in extender.verbs:
            said = text(extender.content, field)
            if said.startswith("/"):
                yield warning(
                    f"{extender.path}.{field}", said, f"is asked at …/{said}, with two slashes", said.lstrip("/")
                )


def _weighed(extender: Extender) -> Iterator[Finding]:
    said = extender.content.get("weight")
    if said and "prioritizeVerb" not in extender.verbs:
        yield warning(f"{extender.path}.weight", said, "weighs nothing: without prioritizeVerb no scores are asked for",
                      "prioritizeVerb: prioritize")  # fmt: skip


def _missing(extender: Extender) -> Iterator[Finding]:
    verbs = set(extender.verbs)
    if not verbs:
        yield warning(extender.path, UNSET, "has no verb, so it is never asked", f"at least one of {', '.join(VERBS)}")
        return
    if "filterVerb" not in verbs:
        yield warning(
            f"{extender.path}.filterVerb",
            UNSET,
            "nothing keeps a pod from a node that the extender would refuse: latency limits, required hints, full GPUs",
            "filter",
        )
    if "bindVerb" in verbs and "preemptVerb" not in verbs:
        yield warning(
            f"{extender.path}.preemptVerb",
            UNSET,
            "kube-scheduler does not know shares of GPUs, so it evicts pods whose going makes no room for this one",
            "preempt",
        )
    if "filterVerb" in verbs and "bindVerb" not in verbs and "prioritizeVerb" in verbs:
        yield hint(
            f"{extender.path}.bindVerb",
            UNSET,
            "no devices are chosen for pods that share GPUs, and the extender learns of a decision only by its watch",
            "bind, unless another extender binds",
        )
