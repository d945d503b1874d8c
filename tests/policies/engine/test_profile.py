from __future__ import annotations

from dataclasses import dataclass

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policies.engine.catalogue import Catalogue, shipped
from policies.engine.contract import FilterScorer
from policies.engine.profile import Profile, parse_profile
from policies.errors import ProfileError
from policies.hint import Hint
from policies.latency import Latency
from policies.model.demand import Demand


def parse(text: str) -> Profile:
    return parse_profile(text, name="edge", source="profile.yaml", policies=shipped().by_name)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as error:
        parse(text)
    assert str(error.value) == "\n".join(error.value.problems)
    return error.value.problems


def test_a_profile_is_read() -> None:
    profile = parse(
        """
        description: near the users
        top_score: 100
        shortlist: {tiers: best, nodes: 64}
        origin: seoul=3,busan
        policies:
        - policy: hint
        - policy: Latency
          weight: 3
          params: {mode: tail, half_ms: 5}
        """
    )
    assert (profile.name, profile.description, profile.top_score) == ("edge", "near the users", 100)
    assert profile.shortlist is not None
    assert (profile.shortlist.tiers, profile.shortlist.nodes) == ("best", 64)
    assert profile.origin == Demand.parse("seoul=0.75,busan=0.25")
    assert [(step.name, step.weight) for step in profile.steps] == [("hint", 1.0), ("Latency", 3.0)]
    assert [step.policy for step in profile.steps] == [Hint(), Latency(mode="tail", half_ms=5)]


def test_what_is_not_said_is_the_default() -> None:
    profile = parse("policies: [{policy: hint}]")
    assert (profile.top_score, profile.shortlist, profile.description, profile.origin) == (10, None, "", None)


@pytest.mark.parametrize("weight", ["3", "'3'", "3.0", "3e0"])
def test_a_weight_counts_however_it_is_written(weight: str) -> None:
    assert parse(f"policies: [{{policy: hint, weight: {weight}}}]").steps[0].weight == 3.0


def test_all_problems_are_told_at_once_each_with_its_path_and_value() -> None:
    found = problems(
        """
        top_score: 0
        shortlist: {tiers: some, nodes: -1}
        colour: red
        origin: seoul=much
        policies:
        - policy: hint
          weight: -1
        - policy: latncy
        - policy: latency
          params: {half_ms: -5, quantile: 2, mode: median, max_rtt: 7}
        - weight: 2
        - policy: best-fit
          wieght: 2
        """
    )
    for line in (
        "profile.yaml: top_score must be >= 1, got 0",
        "profile.yaml: shortlist.tiers must be one of best, all, got 'some'",
        "profile.yaml: shortlist.nodes must be >= 0, got -1",
        "profile.yaml: origin: demand 'seoul=much': weight of 'seoul' is not a number: 'much'",
        "profile.yaml: policies[0].weight must be >= 0, got -1",
        "profile.yaml: policies[1].policy: unknown policy 'latncy' (did you mean 'latency'?)",
        "profile.yaml: policies[2].params.half_ms must be > 0, got -5",
        "profile.yaml: policies[2].params.quantile must be <= 1, got 2",
        "profile.yaml: policies[2].params.mode must be one of mean, tail, got 'median' (did you mean 'mean'?)",
        "profile.yaml: policies[3].policy is missing",
        "profile.yaml: policies[4].wieght is not a known key (did you mean 'weight'?)",
    ):
        assert line in found
    assert any(line.startswith("profile.yaml: colour is not a known key") for line in found)
    assert any(line.startswith("profile.yaml: policies[2].params.max_rtt is not a known key") for line in found)
    assert len(found) == len(set(found)) == 13


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a profile is a mapping with the key policies, got NoneType"),
        ("[]", "a profile is a mapping with the key policies, got list"),
        ("hint", "a profile is a mapping with the key policies, got str"),
        ("{}", "policies is missing"),
        ("policies:", "policies must be a list, got nothing"),
        ("policies: []", "policies must have at least 1 entries, got []"),
        ("policies: hint", "policies must be a list, got 'hint'"),
        ("policies: [hint]", "policies[0] must be a mapping, got 'hint'"),
        ("policies: [{policy: hint, params: 3}]", "policies[0].params must be a mapping, got 3"),
        ("policies: [{policy: hint, params: }]", "policies[0].params must be a mapping, got nothing"),
        ("policies: [{policy: hint, weight: .nan}]", "policies[0].weight must be a finite number, got nan"),
        ("policies: [{policy: hint, weight: heavy}]", "policies[0].weight must be a number, got 'heavy'"),
        ("policies: [{policy: hint, weight: 1.0e+308}]", "policies[0].weight must be <= 1000000, got 1e+308"),
        ("origin: 7\npolicies: [{policy: hint}]", "origin must be text, got 7"),
        ("origin: a=-1\npolicies: [{policy: hint}]", "origin: demand: weight of a must be >= 0 and finite, got -1.0"),
        ("policies: [{policy: 7}]", "policies[0].policy must be text, got 7"),
        ("policies: [", "not YAML: while parsing a flow node"),
        ("description: 2026-99-99\npolicies: [{policy: hint}]", "not YAML: month must be in 1..12"),
        ("top_score: 0x_\npolicies: [{policy: hint}]", "not YAML: invalid literal"),
        ("[" * 1500, "not YAML: nested too deeply"),
        ("a: !!python/object:os.system {}", "not YAML: could not determine a constructor"),
    ],
)
def test_a_text_that_is_no_profile_is_refused(text: str, words: str) -> None:
    found = problems(text)
    assert any(line.startswith("profile.yaml: ") and words in line for line in found), found


def test_a_suggestion_is_the_name_as_it_is_written_in_the_list() -> None:
    (line,) = problems("policies: [{policy: bestfitt}]")
    assert line == "profile.yaml: policies[0].policy: unknown policy 'bestfitt' (did you mean 'best-fit'?)"


def test_a_policy_that_takes_no_parameters_the_way_policies_do_is_refused() -> None:
    class Plain(FilterScorer):
        def __init__(self) -> None:
            self.x = 1

    known = Catalogue({"plain": Plain}, {})
    with pytest.raises(ProfileError, match=r"policies\[0\].policy: plain must be a dataclass"):
        known.alone("plain")


def test_a_plain_dataclass_is_a_policy_too() -> None:
    @dataclass(frozen=True)
    class Mine(FilterScorer):
        share: float = 0.5

    assert Catalogue({"mine": Mine}, {}).alone("mine", share=0.25).steps[0].policy == Mine(0.25)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["hint", "latency"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["policies", "policy", "params", "weight", "top_score", "shortlist"]), inner)
    ),
    max_leaves=8,
)


@given(values)
def test_whatever_is_written_is_a_profile_or_a_profile_error(raw: object) -> None:
    try:
        made: tuple[object, ...] = parse(yaml.safe_dump(raw)).steps
    except ProfileError as error:
        made = error.problems
        assert all(line.startswith("profile.yaml: ") for line in made)
    assert made


@given(st.text(max_size=30))
def test_any_text_is_a_profile_or_a_profile_error(text: str) -> None:
    with pytest.raises(ProfileError):
        parse(text)


def test_a_key_that_is_there_twice_is_refused_with_its_line() -> None:
    text = "policies:\n- policy: latency\n  weight: 1\n  weight: 2\n"
    with pytest.raises(ProfileError, match=r"mine\.yaml: not YAML: key 'weight' is there twice.*line 4"):
        parse_profile(text, name="mine", source="mine.yaml", policies=shipped().policies)
