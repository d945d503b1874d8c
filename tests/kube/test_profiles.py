"""Profiles in force: chosen by name, read again on change, the last good one kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from kube.profiles import Profiles, Reloaded
from policies.errors import ProfileError, UnknownName

GOOD = "policies: [{policy: binpack}]"
OTHER = "policies: [{policy: spread}]"
BAD = "policies: [{policy: no-such-policy}]"


def test_pod_without_a_profile_gets_the_clusters() -> None:
    assert Profiles("latency-first").engine("").profile.name == "latency-first"


def test_name_is_found_however_it_is_written() -> None:
    assert Profiles("edge-default").engine("GPU_Packing").profile.name == "gpu-packing"


def test_unknown_profile_suggests() -> None:
    with pytest.raises(UnknownName, match="unknown profile 'edge-defalt' \\(did you mean 'edge-default'"):
        Profiles("edge-default").engine("edge-defalt")


def test_default_that_no_file_has_may_come_from_a_config_map() -> None:
    profiles = Profiles("mine")
    assert profiles.missing.startswith("unknown profile 'mine' (known: ")
    assert profiles.missing.endswith(": no file and no ConfigMap has it")
    profiles.reload({"mine": GOOD})
    assert profiles.missing == ""
    assert [step.name for step in profiles.engine("").profile.steps] == ["binpack"]


def test_default_that_is_broken_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(BAD)
    with pytest.raises(ProfileError, match="no-such-policy"):
        Profiles("mine", folders=[tmp_path])


def test_config_map_wins_over_file_and_unchanged_engines_are_kept() -> None:
    profiles = Profiles("edge-default")
    before, other = profiles.engine("gpu-packing"), profiles.engine("latency-first")
    assert profiles.reload({"gpu-packing": GOOD}).changed == ("gpu-packing",)
    assert [step.name for step in profiles.engine("gpu-packing").profile.steps] == ["binpack"]
    assert profiles.engine("gpu-packing") is not before
    assert profiles.engine("latency-first") is other
    assert profiles.reload({"gpu-packing": GOOD}).changed == ()
    assert profiles.reload({}).changed == ("gpu-packing",)
    assert profiles.engine("gpu-packing").profile == before.profile


@pytest.mark.parametrize("default", ["edge-default", "GPU-packing"])
def test_config_map_wins_however_its_key_is_spelled(default: str) -> None:
    profiles = Profiles(default)
    assert profiles.reload({"GPU_Packing": GOOD}).changed == ("gpu-packing",)
    assert [step.name for step in profiles.engine("gpu-packing").profile.steps] == ["binpack"]
    assert len(profiles.texts) == len(Profiles(default).texts)


def test_broken_profile_keeps_the_last_good_one_and_is_told_once_for_each_text() -> None:
    told: list[Reloaded] = []
    profiles = Profiles("edge-default", on_reload=told.append)
    profiles.reload({"mine": GOOD})
    good = profiles.engine("mine")
    told.clear()
    profiles.reload({"mine": BAD})
    profiles.reload({"mine": BAD})
    assert len(told) == 1
    assert "no-such-policy" in told[0].problems["mine"]
    assert profiles.engine("mine") is good
    assert profiles.texts["mine"] == GOOD
    profiles.reload({"mine": OTHER})
    assert [step.name for step in profiles.engine("mine").profile.steps] == ["spread"]


def test_profile_that_was_never_good_does_not_exist() -> None:
    profiles = Profiles("edge-default")
    profiles.reload({"mine": BAD})
    with pytest.raises(UnknownName):
        profiles.engine("mine")


def test_files_are_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    profiles = Profiles("mine", folders=[tmp_path])
    file.write_text(OTHER)
    (tmp_path / "new.yaml").write_text(GOOD)
    assert set(profiles.reload({}).changed) == {"mine", "new"}
    (tmp_path / "new.yaml").unlink()
    file.unlink()
    profiles.reload({})
    with pytest.raises(UnknownName):
        profiles.engine("new")
    assert profiles.engine("").profile.name == "mine"  # the cluster cannot be without one


def test_file_that_cannot_be_read_keeps_its_last_version_and_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    told: list[Reloaded] = []
    profiles = Profiles("edge-default", folders=[tmp_path], on_reload=told.append)
    good = profiles.engine("mine")
    told.clear()
    file.write_bytes(b"\xff\xfe")
    for _ in range(3):
        profiles.reload({})
    assert [list(each.problems) for each in told] == [["mine"]]
    assert profiles.engine("mine") is good
