"""Answers are read as Go reads them, and whatever comes is either read or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.conformance.answers import bound, filtered, preempted, scored
from scheduler.conformance.go_json import UnmarshalError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["Nodes", "items", "NodeNames", "FailedNodes", "Error", "Host", "Score", "Pods", "UID",
                         "NodeNameToMetaVictims", "NumPDBViolations", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
@pytest.mark.parametrize("decode", [filtered, scored, preempted, bound], ids=lambda decode: decode.__name__)
def test_any_body_is_read_or_refused(decode: Callable[[bytes], Any], body: bytes) -> None:
    with suppress(UnmarshalError):  # anything else would be a bug
        assert decode(body) is not None


def test_keys_are_found_in_any_case_and_null_is_unset() -> None:
    found = filtered(b'{"nodenames": ["a"], "FAILEDNODES": {"b": null}, "error": null, "Nodes": null}')
    assert (found.node_names, found.failed, found.error, found.nodes) == (("a",), {"b": ""}, "", None)


def test_empty_list_is_not_the_same_as_none() -> None:
    assert filtered(b'{"NodeNames": []}').node_names == ()
    assert filtered(b"{}").node_names is None


def test_what_comes_after_the_first_value_is_ignored() -> None:
    assert scored(b' [{"host": "a", "score": 7}] <html>').scores == (("a", 7),)


def test_null_is_an_empty_answer() -> None:
    assert scored(b"null").scores == ()
    assert preempted(b"null").victims == {}
    assert bound(b"null").error == ""


@pytest.mark.parametrize(
    ("score", "says"),
    [
        ("7.0", "7.0, which is no whole number to Go"),
        ("1e1", "1e1, which is no whole number to Go"),
        ('"7"', "a string, not a whole number"),
        ("true", "true or false, not a whole number"),
        (str(2**63), "more than an int64 holds"),
        ("NaN", "NaN is no JSON"),
        ("-Infinity", "-Infinity is no JSON"),
    ],
)
def test_score_that_go_refuses_is_refused(score: str, says: str) -> None:
    with pytest.raises(UnmarshalError) as refused:
        scored(f'[{{"Host": "a", "Score": {score}}}]'.encode())
    assert says in str(refused.value)
