"""Times as people write them: `now`, `7d`, `3 hours ago`, `2026-11-01T10:00:00+09:00`, `1700000000`."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Final

from prometheus_api_client.utils import parse_datetime

from autoscaler.recording.errors import AskedError

_SETTINGS: Final[dict[str, Any]] = {
    "TIMEZONE": "UTC",  # where the text names none
    "RETURN_AS_TIMEZONE_AWARE": True,
    "PREFER_DATES_FROM": "past",
    "DATE_ORDER": "YMD",
    "REQUIRE_PARTS": ["day", "month"],
}


def moment(field: str, text: str) -> int:
    """Seconds since 1970, whole ones; AskedError names the *field*."""
    found: datetime | None = parse_datetime(text, _SETTINGS)
    if found is None:
        raise AskedError(f"{field}: must be a time such as now, 7d, 2026-11-01T10:00:00Z or 1700000000, got {text!r}")
    return math.floor(found.timestamp())
