"""The whole page: what was asked, the table, the sections that have data, and how to ask again.

plotly.js is in the page once. A content security policy with the hash of our two scripts lets nothing else run and
nothing load: were a name with markup in it ever not escaped, it still could not run, and the page cannot call out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from simulations.report import markup
from simulations.report.bars import refusal_section, share_sections
from simulations.report.figure import Section
from simulations.report.lines import line_section
from simulations.report.settings import flat, without_folders
from simulations.report.site_map import site_section
from simulations.study import Study
from simulations.summary import summarise

NO_FOLDER: Final = re.compile(r"built.?in|generator|^linkhq|^dump ", re.IGNORECASE)  # sources beside --data


def page(study: Study, first: Sequence[Section] = ()) -> str:
    """The report as HTML, the sections *first* above the summary; the same study gives the same text."""
    from plotly.offline import get_plotlyjs  # noqa: PLC0415  # only whoever asks for a report waits for it

    here = Path(__file__)
    style, script = here.with_name("page.css").read_text("utf-8"), here.with_name("page.js").read_text("utf-8")
    library = get_plotlyjs()
    sections = _sections(study)
    plots = {
        markup.plot_id(section, index): panel.content
        for section in (*first, *sections)
        for index, panel in enumerate(section.panels)
    }
    title = markup.escape(f"{study.scenario}: Edgeward simulation")
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_security(library, script)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<title>{title}</title>\n<link rel="icon" href="data:,">\n<style>\n{style}</style>\n</head>\n<body>\n',
            _header(study, first, sections),
            "<main>\n",
            *(f"{markup.section(section)}\n" for section in first),
            f"{_summary(study)}\n",
            "\n".join(markup.section(section) for section in sections),
            f"\n{_again(study)}\n</main>\n",
            f'<script type="application/json" id="plots">{_inert(plots)}</script>\n',
            f"<script>{library}</script>\n<script>{script}</script>\n</body>\n</html>\n",
        ]
    )


def _sections(study: Study) -> list[Section]:
    found = [
        line_section(study, "latency_cdf"),
        *share_sections(study),
        site_section(study),
        *(line_section(study, key) for key in ("replicas", "late", "gpu_alloc", "gpu_frag", "pending", "utilisation")),
        refusal_section(study),
    ]
    return [section for section in found if section is not None]


def _header(study: Study, first: Sequence[Section], sections: Sequence[Section]) -> str:
    facts = [
        ("kind", study.kind),
        ("policies", str(len(study.policies))),
        ("seeds", _ranges(study.seeds)),
        ("data", without_folders(study.data_source).replace("builtin", "built in")),
    ]
    links = [(part.anchor, part.title) for part in first]
    links += [("summary", "Summary"), *((part.anchor, part.title) for part in sections), ("again", "Settings")]
    nav = "".join(f'<li><a href="#{anchor}">{markup.escape(title)}</a></li>' for anchor, title in links)
    return (
        f"<header>\n<p>Edgeward simulation</p>\n<h1>{markup.escape(study.scenario)}</h1>\n"
        f'<p class="lead">{markup.escape(study.description)}</p>\n{markup.pairs(facts)}\n'
        f'<nav aria-label="Sections"><ul>{nav}</ul></nav>\n'
        "<noscript><p>The plots need JavaScript; the tables hold the same figures.</p></noscript>\n</header>\n"
    )


def _summary(study: Study) -> str:
    summary = summarise(study)
    table = markup.summary_table(summary) if summary.metrics else "<p>No metric was measured.</p>"
    return (
        '<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title">Summary</h2>'
        f"{table}<p>{markup.summary_note(summary, len(study.seeds))}</p></section>"
    )


def _again(study: Study) -> str:
    settings = list(flat(msgspec.to_builtins(study.settings, str_keys=True)))
    try:
        made_by = f"edgeward {version('edgeward')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        made_by = "edgeward"
    hint = "" if "--data" in study.command or NO_FOLDER.search(study.data_source) else _data_hint(study)
    command = (
        f"<p>To make this report again:</p><pre><code>{markup.escape(study.command)}</code></pre>{hint}"
        if study.command
        else ""
    )
    return (
        '<section id="again" aria-labelledby="again-title"><h2 id="again-title">Settings, and how to run it again</h2>'
        f"{command}{markup.pairs(settings) if settings else ''}<p>Made by {markup.escape(made_by)}.</p></section>"
    )


def _data_hint(study: Study) -> str:
    source = markup.escape(without_folders(study.data_source))
    return (
        f"<p>It read real data ({source}); where their folder is not ../shared/data, "
        "say where it is with <code>--data DIR</code>.</p>"
    )


def _ranges(seeds: Sequence[int]) -> str:
    """Seeds as people write them: `1–10, 42`."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][-1] + 1:
            runs[-1].append(seed)
        else:
            runs.append([seed])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _inert(plots: Mapping[str, object]) -> str:
    """JSON that cannot end the element that it stands in."""
    text = json.dumps(plots, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _security(*scripts: str) -> str:
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    # plotly.js styles its elements itself and makes pictures for "download plot" through blob: and data:
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"
