from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import plotly.graph_objects
import pytest

from simulations.errors import InputError
from simulations.report.page import page
from simulations.report.write import write_report
from simulations.result import CURVES, Curve, SitePoint
from simulations.study import Study
from tests.simulations.samples import HOSTILE, gpu_packing, hints, make_run, make_study, world


class Read(HTMLParser):
    """What a browser would see: elements with their attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "circle", "path", "rect", "line"}:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"circle", "path", "rect", "line"}:
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def attributes(self, name: str) -> list[str]:
        return [value for _, attrs in self.elements if (value := attrs.get(name)) is not None]


def plots(read: Read) -> dict[str, Any]:
    found = next(text for text in read.texts["script"] if text.startswith("{"))
    content = json.loads(found)
    assert isinstance(content, dict)
    return content


STUDIES = [gpu_packing(), hints(), world(), hints(1, 1, 1), hints(12, 3, 230), gpu_packing(12, 2), world(12, 2)]


@pytest.fixture(scope="module", params=STUDIES, ids=lambda s: f"{s.scenario}-{len(s.policies)}x{len(s.seeds)}")
def read(request: pytest.FixtureRequest) -> Read:
    return Read(page(request.param))


def test_every_element_is_closed_and_every_id_is_there_once(read: Read) -> None:
    assert read.open == []
    ids = read.attributes("id")
    assert len(ids) == len(set(ids))
    for target in read.attributes("href"):
        assert target == "data:," or target.removeprefix("#") in ids


def test_nothing_is_loaded_from_anywhere(read: Read) -> None:
    for tag, attributes in read.elements:
        assert tag not in {"iframe", "img", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "data", "background"} & attributes.keys()
        assert not (attributes.get("href") or "#").startswith(("http", "//"))
        assert tag != "link" or attributes["href"] == "data:,"
    assert "url(" not in "".join(read.texts["style"])
    assert "@import" not in "".join(read.texts["style"])


def test_the_policy_allows_exactly_our_two_scripts(read: Read) -> None:
    security = next(
        attributes["content"] for tag, attributes in read.elements if attributes.get("http-equiv") is not None
    )
    assert security is not None
    assert security.startswith("default-src 'none'; script-src 'sha256-")
    scripts = [text for text in read.texts["script"] if not text.startswith("{")]
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts}
    assert hashes == set(re.findall(r"'sha256-([^']+)'", security))
    assert len(scripts) == 2
    assert "plotly.js v" in scripts[0]


def test_every_plot_is_one_that_plotly_knows_and_has_a_place(read: Read) -> None:
    content = plots(read)
    places = [attributes["id"] for _, attributes in read.elements if attributes.get("class") == "plot"]
    assert sorted(content) == sorted(filter(None, places))
    for plot in content.values():
        figure = plotly.graph_objects.Figure(plot)  # refuses every key and value that plotly.js does not know
        assert figure.data
        assert figure.layout.xaxis.title.text
        notes = [note.text for note in figure.layout.annotations]
        assert figure.layout.yaxis.title.text or figure.layout.yaxis.showticklabels is False or notes


def test_every_plot_is_also_a_table(read: Read) -> None:
    sections = [attributes["id"] for tag, attributes in read.elements if tag == "section"]
    with_plots = set(sections) - {"summary", "again"}
    tables = [attributes for tag, attributes in read.elements if attributes.get("class") == "numbers"]
    assert len(tables) == len(with_plots)
    described = [attributes["aria-label"] for _, attributes in read.elements if attributes.get("role") == "img"]
    assert all(described)


@pytest.mark.parametrize("study", [hints(12, 30, 230), gpu_packing(12, 30), world(12, 30)], ids=lambda s: s.scenario)
def test_the_largest_reports_stay_below_six_megabytes(study: Study) -> None:
    assert len(page(study).encode()) < 6e6


def test_the_same_study_gives_the_same_bytes() -> None:
    assert page(world(2, 2)) == page(world(2, 2))


def test_only_sections_that_have_data_are_there() -> None:
    def anchors(study: Study) -> list[str | None]:
        return [attributes["id"] for tag, attributes in Read(page(study)).elements if tag == "section"]

    assert anchors(make_study(make_run())) == ["summary", "again"]
    assert anchors(make_study(make_run(refusals={"cpu": 0}))) == ["summary", "again"]
    assert anchors(make_study(make_run(refusals={"cpu": 1}))) == ["summary", "refusals", "again"]
    line = Curve(x=(0, 1), y=(0, 100))
    everything = make_run(
        curves=dict.fromkeys(CURVES, line),
        shares={"tier_share_pct": {"local": 100.0}},
        sites=(SitePoint(name="seoul", tier="edge", latitude=37.6, longitude=127.0, load=1.0, detail=""),),
        refusals={"cpu": 1},
    )
    assert anchors(make_study(everything)) == [
        "summary", "latency-cdf", "shares-1", "sites", "replicas", "late", "gpu-alloc", "gpu-frag", "pending",
        "utilisation", "refusals", "again",
    ]  # fmt: skip


def hostile() -> Study:
    line = Curve(x=(1.0, 2.0), y=(50.0, 100.0))
    run = make_run(
        HOSTILE,
        curves={"latency_cdf": line},
        shares={f"tier{HOSTILE}_pct": {HOSTILE: 100.0}},
        sites=(
            SitePoint(name=HOSTILE, tier="edge", latitude=1.0, longitude=2.0, load=1.0, detail=HOSTILE),
            SitePoint(name=f"{HOSTILE} 2", tier="edge", latitude=None, longitude=None, load=1.0, detail=HOSTILE),
        ),
        refusals={HOSTILE: 3},
    )
    study = make_study(run, settings={HOSTILE: {"inner": HOSTILE}})
    return replace(study, scenario=HOSTILE, description=HOSTILE, data_source=HOSTILE, command=HOSTILE)


def test_no_name_becomes_markup() -> None:
    text = page(hostile())
    read = Read(text)
    assert HOSTILE not in text
    assert sum(tag == "script" for tag, _ in read.elements) == 3  # the plots' JSON, plotly.js and ours
    assert any(HOSTILE in heading for heading in read.texts["h1"])
    assert all(re.fullmatch(r"[\w-]+", name) for name in read.attributes("id"))


def test_no_name_becomes_plotlys_markup() -> None:
    for plot in plots(Read(page(hostile()))).values():
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(plot))
        assert not any("<script" in string for string in strings)


def test_a_policy_is_told_by_more_than_its_colour(read: Read) -> None:
    lines = [trace for plot in plots(read).values() for trace in plot["data"] if "dash" in trace.get("line", {})]
    looks = {
        trace["name"]: (trace["line"]["color"], trace["line"]["dash"], trace["marker"]["symbol"]) for trace in lines
    }
    assert len(set(looks.values())) == len(looks)
    assert len({look[1:] for look in looks.values()}) == len(looks)


def test_how_to_run_it_again_and_with_what_settings() -> None:
    read = Read(page(gpu_packing(2, 1)))
    assert gpu_packing(2, 1).command in read.texts["code"]
    assert "orders.trace" in read.texts["dt"]
    assert "openb_pod_list_default" in read.texts["dd"]


def test_settings_are_said_in_words_and_what_was_left_open_is_not() -> None:
    settings = {
        "load": 0.7,
        "hours": 8.0,
        "trace": None,
        "dump": [],
        "cloud": ["frankfurt", "singapore"],
        "outages": [{"site": "paris-1", "for_s": 1800.0, "why": None}, {"site": "rome-1", "for_s": 60}],
        "hints": True,
    }
    read = Read(page(make_study(make_run(), settings=settings)))
    said = dict(zip(read.texts["dt"], read.texts["dd"], strict=True))
    assert {name: said.get(name) for name in settings} == {
        "load": "0.7",
        "hours": "8",
        "trace": None,
        "dump": None,
        "cloud": "frankfurt, singapore",
        "outages": "site paris-1, for_s 1800; site rome-1, for_s 60",
        "hints": "yes",
    }


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("/home/jo/data/cities/rtt", "cities/rtt"),
        ("/home/jo/a/nodes.csv, /home/Jo Do/b/pods.csv", "a/nodes.csv, b/pods.csv"),
        ("openb, data folder ../../shared/data", "openb, data folder shared/data"),
        ("openb, 1,523 nodes, 5 requests/s", "openb, 1,523 nodes, 5 requests/s"),
        ("C:\\Users\\jo\\data\\rtt", "data/rtt"),
    ],
    ids=["a folder", "files, one below a folder with a blank", "in words", "no path", "Windows"],
)
def test_paths_are_said_by_their_last_two_parts(source: str, said: str) -> None:
    read = Read(page(make_study(make_run(), data_source=source)))
    assert dict(zip(read.texts["dt"], read.texts["dd"], strict=True))["data"] == said
    assert "jo" not in "".join(read.texts["p"] + read.texts["dd"])


@pytest.mark.parametrize(
    ("source", "command", "hinted"),
    [
        ("rtt_222_cities", "edgeward simulate s1", True),
        ("rtt_222_cities", "edgeward simulate s1 --data ./data", False),
        ("built-in cities", "edgeward simulate s1", False),
        ("builtin", "edgeward demo", False),
        ("dump nodes.json", "edgeward simulate mine", False),
    ],
)
def test_real_data_are_said_to_be_needed_again(source: str, command: str, hinted: bool) -> None:
    read = Read(page(make_study(make_run(), data_source=source, command=command)))
    assert ("--data DIR" in read.texts["code"]) is hinted


def test_a_sweep_says_that_only_equal_settings_are_compared() -> None:
    def notes(*policies: str) -> str:
        runs = [make_run(policy, metrics={"rtt_mean_ms": float(n)}) for n, policy in enumerate(policies)]
        return "".join(Read(page(make_study(*runs))).texts["p"])

    assert "equal settings" in notes("swap k=5", "tail k=5", "swap k=10", "tail k=10")
    assert "equal settings" not in notes("swap", "tail")


def test_the_summary_marks_the_best_by_a_sign(read: Read) -> None:
    stars = [text for text in read.texts["span"] if text == "★"]
    assert len(stars) == sum(attributes.get("class") == "best" for _, attributes in read.elements)


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, make_study(make_run()))
    before = path.read_bytes()
    assert before.startswith(b"<!DOCTYPE html>")
    unheard = replace(make_study(make_run()), settings={"made_of": object()})
    with pytest.raises(TypeError):
        write_report(path, unheard)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="cannot be written"):
        write_report(tmp_path / "missing" / "report.html", make_study(make_run()))
    assert list(tmp_path.iterdir()) == [path]


def test_plotly_is_imported_only_for_a_report() -> None:
    program = "import sys, simulations.report.write, simulations.table; sys.exit('plotly' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
