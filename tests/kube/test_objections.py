"""What is wrong with an object is counted each time and said once."""

from __future__ import annotations

import pytest

from kube.decoding import Meta
from kube.objections import MOST_SAID, Objections


def test_each_object_and_text_is_said_once_and_counted_each_time(caplog: pytest.LogCaptureFixture) -> None:
    objections = Objections("pods")
    for _ in range(3):
        objections.note(Meta(namespace="web", name="a"), ValueError("cpu:\n-1"))
        objections.note(Meta(name="b"), ValueError("cpu: -1"))
    objections.note(Meta(namespace="web", name="a"), ValueError("cpu: -2"))
    objections.note(Meta(), ValueError("no"))
    assert objections.count == 8  # 3 × 2 + 2
    assert caplog.messages == [
        "pods web/a is passed over: cpu: -1",
        "pods b is passed over: cpu: -1",
        "pods web/a is passed over: cpu: -2",
        "pods (an object without a name) is passed over: no",
    ]


def test_memory_of_what_was_said_is_bounded() -> None:
    objections = Objections("pods")
    for number in range(3 * MOST_SAID):
        objections.note(Meta(name=str(number)), ValueError("no"))
    assert len(objections._said) <= MOST_SAID
