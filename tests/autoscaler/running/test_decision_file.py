"""The decision log's files: appended, rotated, and never in the way."""

from __future__ import annotations

from pathlib import Path

from autoscaler.running.decision_file import DecisionFile


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def a_file(path: Path, told: list[str], clock: Clock | None = None, **settings: int) -> DecisionFile:
    return DecisionFile(path, **{"max_bytes": 10, "keep": 2, **settings}, clock=clock or Clock(), tell=told.append)


def test_lines_are_appended_also_after_a_restart(tmp_path: Path) -> None:
    path, told = tmp_path / "log", list[str]()
    for line in (b"one", b"two"):
        file = a_file(path, told)
        file.write(line)
        file.close()
    assert path.read_bytes() == b"one\ntwo\n"
    assert told == []


def test_a_full_file_is_renamed_and_the_oldest_removed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = a_file(path, [])
    for number in range(4):
        file.write(b"0123456789" + str(number).encode())  # each fills a file
    file.close()
    found = {each.name: each.read_bytes()[-2:-1] for each in tmp_path.iterdir()}
    assert found == {"log": b"3", "log.1": b"2", "log.2": b"1"}


def test_without_any_to_keep_a_full_file_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = a_file(path, [], keep=0)
    for line in (b"0123456789", b"next"):
        file.write(line)
    file.close()
    assert [each.name for each in tmp_path.iterdir()] == ["log"]
    assert path.read_bytes() == b"next\n"


def test_a_disk_that_is_gone_is_told_once_and_tried_again_a_minute_later(tmp_path: Path) -> None:
    folder, told, clock = tmp_path / "gone", list[str](), Clock()
    file = a_file(folder / "log", told, clock)
    file.write(b"lost")
    file.write(b"lost")
    assert len(told) == 1
    assert "it goes on in 60 s" in told[0]
    folder.mkdir()
    clock.now_s = 60.0
    file.write(b"kept")
    file.flush()
    assert (folder / "log").read_bytes() == b"kept\n"
    file.close()


def test_closing_what_was_never_written_is_nothing(tmp_path: Path) -> None:
    a_file(tmp_path / "log", []).close()
    assert list(tmp_path.iterdir()) == []
