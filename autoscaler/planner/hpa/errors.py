"""A metric that has no answer: rules 11–32 say when, in the words that people know from events of an HPA."""

from __future__ import annotations

from autoscaler.planner.errors import PlannerError


class MetricError(PlannerError):
    """No proposal can be made of a metric; the others may still have one (rule 34)."""
