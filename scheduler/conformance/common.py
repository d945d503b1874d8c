"""What holds for the answers of every verb: that there is one, with status 200, which Go can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from scheduler.conformance.client import Answer
from scheduler.conformance.go_json import UnmarshalError
from scheduler.conformance.rule import Result, must, should


class Decoded(Protocol):
    """An answer in its parts."""

    @property
    def ignored(self) -> Sequence[str]:
        """Keys that kube-scheduler does not know."""


Read = TypeVar("Read", bound=Decoded)
LISTED: Final = 5  # names that a message shows

ANSWERED: Final = must(
    "answered",
    "every request is answered within httpTimeout",
    "the pod fails this attempt with a SchedulerError; with ignorable: true the extender is left out",
)
STATUS: Final = must(
    "status-200",
    "the status is 200 and nothing else",
    "201, 204 and redirects are errors, too, and the body with its Error text is thrown away",
)
READABLE: Final = must(
    "readable",
    "the answer is JSON of the right types, read as Go reads it",
    "the whole answer is dropped: filter, bind and preempt fail, and scores are lost without a trace in the log",
)
KNOWN_KEYS: Final = should(
    "known-keys",
    "only keys that kube-scheduler knows, in any case of letters, but without underscores",
    "other keys are ignored silently, so what they say is lost",
)
LENGTH: Final = should(
    "content-length",
    "the answer comes with Content-Length",
    "what is sent in chunks may be left unread to its end, and then the connection cannot be used again",
)
KEPT_OPEN: Final = should(
    "kept-open",
    "the connection stays open after an answer",
    "every call of every pod connects anew, with TLS a full handshake",
)


def read(
    answer: Answer,
    case: str,
    decode: Callable[[bytes], Read],
    results: list[Result],
) -> Read | None:
    """What the answer says, None when kube-scheduler would not come to read it; its *results* are added."""
    results.append(ANSWERED.result(case, answer.problem))
    if answer.problem:
        return None
    wrong = "" if answer.status == 200 else f"status {answer.status}: {excerpt(answer.body)}"
    results.append(STATUS.result(case, wrong))
    if wrong:
        return None
    results.append(LENGTH.result(case, "" if "Content-Length" in answer.headers else "no Content-Length"))
    closes = answer.headers.get("Connection", "").lower() == "close"
    results.append(KEPT_OPEN.result(case, "Connection: close" if closes else ""))
    try:
        found = decode(answer.body)
    except UnmarshalError as problem:
        results.append(READABLE.result(case, f"{problem}: {excerpt(answer.body)}"))
        return None
    results.append(READABLE.result(case, ""))
    results.append(KNOWN_KEYS.result(case, listed("ignored: ", found.ignored)))
    return found


def listed(what: str, names: Iterable[str]) -> str:
    """`ignored: a, b`, with the first few names; empty when there is no name."""
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - LISTED} more" if len(every) > LISTED else ""
    return f"{what}{', '.join(every[:LISTED])}{more}" if every else ""


def excerpt(body: bytes, length: int = 120) -> str:
    """The beginning of a body, on one line."""
    text = " ".join(body[: 4 * length].decode("utf-8", errors="replace").split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
