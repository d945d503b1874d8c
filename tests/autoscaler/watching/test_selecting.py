"""Selectors as text, as `kubectl -l` and the scale subresource have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.watching.selecting import parsed, text
from kube.mirror.selector import Requirement, Selector
from policies.errors import ModelError

keys = st.sampled_from(["app", "tier", "app.kubernetes.io/name", "x-y_z"])
values = st.frozensets(st.sampled_from(["a", "b.c", "d-e"]), min_size=1)
requirements = st.one_of(
    st.builds(Requirement, keys, st.sampled_from(["In", "NotIn"]), values),
    st.builds(Requirement, keys, st.sampled_from(["Exists", "DoesNotExist"])),
)


@given(st.lists(requirements, unique_by=lambda each: each.key))
def test_text_and_selector_lead_to_each_other(found: list[Requirement]) -> None:
    selector = Selector(tuple(sorted(found, key=lambda each: each.key)))
    assert parsed(text(selector)) == selector


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a=b", "a=b"),
        ("a==b", "a=b"),
        (" a = b , c != d ", "a=b,c!=d"),
        ("a in ( c, b )", "a in (b,c)"),
        ("a in (b)", "a=b"),
        ("z,!y", "!y,z"),
        ("", ""),
    ],
)
def test_the_same_selector_is_the_same_text(written: str, shown: str) -> None:
    assert text(parsed(written)) == shown


@pytest.mark.parametrize("written", ["a=b c=d", "=b", "!a=b", "a in b", "a notin", "a,,b"])
def test_what_is_no_selector_is_refused(written: str) -> None:
    with pytest.raises(ModelError, match="selector must be like"):
        parsed(written)
