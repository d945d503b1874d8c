"""Times as people and Kubernetes write them (RFC 3339): a day, an hour and a zone, or none at all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator


def _time(value: Any) -> datetime | None:
    """YAML itself reads most of these, JSON none; a time without its zone is nobody's time."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        time = ""
    if time is not None and not (isinstance(time, datetime) and time.tzinfo):
        raise ValueError(f"must be a time with its zone, as 2026-05-01T09:00:00Z, got {str(value)!r}")
    return time


TimeText = Annotated[datetime | None, BeforeValidator(_time)]
