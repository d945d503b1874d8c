from __future__ import annotations

import math

import pytest

from simulations.report.bars import refusal_section, share_sections
from simulations.report.figure import Section
from simulations.report.lines import line_section
from simulations.result import Curve
from tests.simulations.samples import gpu_packing, make_run, make_study


def cdf(x: list[float]) -> dict[str, Curve]:
    return {"latency_cdf": Curve(x=tuple(x), y=tuple(100 * (n + 1) / len(x) for n in range(len(x))))}


@pytest.mark.parametrize(
    ("x", "logarithmic"),
    [
        ([10.0, 20.0, 400.0], False),  # 400/10 = 40
        ([10.0, 20.0, 600.0], True),  # 600/10 = 60
        ([0.0, 20.0, 600.0], False),  # zero has no logarithm
    ],
    ids=["narrow", "wide", "from zero"],
)
def test_the_latency_axis_is_logarithmic_when_the_spread_is_wide(x: list[float], logarithmic: bool) -> None:
    section = line_section(make_study(make_run(curves=cdf(x))), "latency_cdf")
    assert section is not None
    axis = section.panels[0].content["layout"]["xaxis"]
    assert (axis.get("type") == "log") is logarithmic
    assert ("logarithmic" in axis["title"]["text"]) is logarithmic


def test_ticks_of_a_logarithmic_axis_are_written_out() -> None:
    section = line_section(make_study(make_run(curves=cdf([10.0, 2000.0]))), "latency_cdf")
    assert section is not None
    assert section.panels[0].content["layout"]["xaxis"]["ticktext"][:4] == ["10", "20", "50", "100"]


def test_the_distributions_table_has_percentiles() -> None:
    section = line_section(make_study(make_run(curves=cdf([float(n) for n in range(1, 101)]))), "latency_cdf")
    assert section is not None
    assert section.table.columns == ("policy", "p50, ms", "p90, ms", "p95, ms", "p99, ms")
    assert section.table.rows == (("greedy", "50", "90", "95", "99"),)


def test_gpu_allocation_has_a_close_up_from_where_policies_part() -> None:
    section = line_section(gpu_packing(), "gpu_alloc")
    assert section is not None
    assert [panel.title for panel in section.panels] == ["All of it", "Where the policies part"]
    start, end = section.panels[1].content["layout"]["xaxis"]["range"]
    assert 70 < start < 100 < end
    alone = line_section(gpu_packing(1), "gpu_alloc")
    assert alone is not None
    assert len(alone.panels) == 1


def test_bands_are_left_out_when_they_would_cover_one_another() -> None:
    few, many = line_section(gpu_packing(6, 2), "gpu_frag"), line_section(gpu_packing(7, 2), "gpu_frag")
    assert few is not None
    assert many is not None
    assert len(few.panels[0].content["data"]) == 12  # a band and a line each
    assert len(many.panels[0].content["data"]) == 7
    assert "band" in few.caption
    assert "band" not in many.caption


def test_shares_are_means_over_the_seeds_that_have_them_and_tiers_come_in_order() -> None:
    study = make_study(
        make_run("a", 1, shares={"tier_share_pct": {"cloud": 40.0, "local": 60.0}}),
        make_run("a", 2, shares={"tier_share_pct": {"local": 100.0}}),
        make_run("b", 1),
    )
    (section,) = share_sections(study)
    assert section.title == "Tier shares"
    assert section.table.columns == ("policy", "local, %", "cloud, %")
    assert section.table.rows == (("a", "80.00", "20.00"),)  # (60+100)/2, (40+0)/2


def test_refusals_are_means_over_all_seeds_and_the_most_frequent_comes_first() -> None:
    study = make_study(make_run("a", 1, refusals={"rare": 1, "often": 9}), make_run("a", 2), make_run("b", 1))
    section = refusal_section(study)
    assert section is not None
    assert section.table.rows == (("often", "4.50", "0.00"), ("rare", "0.50", "0.00"))  # 9/2, 1/2
    assert [panel.title for panel in section.panels] == ["a", "b"]


def test_a_long_reason_is_cut_in_the_plot_and_whole_in_the_table() -> None:
    reason = "latency: " + "very " * 20 + "slow"
    section = refusal_section(make_study(make_run(refusals={reason: 1})))
    assert section is not None
    assert section.table.rows[0][0] == reason
    assert section.panels[0].content["layout"]["annotations"][0]["text"].endswith("…")


def over_time(key: str, last_s: float, y: tuple[float, ...] = (0.0, 1.0, 0.0)) -> Section:
    section = line_section(make_study(make_run(curves={key: Curve(x=(0.0, last_s / 2, last_s), y=y)})), key)
    assert section is not None
    return section


@pytest.mark.parametrize(
    ("last_s", "label", "last"),
    [(28_800.0, "simulated time, h", 8.0), (7200.0, "simulated time, min", 120.0), (180.0, "simulated time, s", 180.0)],
    ids=["hours", "minutes", "seconds"],
)
def test_time_is_in_a_unit_that_people_would_say_and_starts_at_zero(last_s: float, label: str, last: float) -> None:
    section = over_time("utilisation", last_s)
    content = section.panels[0].content
    assert content["layout"]["xaxis"]["title"]["text"] == label
    assert content["layout"]["xaxis"]["range"] == pytest.approx([0, last * 1.01])
    assert content["data"][0]["x"] == [0, last / 2, last]
    assert section.table.columns[0] == label
    assert float(section.table.rows[-1][0]) == last


@pytest.mark.parametrize(("most", "step"), [(0.0, 1), (1.0, 1), (7.0, 1), (250.0, None)])
def test_an_axis_of_counts_has_whole_ticks(most: float, step: int | None) -> None:
    axis = over_time("pending", 60.0, (0.0, most, 0.0)).panels[0].content["layout"]["yaxis"]
    assert axis.get("dtick") == step
    assert axis["range"] == pytest.approx([0, max(most, 1) * 1.05])


def test_policies_that_coincide_are_named_and_seen() -> None:
    wave = [50 + 10 * math.sin(n / 20) for n in range(200)]
    policies = {"a": 0.0, "b": 0.5, "c": -40.0}  # b is 0.5 of 60 above a
    runs = [
        make_run(name, curves={"utilisation": Curve(x=tuple(range(200)), y=tuple(y + up for y in wave))})
        for name, up in policies.items()
    ]
    section = line_section(make_study(*runs), "utilisation")
    assert section is not None
    assert "coincide (less than 1 % apart everywhere): a and b." in section.caption
    lines = section.panels[0].content["data"]
    assert [line["line"]["width"] for line in lines] == [4, 2, 2]
    marked = [{at for at, size in enumerate(line["marker"]["size"]) if size} for line in lines]
    assert all(marked)
    assert marked[0].isdisjoint(marked[1])
    alone = line_section(make_study(runs[0], runs[2]), "utilisation")
    assert alone is not None
    assert "coincide" not in alone.caption
