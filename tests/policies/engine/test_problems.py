"""Every problem of a document on a line of its own: path, what was wanted, what came, and what was perhaps meant."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic.dataclasses import dataclass as checked

from policies.engine.problems import LONGEST_VALUE, found, path, problems, shown

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


class Mode(StrEnum):
    MEAN = "mean"
    TAIL = "tail"


class Span(BaseModel):
    model_config = STRICT
    count: int = Field(ge=1)
    start: int = 0


@checked(frozen=True, slots=True, kw_only=True, config=STRICT)
class Params:
    max_rtt_ms: float = Field(default=20.0, gt=0)
    mode: Mode = Mode.MEAN


class Step(BaseModel):
    model_config = STRICT
    policy: str = Field(min_length=2)
    weight: Annotated[float, Field(ge=0)] = 1.0
    params: Params | None = None


class Document(BaseModel):
    model_config = STRICT
    steps: list[Step] = Field(default_factory=list, max_length=9)
    seeds: list[int] | Span = Field(default_factory=list)
    limits: dict[str, int] = Field(default_factory=dict)
    pair: tuple[int, str] = (1, "a")
    source: Literal["auto", "builtin"] = "auto"
    either: int | str = 1
    proven: bool = False
    site_name: str = Field("", alias="siteName", pattern="^[a-z]*$")

    @field_validator("limits")
    @classmethod
    def no_more_than_two(cls, limits: dict[str, int]) -> dict[str, int]:
        if len(limits) > 2:
            raise ValueError(f"at most 2 limits, {len(limits)} are given")
        return limits


def told(raw: object, model: Any = Document, at: tuple[str | int, ...] = ()) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(model).validate_python(raw)
    return list(problems(caught.value, source="edge.yaml", model=model, at=at))


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        pytest.param({"stepps": []}, "stepps is not a known key (did you mean 'steps'?)", id="unknown key at the top"),
        pytest.param(
            {"sitename": ""},
            "sitename is not a known key (did you mean 'siteName'?)",
            id="a key's alias is what users write",
        ),
        pytest.param(
            {"steps": [{"policy": "hint", "wieght": 2}]},
            "steps[0].wieght is not a known key (did you mean 'weight'?)",
            id="unknown key in a list",
        ),
        pytest.param(
            {"steps": [{"policy": "hint", "params": {"moed": "tail"}}]},
            "steps[0].params.moed is not a known key (did you mean 'mode'?)",
            id="unknown key of an optional dataclass",
        ),
        pytest.param(
            {"seeds": {"count": 3, "strat": 1}},
            "seeds.strat is not a known key (did you mean 'start'?)",
            id="unknown key in a union",
        ),
        pytest.param({"steps": [{}]}, "steps[0].policy is missing", id="missing key"),
        pytest.param(
            {"steps": [{"policy": "hint", "params": {"max_rtt_ms": -5}}]},
            "steps[0].params.max_rtt_ms must be > 0, got -5",
            id="limit of a dataclass",
        ),
        pytest.param(
            {"steps": [{"policy": "hint", "weight": -0.5}]},
            "steps[0].weight must be >= 0, got -0.5",
            id="limit by Annotated",
        ),
        pytest.param(
            {"steps": [{"policy": "hint", "weight": "much"}]},
            "steps[0].weight must be a number, got 'much'",
            id="not a number",
        ),
        pytest.param(
            {"steps": [{"policy": "hint", "weight": float("nan")}]},
            "steps[0].weight must be a finite number, got nan",
            id="NaN",
        ),
        pytest.param(
            {"steps": [{"policy": "x"}]}, "steps[0].policy must have at least 2 characters, got 'x'", id="too short"
        ),
        pytest.param({"steps": [{"policy": 5}]}, "steps[0].policy must be text, got 5", id="not text"),
        pytest.param({"steps": {}}, "steps must be a list, got {}", id="not a list"),
        pytest.param({"steps": ["hint"]}, "steps[0] must be a mapping, got 'hint'", id="not a mapping"),
        pytest.param(
            {"seeds": "many"}, "seeds must be a list or a mapping, got 'many'", id="no member of a union has that shape"
        ),
        pytest.param(
            {"seeds": [1, "two"]},
            "seeds[1] must be a whole number, got 'two'",
            id="the list of a union has a wrong entry",
        ),
        pytest.param(
            {"seeds": {"count": 0}}, "seeds.count must be >= 1, got 0", id="the mapping of a union has a wrong value"
        ),
        pytest.param({"either": []}, "either must be a whole number or text, got []", id="a union of plain values"),
        pytest.param(
            {"limits": {"cpu": "x"}}, "limits.cpu must be a whole number, got 'x'", id="a value by a free key"
        ),
        pytest.param(
            {"limits": {"int": "x"}},
            "limits.int must be a whole number, got 'x'",
            id="a free key that looks like a type",
        ),
        pytest.param({"limits": {1: 2}}, "limits[1] must be text, got 1", id="a key of the wrong type"),
        pytest.param(
            {"limits": {"a": 1, "b": 2, "c": 3}}, "limits: at most 2 limits, 3 are given", id="a check of ours"
        ),
        pytest.param({"pair": [1, 2]}, "pair[1] must be text, got 2", id="an entry of a pair"),
        pytest.param(
            {"source": "bultin"},
            "source must be one of auto, builtin, got 'bultin' (did you mean 'builtin'?)",
            id="a word that is nearly right",
        ),
        pytest.param({"source": 3}, "source must be one of auto, builtin, got 3", id="not a word at all"),
        pytest.param(
            {"steps": [{"policy": "hint", "params": {"mode": "tial"}}]},
            "steps[0].params.mode must be one of mean, tail, got 'tial' (did you mean 'tail'?)",
            id="an enumeration",
        ),
        pytest.param({"proven": "perhaps"}, "proven must be true or false, got 'perhaps'", id="not a truth value"),
        pytest.param({"siteName": "A1"}, "siteName must match ^[a-z]*$, got 'A1'", id="a pattern"),
        pytest.param({"siteName": None}, "siteName must be text, got nothing", id="an empty value"),
        pytest.param([], "it must be a mapping, got []", id="the whole document"),
    ],
)
def test_problem_is_told_with_its_path_and_value(raw: object, line: str) -> None:
    assert told(raw) == [f"edge.yaml: {line}"]


def test_all_problems_are_told_at_once() -> None:
    raw = {"steps": [{"policy": "hint", "weight": -1}, {"weight": 1}], "sede": [], "pair": [1], "proven": 7}
    assert [line.removeprefix("edge.yaml: ").partition(" ")[0] for line in told(raw)] == [
        "steps[0].weight", "steps[1].policy", "pair[1]", "proven", "sede",
    ]  # fmt: skip


def test_path_begins_where_the_value_stands_in_the_document() -> None:
    assert told({"max_rtt_ms": 0}, Params, at=("policies", 2, "params")) == [
        "edge.yaml: policies[2].params.max_rtt_ms must be > 0, got 0"
    ]
    assert told({"modus": "tail"}, Params, at=("params",)) == [
        "edge.yaml: params.modus is not a known key (did you mean 'mode'?)"
    ]


def test_problems_can_be_sorted_by_their_path() -> None:
    with pytest.raises(ValidationError) as caught:
        Document.model_validate({"source": "x", "steps": [{}]})
    assert [problem.path for problem in found(caught.value, model=Document)] == ["steps[0].policy", "source"]


def test_long_value_is_cut_short() -> None:
    (line,) = told({"source": "x" * 500})
    assert len(line) < 150
    assert len(shown("x" * 500)) == LONGEST_VALUE


@given(st.lists(st.one_of(st.integers(0, 99), st.text("abcdef", min_size=1))))
def test_path_names_every_part(place: list[str | int]) -> None:
    assert path(place).replace("[", ".").replace("]", "").strip(".").split(".") == (
        [str(part) for part in place] or [""]
    )


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from([*Document.model_fields, "policy", "params", "count", "str"]), inner, max_size=4
            ),
        ),
    )
)
def test_whatever_comes_is_accepted_or_told_in_lines(raw: object) -> None:
    try:
        Document.model_validate(raw)
    except ValidationError as error:
        lines = problems(error, source="edge.yaml", model=Document)
        assert lines
        assert len(set(lines)) == len(lines)
        for line in lines:
            assert line.startswith("edge.yaml: ")
            assert "\n" not in line
            assert "Input should" not in line
