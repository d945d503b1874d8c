from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import ModelError
from policies.model.hint import Hint, parse_groups


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("cloud", [("cloud",)]),
        ("seoul,[busan,daegu],cloud", [("seoul",), ("busan", "daegu"), ("cloud",)]),
        (" [ a , b ] , c ", [("a", "b"), ("c",)]),
        ("[a]", [("a",)]),
    ],
)
def test_groups_are_read(text: str, groups: list[tuple[str, ...]]) -> None:
    assert parse_groups(text) == groups


@pytest.mark.parametrize(
    "text",
    ["", "  ", ",", "a,", ",a", "a,,b", "a b", "[", "]", "[]", "[a", "a]", "[a,]", "[,a]", "[a,[b]]", "[a][b]", "a[b]"],
)
def test_bad_groups_are_refused_and_shown(text: str) -> None:
    with pytest.raises(ModelError) as error:
        parse_groups(text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("asked", "groups"),
    [
        ({"preferred": "local"}, (("local",), ("neighbor",), ("cloud",))),
        ({"preferred": "cloud"}, (("cloud",), ("local",), ("neighbor",))),
        ({"preferred": "local", "fallback": "cloud"}, (("local",), ("cloud",))),
        ({"fallback": "[a,b],a,cloud"}, (("a", "b"), ("cloud",))),
        ({"preferred": "local", "fallback": "local,[local,b,b]"}, (("local",), ("b",))),
        ({"preferred": "local", "required": True}, (("local",),)),
        ({"preferred": "local", "fallback": "neighbor", "required": True}, (("local",), ("neighbor",))),
        ({}, (("local",), ("neighbor",), ("cloud",))),
    ],
    ids=[
        "the others follow in the natural order",
        "also after another first choice",
        "a fallback says it all",
        "a place counts where it is named first",
        "repeats vanish",
        "required alone means that place",
        "required with a fallback means these places",
        "no wish is the natural order",
    ],
)
def test_annotations_make_groups(asked: dict[str, object], groups: tuple[tuple[str, ...], ...]) -> None:
    assert Hint.parse(**asked).groups == groups  # type: ignore[arg-type]


def test_nested_lists_of_gedge_are_groups() -> None:
    assert Hint.of(["c1", ["c2", "c3"], "c4"]) == Hint(groups=(("c1",), ("c2", "c3"), ("c4",)))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"preferred": "moon"}, "must be one of local, neighbor, cloud, got 'moon'"),
        ({"required": True}, "at least one"),
    ],
)
def test_bad_annotations_are_refused(asked: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Hint.parse(**asked)  # type: ignore[arg-type]


@given(st.text(st.sampled_from("ab[], \t\x1c"), max_size=12) | st.text(max_size=8))
def test_any_text_is_groups_or_a_model_error(text: str) -> None:
    try:
        hint = Hint.parse(fallback=text)
    except ModelError:
        return
    places = [place for group in hint.groups for place in group]
    assert places
    assert len(set(places)) == len(places)
    assert not any(set(place) & set("[], ") for place in places)


names = st.text("abcdef", min_size=1, max_size=3)


@given(st.lists(st.lists(names, min_size=1, max_size=3, unique=True), min_size=1, max_size=4))
def test_written_groups_are_read_back(groups: list[list[str]]) -> None:
    text = ",".join(group[0] if len(group) == 1 else f"[{','.join(group)}]" for group in groups)
    assert parse_groups(text) == [tuple(group) for group in groups]
