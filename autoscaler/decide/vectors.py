"""A line of JSON to its answer: conformance vectors of all kinds, and our own decision records.

A vector's answer has the same fields as its `expected` would, and is made without looking at it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from autoscaler.decide import calculators, limiting, whole_pass
from autoscaler.decide.errors import DecideError, VectorError
from autoscaler.decide.fields import Fields
from autoscaler.planner import record
from autoscaler.planner.errors import PlannerError

KINDS: Mapping[str, Callable[[Fields], dict[str, Any]]] = {
    "behavior_rate": limiting.behavior_rate,
    "calculate_requests": calculators.calculate_requests,
    "clamp_default": limiting.clamp_default,
    "controller": whole_pass.controller,
    "external": calculators.total,
    "group_pods": calculators.group_pods,
    "object": calculators.total,
    "perpod-external": calculators.total_per_pod,
    "perpod-object": calculators.total_per_pod,
    "pods": calculators.pods,
    "resource": calculators.resource,
    "scale_down_limit": limiting.scale_down_limit,
    "scale_up_limit": limiting.scale_up_limit,
    "stabilize_behavior": limiting.stabilize_behavior,
    "stabilize_default": limiting.stabilize_default,
    "store_scale_events": limiting.store_scale_events,
}


def answers(lines: Iterable[bytes], *, where: str) -> Iterator[dict[str, Any]]:
    """One answer a line, empty lines passed over; DecideError names *where*, the line, the field and the value."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield answer(line)
        except (DecideError, PlannerError) as error:
            raise DecideError(f"{where}:{number}: {error}") from error


def answer(line: bytes) -> dict[str, Any]:
    """The answer to one line."""
    try:
        content = json.loads(line)
    except ValueError as error:
        raise VectorError(f"not JSON: {error}") from error
    fields = Fields(content)
    kind = fields.text("kind")
    if kind == record.KIND:
        recorded = record.decode(line)
        return {"id": recorded.id, "decision": record.answer(record.replay(recorded))}
    if kind not in KINDS:
        raise fields.wrong("kind", f"one of {', '.join(sorted((*KINDS, record.KIND)))}")
    if not fields.has("id"):
        raise VectorError("id is missing: wanted a number or a text")
    return {"id": content["id"], "expected": KINDS[kind](fields)}
