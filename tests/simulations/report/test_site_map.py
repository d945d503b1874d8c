from __future__ import annotations

import pytest

from simulations.report.map_frame import LARGEST_PX, MARGIN, PANEL_PX
from simulations.report.markup import columns
from simulations.report.site_map import site_section
from simulations.result import SitePoint
from simulations.study import Study
from tests.simulations.samples import hints, make_run, make_study, world


def site(
    name: str, latitude: float | None, longitude: float | None, load: float = 1.0, tier: str = "edge"
) -> SitePoint:
    return SitePoint(name=name, tier=tier, latitude=latitude, longitude=longitude, load=load, detail="")


def study_of(*sites: SitePoint) -> Study:
    return make_study(make_run(sites=sites))


@pytest.mark.parametrize(("panels", "side_by_side"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (12, 3)])
def test_how_many_panels_stand_side_by_side(panels: int, side_by_side: int) -> None:
    section = site_section(make_study(*(make_run(f"p{n}", sites=(site("a", None, None),)) for n in range(panels))))
    assert section is not None
    assert columns(section) == side_by_side


@pytest.mark.parametrize(("maps", "side_by_side"), [(1, 1), (2, 2), (3, 2), (6, 2), (12, 2)])
def test_a_map_has_half_of_the_page(maps: int, side_by_side: int) -> None:
    section = site_section(hints(maps, 1, 8))
    assert section is not None
    assert columns(section) == side_by_side


def test_a_small_part_with_many_sites_gets_a_close_up() -> None:
    city = [site(f"s{n}", 50 + n / 10, 8 + n / 10) for n in range(12)]
    far = [site(f"far{n}", 10.0 * n - 20, 40.0 * n - 100) for n in range(6)]
    section = site_section(study_of(*city, *far))
    assert section is not None
    assert [panel.title for panel in section.panels] == ["greedy", "greedy, close up"]
    assert len(section.panels[1].content["data"][0]["x"]) == 12
    west, east = section.panels[1].content["layout"]["xaxis"]["range"]
    (outline,) = section.panels[0].content["layout"]["shapes"]
    assert (outline["x0"], outline["x1"]) == (west, east)
    assert 7 < west < 8
    spread = site_section(hints(1, 1, 78))
    assert spread is not None
    assert len(spread.panels) == 1


def test_many_sites_have_smaller_dots_and_clouds_are_hollow() -> None:
    few, many = site_section(hints(1, 1, 6)), site_section(hints(1, 1, 230))
    assert few is not None
    assert many is not None
    sizes = [max(max(trace["marker"]["size"]) for trace in part.panels[0].content["data"]) for part in (few, many)]
    assert sizes[0] == LARGEST_PX[1]
    assert LARGEST_PX[0] <= sizes[1] < LARGEST_PX[0] + 2
    assert few.panels[0].content["data"][-1]["marker"]["symbol"] == "square-open"


def test_load_is_said_with_what_it_counts() -> None:
    section = site_section(world(1, 1))
    assert section is not None
    assert "pods placed" in section.caption
    assert section.table.columns == ("site", "tier", "edge-default, pods placed")
    assert section.panels[0].content["layout"]["xaxis"]["title"]["text"] == "pods placed"


def test_loads_are_means_over_seeds_and_a_missing_site_is_no_load() -> None:
    runs = [
        make_run(seed=1, sites=(site("a", 1, 1, 4.0), site("b", 2, 2, 1.0))),
        make_run(seed=2, sites=(site("a", 1, 1, 8.0),)),
    ]
    section = site_section(make_study(*runs))
    assert section is not None
    assert section.table.rows == (("a", "edge", "6.00"), ("b", "edge", "0.50"))  # (4+8)/2, (1+0)/2


def test_every_site_is_within_the_axes_and_a_degree_keeps_its_shape() -> None:
    section = site_section(hints(2, 2, 78))
    assert section is not None
    for panel in section.panels:
        layout = panel.content["layout"]
        (west, east), (south, north) = layout["xaxis"]["range"], layout["yaxis"]["range"]
        for trace in panel.content["data"]:
            assert all(west < x < east for x in trace["x"])
            assert all(south < y < north for y in trace["y"])
        assert layout["yaxis"]["scaleanchor"] == "x"
        assert layout["yaxis"]["scaleratio"] == pytest.approx(1.5, abs=0.2)  # 1/cos(49°) = 1.52
        assert panel.shape == pytest.approx((north - south) * layout["yaxis"]["scaleratio"] / (east - west))


@pytest.mark.parametrize(
    "sites",
    [
        [site("one", 50.0, 8.0)],
        [site("west", 50.0, -120.0), site("east", 50.0, 120.0)],
        [site("north", 60.0, 8.0), site("south", -60.0, 8.0)],
        [site("pole", 90.0, 0.0), site("other", -90.0, 0.0)],
    ],
    ids=["one site", "along a parallel", "along a meridian", "pole to pole"],
)
def test_a_map_is_neither_a_ribbon_nor_a_tower(sites: list[SitePoint]) -> None:
    section = site_section(study_of(*sites))
    assert section is not None
    shape = section.panels[0].shape
    assert shape is not None
    assert 0.35 <= shape <= 1.41


@pytest.mark.parametrize("wider", [1.0, 1.5, 2.1])
def test_labels_cover_no_dot_nor_each_other_nor_the_frame(wider: float) -> None:
    section = site_section(hints(1, 1, 78))
    assert section is not None
    layout = section.panels[0].content["layout"]
    (west, east), (south, north) = layout["xaxis"]["range"], layout["yaxis"]["range"]
    scale = wider * (PANEL_PX - MARGIN["l"] - MARGIN["r"]) / (east - west)
    boxes, dots = [], []
    for trace in section.panels[0].content["data"]:
        for x, y, text, side, size in zip(
            trace["x"], trace["y"], trace["text"], trace["textposition"], trace["marker"]["size"], strict=True
        ):
            across, up, width = (x - west) * scale, (y - south) * scale * layout["yaxis"]["scaleratio"], 6.4 * len(text)
            dots.append((across - size / 2, up - size / 2, across + size / 2, up + size / 2))
            if not text:
                continue
            away = size / 2 + 1
            left = {"middle right": across + away, "middle left": across - away - width}.get(side, across - width / 2)
            bottom = {"top center": up + away, "bottom center": up - away - 14}.get(side, up - 7)
            boxes.append((left, bottom, left + width, bottom + 14))
    assert len(boxes) > 4
    top = (north - south) * scale * layout["yaxis"]["scaleratio"]
    for rank, one in enumerate(boxes):
        assert min(one[:2]) > 0
        assert one[2] < wider * (PANEL_PX - MARGIN["l"] - MARGIN["r"])
        assert one[3] < top
        for other in boxes[rank + 1 :] + dots:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_sites_without_coordinates_get_rows() -> None:
    section = site_section(world(2, 1))
    assert section is not None
    assert [panel.content["data"][0]["type"] for panel in section.panels] == ["bar", "bar"]
    names = [note["text"] for note in section.panels[0].content["layout"]["annotations"]]
    assert names[0] == "edge-1 (edge)"
    assert names[-1] == "cloud (cloud)"
    colours = section.panels[0].content["data"][0]["marker"]["color"]
    assert colours[0] != colours[-1]  # as the key says


def test_many_sites_without_coordinates_get_a_grid_of_dots() -> None:
    section = site_section(study_of(*(site(f"s{n}", None, None) for n in range(230))))
    assert section is not None
    dots = section.panels[0].content["data"][0]
    places = list(zip(dots["x"], dots["y"], strict=True))
    assert len(set(places)) == 230


def test_a_site_without_coordinates_stands_beside_the_map_of_the_others() -> None:
    section = site_section(study_of(site("a", 1.0, 1.0), site("lost", None, None)))
    assert section is not None
    assert [panel.title for panel in section.panels] == ["greedy", "greedy, sites without coordinates"]


def test_no_sites_no_section_and_no_load_still_a_map() -> None:
    assert site_section(make_study(make_run())) is None
    idle = site_section(study_of(site("a", 1.0, 1.0, 0.0), site("b", None, None, 0.0)))
    assert idle is not None
    assert "nothing there" in [entry.label for entry in idle.key]
