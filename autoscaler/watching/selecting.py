"""Label selectors between their two forms: of a workload's spec, and the text that a scale subresource has.

The text is what metrics APIs are asked with, so it is always the same for the same selector.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from kube.mirror.selector import Requirement, Selector
from policies.errors import ModelError

_TERM = re.compile(
    r"\s*(?P<not>!?)\s*(?P<key>[\w./-]+)\s*"
    r"(?:(?P<op>==|!=|=)\s*(?P<value>[\w.-]*)|(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?\s*(?:,|$)",
    re.ASCII,
)


def text(selector: Selector) -> str:
    """As `kubectl -l` takes it, in order of keys (apimachinery sorts them, too)."""
    return ",".join(_shown(each) for each in sorted(selector.requirements, key=lambda each: each.key))


@lru_cache(maxsize=16_384)
def parsed(written: str) -> Selector:
    """The selector of a text; ModelError for one that is none."""
    found: list[Requirement] = []
    at = 0
    while at < len(written):
        term = _TERM.match(written, at)
        if term is None or (term["not"] and (term["op"] or term["set"])):
            raise ModelError(f"selector must be like `a=b,c in (d,e),!f`, got {written!r}")
        found.append(_requirement(term))
        at = term.end()
    return Selector(tuple(found))


def _requirement(term: re.Match[str]) -> Requirement:
    key = term["key"]
    if term["set"]:
        values = frozenset(value.strip() for value in term["values"].split(","))
        return Requirement(key, "In" if term["set"] == "in" else "NotIn", values)
    if term["op"]:
        return Requirement(key, "NotIn" if term["op"] == "!=" else "In", frozenset({term["value"]}))
    return Requirement(key, "DoesNotExist" if term["not"] else "Exists")


def _shown(each: Requirement) -> str:
    if each.operator == "Exists":
        return each.key
    if each.operator == "DoesNotExist":
        return f"!{each.key}"
    if len(each.values) == 1:
        return f"{each.key}{'=' if each.operator == 'In' else '!='}{next(iter(each.values))}"
    return f"{each.key} {each.operator.lower()} ({_listed(each.values)})"


def _listed(values: Iterable[str]) -> str:
    return ",".join(sorted(values))
