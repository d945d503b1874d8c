from __future__ import annotations

from pathlib import Path

import pytest

from policies.best_fit import BestFit
from policies.engine.catalogue import PolicyFileError, catalogue, shipped
from policies.engine.decide import decide
from policies.errors import ProfileError, UnknownName
from policies.fragmentation import Fragmentation
from policies.hint import Hint
from tests.builders import make_class, make_cluster, make_node

ALPHABET = '''
"""Prefers names late in the alphabet."""
import numpy as np
from pydantic.dataclasses import dataclass
from policies.engine.contract import PARAMETERS, FilterScorer

@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Alphabet(FilterScorer):
    """Late names first."""
    strength: float = 1.0
    aliases = ({aliases})
    def score(self, nodes, pod):
        return np.array([ord(name[0]) / 200 * self.strength for name in nodes.name.tolist()])

POLICY = Alphabet
'''


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["best-fit", "best_fit", "BestFit", "BEST-FIT", "bestfit"])
def test_names_are_found_however_they_are_written(name: str) -> None:
    assert shipped().policy(name) is BestFit


def test_aliases_are_names() -> None:
    assert shipped().policy("FGD") is Fragmentation
    assert shipped().alone("fgd").steps[0].policy == Fragmentation()


def test_unknown_names_are_refused_with_what_was_meant() -> None:
    with pytest.raises(UnknownName, match=r"unknown policy 'best-fti' \(did you mean 'best-fit'\?\)"):
        shipped().policy("best-fti")
    with pytest.raises(UnknownName, match=r"unknown profile 'edge-defualt' \(did you mean 'edge-default'\?\)"):
        shipped().profile("edge-defualt")
    with pytest.raises(UnknownName, match="unknown policy or profile 'edge-defualt'"):
        shipped().named("edge-defualt")


def test_a_name_is_a_profile_first_and_else_that_policy_alone() -> None:
    assert shipped().named("Edge_Default").name == "edge-default"
    assert [step.policy for step in shipped().named("hint").steps] == [Hint()]


def test_every_shipped_profile_is_valid_and_says_what_it_is_for() -> None:
    for name in shipped().profile_files:
        profile = shipped().profile(name)
        assert profile.name == name
        assert profile.description


def test_a_file_in_a_users_folder_is_a_policy_and_decides(tmp_path: Path) -> None:
    known = catalogue([write(tmp_path, "late_first.py", ALPHABET.format(aliases="'zed',"))])
    assert "late-first" in known.policies
    assert known.policy("zed") is known.policy("LateFirst")
    nodes = make_cluster(make_node("a"), make_node("z"), make_node("m")).live()
    assert decide(nodes, make_class(), known.named("late-first")).node == "z"
    assert decide(nodes, make_class(), known.alone("late-first", strength=0)).node == "a"
    assert "late-first" not in shipped().policies


def test_a_users_profile_may_name_their_policy_and_replaces_one_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, "late_first.py", ALPHABET.format(aliases=""))
    write(tmp_path, "edge-default.yaml", "description: mine\npolicies: [{policy: late-first}]")
    known = catalogue([tmp_path])
    assert known.profile("edge-default").description == "mine"
    assert shipped().profile("edge-default").description != "mine"


def test_a_users_policy_replaces_a_shipped_one_of_its_name_and_the_last_folder_wins(tmp_path: Path) -> None:
    one = write(tmp_path / "one", "best_fit.py", ALPHABET.format(aliases=""))
    two = write(tmp_path / "two", "best_fit.py", ALPHABET.format(aliases=""))
    assert catalogue([one]).policy("best-fit") is not BestFit
    assert catalogue([one, two]).policy("best-fit") is catalogue([two]).policy("best-fit")
    assert catalogue([two, one]).policy("best-fit") is catalogue([one]).policy("best-fit")
    assert shipped().policy("best-fit") is BestFit


def test_an_alias_never_hides_a_policy_that_is_called_so(tmp_path: Path) -> None:
    known = catalogue([write(tmp_path, "mine.py", ALPHABET.format(aliases="'best-fit', 'Hint',"))])
    assert known.policy("best-fit") is BestFit
    assert known.policy("hint") is Hint
    assert known.alone("hint").steps[0].policy == Hint()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("POLICY = 3", "must end with POLICY: type[FilterScorer] = YourPolicy, got 3"),
        ("x = 1", "must end with POLICY: type[FilterScorer] = YourPolicy, got None"),
        ("POLICY = int", "got <class 'int'>"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def", "SyntaxError"),
        ("import not_there_at_all", "ModuleNotFoundError"),
        ("raise SystemExit(0)", "SystemExit: 0"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_with_its_path_and_why(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, "mine.py", text)
    for _ in range(2):  # not remembered as if it had been good
        with pytest.raises(PolicyFileError) as error:
            catalogue([tmp_path])
        assert str(tmp_path / "mine.py") in str(error.value)
        assert words in str(error.value)


def test_tests_and_private_files_in_a_users_folder_are_no_policies(tmp_path: Path) -> None:
    for name in ("test_mine.py", "_shared.py", "notes.txt"):
        write(tmp_path, name, "1 / 0")
    assert catalogue([tmp_path]).policies == shipped().policies


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match="there is no such folder"):
        catalogue([tmp_path / "nowhere"])


def test_a_profile_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ProfileError, match=r"mine\.yaml: cannot be read"):
        catalogue([tmp_path]).profile("mine")
    write(tmp_path, "other.yaml", "policies: [{policy: hnit}]")
    with pytest.raises(ProfileError, match=r"^other\.yaml: policies\[0\]\.policy: unknown policy 'hnit'"):
        catalogue([tmp_path]).profile("other")
