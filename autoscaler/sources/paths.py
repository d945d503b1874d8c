"""Texts of a specification as segments of a path.

Names of metrics may hold `|` and `/`, so each is escaped by itself. `..` would be taken for a step up by whatever
handles the URL on its way, and lead a question elsewhere.
"""

from __future__ import annotations

from urllib.parse import quote

from autoscaler.sources.errors import NoMetric


def segment(text: str) -> str:
    """One segment of a path; NoMetric for what can be none."""
    if text in ("", ".", ".."):
        raise NoMetric(f"a name in the path of a metric must not be {text!r}")
    return quote(text, safe="")
