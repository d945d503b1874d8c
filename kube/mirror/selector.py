"""A LabelSelector, read once and then asked about many pods (apimachinery labels.Requirement.Matches)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.model.manifest import Manifest

_WITH_VALUES = ("In", "NotIn")
_WITHOUT_VALUES = ("Exists", "DoesNotExist")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one label must be like."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Do these labels fulfil it? A label that is not there is not in any list."""
        value = labels.get(self.key)
        if self.operator == "In":
            return value in self.values
        if self.operator == "NotIn":
            return value not in self.values
        return (value is not None) == (self.operator == "Exists")


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements must hold; without any it selects nobody, as kube-scheduler reads that of a budget."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Are these labels selected?"""
        return bool(self.requirements) and all(requirement.matches(labels) for requirement in self.requirements)


def selector(told: Manifest) -> Selector:
    """`matchLabels` and `matchExpressions`; ModelError for what the API server would refuse, too."""
    found = [Requirement(key, "In", frozenset({value})) for key, value in told.texts("matchLabels").items()]
    for expression in told.parts("matchExpressions"):
        operator = expression.text("operator")
        values = expression.content.get("values") or []
        if operator not in _WITH_VALUES + _WITHOUT_VALUES:
            known = ", ".join(_WITH_VALUES + _WITHOUT_VALUES)
            expression.fail("operator", f"must be one of {known}, got {operator!r}")
        if not isinstance(values, list) or bool(values) != (operator in _WITH_VALUES):
            wanted = "a list of texts" if operator in _WITH_VALUES else "empty"
            expression.fail("values", f"must be {wanted} for {operator}, got {values!r}")
        found.append(Requirement(expression.text("key"), operator, frozenset(map(str, values))))
    return Selector(tuple(found))
