"""Log lines: what they are made of, and that a fault writes few of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from kube.program.logs import MOST_MESSAGES, JsonLines, Seldom, TextLines, configure

AT_S = 1_700_000_000.25


def record(
    message: str = "hello %s", *args: object, level: int = logging.INFO, at_s: float = AT_S
) -> logging.LogRecord:
    made = logging.LogRecord("scheduler.server", level, __file__, 1, message, args, None)
    made.created = at_s
    return made


def test_json_line_has_fields_of_its_own() -> None:
    told = record("hello %s", "you")
    told.pod, told.uid = "shop/web-0", "u"
    assert json.loads(JsonLines().format(told)) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "info",
        "logger": "scheduler.server",
        "message": "hello you",
        "pod": "shop/web-0",
        "uid": "u",
    }


def test_text_line_is_for_people() -> None:
    told = record("hello")
    told.pod = "shop/web-0"
    assert TextLines().format(told) == "2023-11-14T22:13:20.250Z INFO    hello pod=shop/web-0"


def test_traceback_is_in_the_line() -> None:
    told = record("failed", level=logging.ERROR)
    with pytest.raises(ValueError, match="invalid literal") as error:
        int("oh\nno")
    told.exc_info = (error.type, error.value, error.tb)
    line = JsonLines().format(told)
    assert "\n" not in line
    assert json.loads(line)["traceback"].splitlines()[0] == "Traceback (most recent call last):"
    assert "ValueError: invalid literal" in TextLines().format(told).splitlines()[-1]


def test_value_that_json_lacks_is_shown_as_text() -> None:
    told = record("hello")
    told.odd = {1}
    assert json.loads(JsonLines().format(told))["odd"] == "{1}"


def test_few_lines_a_minute_of_one_message_and_then_their_number() -> None:
    seldom = Seldom(lines_a_minute=2)
    passed = [seldom.filter(record("bad", level=logging.WARNING, at_s=AT_S + second)) for second in range(5)]
    assert passed == [True, True, False, False, False]
    assert seldom.filter(record("another", level=logging.WARNING))
    later = record("bad", level=logging.WARNING, at_s=AT_S + 60)
    assert seldom.filter(later)
    assert later.left_out == 3  # type: ignore[attr-defined]  # becomes a field of the line


def test_messages_of_one_kind_are_one_whatever_they_are_about() -> None:
    seldom = Seldom(lines_a_minute=1)
    assert seldom.filter(record("pod %s", "a", level=logging.WARNING))
    assert not seldom.filter(record("pod %s", "b", level=logging.WARNING))


def test_what_is_no_warning_is_never_left_out() -> None:
    seldom = Seldom(lines_a_minute=1)
    assert all(seldom.filter(record("ready")) for _ in range(5))


def test_memory_for_messages_is_bounded() -> None:
    seldom = Seldom()
    for number in range(MOST_MESSAGES + 50):
        seldom.filter(record(f"message {number}", level=logging.WARNING))
    assert len(seldom._seen) == MOST_MESSAGES


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    logger.handlers.clear()  # configure() would close what belongs to pytest
    yield logger
    logger.handlers[:], logger.level = handlers, level


def test_configured_logs_go_to_the_stream_from_their_level_up(root: logging.Logger) -> None:
    stream = io.StringIO()
    configure(level="warning", form="json", stream=stream)
    logging.getLogger("anything").info("quiet")
    logging.getLogger("anything").warning("loud", extra={"uid": "u"})
    (line,) = stream.getvalue().splitlines()
    assert (json.loads(line)["message"], json.loads(line)["uid"]) == ("loud", "u")
