from __future__ import annotations

from pathlib import Path

import pytest

from simulations.atomic_file import write_atomically
from simulations.errors import InputError


def test_new_and_old_files_get_the_content_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(tmp_path / "real")
    write_atomically(tmp_path / "latest", b"one")
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"one"


def test_a_device_is_written_straight() -> None:
    write_atomically(Path("/dev/null"), b"one")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("where", ["missing/report.html", "."], ids=["no such folder", "a folder"])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, where: str) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / where, b"one")
    assert list(tmp_path.iterdir()) == []
