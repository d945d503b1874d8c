"""Logs: one JSON object a line for a collector, or one line of text for a terminal.

What a line is about goes by `extra={"verb": …, "pod": …, "uid": …}` and becomes fields of it. kube-scheduler
sends no request id; the pod's uid is what ties lines together. Bodies and headers are never logged.

Something that goes wrong goes wrong for every pod: of each message a few lines a minute are written and the rest are
counted, so that a fault fills no disk.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "text"]

LINES_A_MINUTE: Final = 10
MOST_MESSAGES: Final = 1000  # that are counted apart
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(*, level: Level, form: Format, stream: TextIO = sys.stderr) -> None:
    """Log to that stream from now on, libraries included."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(Seldom())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


class JsonLines(logging.Formatter):
    """Time, level, logger, message, the fields, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """The same for a person."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {key}={value}" for key, value in _fields(record).items())
        line = f"{_time(record)} {record.levelname:<7} {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class Seldom(logging.Filter):
    """Passes a few lines a minute of each message of level warning or above, and the number of those left out."""

    def __init__(self, lines_a_minute: int = LINES_A_MINUTE) -> None:
        super().__init__()
        self._most = lines_a_minute
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}  # message → start of its minute, lines since

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        key = (record.name, str(record.msg))
        since_s, lines = self._seen.get(key, (record.created, 0))
        if record.created - since_s >= 60.0:
            if lines > self._most:
                record.left_out = lines - self._most
            since_s, lines = record.created, 0
        if key not in self._seen and len(self._seen) >= MOST_MESSAGES:
            self._seen.pop(next(iter(self._seen)))
        self._seen[key] = (since_s, lines + 1)
        return lines < self._most


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _OWN}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
