from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from simulations.study import Study
from simulations.table import print_table
from tests.simulations.samples import gpu_packing, hints, make_run, make_study, world


def printed(study: Study, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    print_table(console, study)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("study", [gpu_packing(), gpu_packing(12), hints(), world(2, 1)], ids=lambda s: s.scenario)
def test_every_figure_is_whole_at_any_width(study: Study, width: int) -> None:
    text = printed(study, width)
    assert max(map(len, text.splitlines())) <= width
    for run_of in study.policies:
        assert run_of[:27] in text
    assert "…" not in text.replace("a-policy-with-a-rather-long…", "")
    for metric in study.metrics:
        assert metric.title.split()[0] in text


def test_the_best_is_starred_and_bold() -> None:
    study = make_study(make_run("near", metrics={"rtt_mean_ms": 1.5}), make_run("far", metrics={"rtt_mean_ms": 20.5}))
    assert "1.50 *" in printed(study, 80)
    assert "20.50 *" not in printed(study, 80)
    console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system="standard")
    print_table(console, study)
    assert re.search(r"\x1b\[1m *1\.50 \*", console.file.getvalue())  # type: ignore[attr-defined]


def test_a_name_is_text_and_no_markup() -> None:
    assert "[red]x[/red]" in printed(make_study(make_run("[red]x[/red]")), 80)


def test_wide_terminals_get_policies_down_the_side_and_narrow_ones_turn_the_table() -> None:
    study = gpu_packing(3)
    assert printed(study, 160).count("┏") == printed(study, 80).count("┏") == 1
    assert "policy" in printed(study, 160)
    assert "metric" in printed(study, 80)
    assert printed(gpu_packing(12), 80).count("┏") > 1
