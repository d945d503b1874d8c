from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.scheduler.latency.prober.worlds import Network, make_book, make_config


async def test_targets_come_from_the_configuration_and_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("- {site: far, host: c, port: 7}\n")
    book = make_book(make_config("b", targets_file=file), Network(b=[0.1], c=[0.1]))
    assert await book.refresh() == [("at-b", ("b", 9701)), ("far", ("c", 7))]
    file.write_text("")
    assert await book.refresh() == [("at-b", ("b", 9701))]


async def test_a_broken_file_keeps_its_targets_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("- {site: far, host: c}\n")
    book = make_book(make_config(targets_file=file), Network(c=[0.1]))
    good = await book.refresh()
    file.write_text("- {site: far, hots: c}\n")
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            assert await book.refresh() == good
        assert "targets.yaml: [0].hots is not a known key (did you mean 'host'?)" in book.problems["targets_file"]
        file.unlink()
        assert await book.refresh() == good
        file.write_text("- {site: far, host: c}\n")
        assert await book.refresh() == good
    assert book.problems == {}
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "INFO"]


async def test_a_name_without_an_address_is_told_and_left_out() -> None:
    book = make_book(make_config("b", "nobody"), Network(b=[0.1]))
    assert await book.refresh() == [("at-b", ("b", 9701))]
    assert book.problems == {"nobody": "nobody: no such name"}


async def test_an_address_of_one_site_is_probed_once() -> None:
    config = make_config(targets=[{"site": "b", "host": "x"}] * 2)
    assert len(await make_book(config, Network(x=[0.1])).refresh()) == 1
