"""What an extender has to keep as a server, whatever it decides."""

from __future__ import annotations

from typing import Final

from scheduler.conformance.rule import must, should

GO_IDLE_S: Final = 90.0  # net/http IdleConnTimeout, as kube-scheduler has it

REPEATABLE: Final = should(
    "repeatable",
    "the same question again has the same answer",
    "filter is asked again for a nominated pod and by tools that only want to know; it must not reserve anything",
)
LOWER_CASE: Final = should(
    "lower-case-keys",
    "keys are read in any case of letters, as Go reads them",
    "schedulers before 1.17 and other callers send `pod`, `nodes`, `nodenames`",
)
EMPTY: Final = should("empty-lists", "a request without nodes is answered with 200", "other callers get no reason")
MALFORMED: Final = should(
    "malformed",
    "a body that is no request is answered with 200 and Error, or an empty list of scores",
    "the text that comes with any other status is thrown away",
)
ALIVE: Final = must(
    "alive-after-malformed",
    "a good request after bad ones is answered as ever",
    "one stray request stops all scheduling",
)
CONCURRENT: Final = must(
    "concurrent",
    "requests at the same time are answered each for itself",
    "scores are asked for while other pods are bound, so answers mix up",
)
BIG: Final = must(
    "big-body",
    "a request of 2 MiB is answered",
    "many servers stop at 1 MiB with 413: with whole nodes that is the end at 60 to 200 nodes",
)
REUSED: Final = must(
    "connection-reused",
    "a connection can be used again",
    "a new connection for each call costs time; and one closed at the wrong moment fails the pod (EOF)",
)
IDLE: Final = must(
    "idle-connection",
    "an idle connection stays open for longer than 90 s, when kube-scheduler closes it",
    'a request that meets the closing fails with `Post "…": EOF` and is not made again',
)
