"""A moment as Kubernetes writes it in events and leases."""

from __future__ import annotations

from datetime import UTC, datetime


def micro_time(at_s: float) -> str:
    """MicroTime: RFC 3339 with six digits."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
