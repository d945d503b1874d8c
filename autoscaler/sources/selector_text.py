"""A LabelSelector as the text that `labelSelector` takes: sorted, so that equal selectors are equal texts.

The form is that of apimachinery's labels.Selector.String().
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoscaler.planner.errors import SpecError


def selector_text(selector: Mapping[str, Any]) -> str:
    """`app=shop,tier in (a,b),!old`; an empty selector, which selects all, is the empty text."""
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    terms += [(expression["key"], _term(expression)) for expression in selector.get("matchExpressions") or ()]
    return ",".join(term for _, term in sorted(terms))


def _term(expression: Mapping[str, Any]) -> str:
    key, operator = expression["key"], expression["operator"]
    values = ",".join(sorted(expression.get("values") or ()))
    match operator:
        case "In":
            return f"{key} in ({values})"
        case "NotIn":
            return f"{key} notin ({values})"
        case "Exists":
            return str(key)
        case "DoesNotExist":
            return f"!{key}"
    raise SpecError(f"matchExpressions: operator must be In, NotIn, Exists or DoesNotExist, got {operator!r}")
