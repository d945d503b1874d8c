"""Round trips that an operator writes down in a ConfigMap. Each key of its data is one text, in one of two forms.

A key that ends in `.yaml` (or `.yml`) is a list:

    - {from: seoul, to: busan, p50_ms: 4.1, p95_ms: 6.5}
    - {from: seoul, to: cloud, p95_ms: 38, measured_at: 2026-05-01T09:00:00Z}

A key that ends in `.csv` is a matrix, which is read many times faster: the header names the sites, each row starts with
a site, and a cell is `p50` or `p50/p95` in ms, or empty:

    from,seoul,busan,cloud
    seoul,,4.1/6.5,30/38
    busan,4.1/6.5,,

p95 left out is unknown, and passes no hard limit. One direction is enough: the other takes it. An entry without
`measured_at` does not age: whoever wrote it stands by it until it is taken out. It yields to what was measured freshly
elsewhere, and holds again when that goes stale.

A text is taken whole or not at all: of one with problems all are told, and the last good one stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kube.latency.entries_csv import parse_csv
from kube.latency.entries_yaml import parse_yaml
from kube.latency.errors import InputError
from kube.latency.measurement import Measurement, Read

SOURCE: Final = "configmap"


class ConfigMaps:
    """Texts by ConfigMap and key, each in its last good version."""

    def __init__(self) -> None:
        self._good: dict[tuple[str, str], tuple[str, tuple[Measurement, ...]]] = {}

    def read(self, texts: Mapping[str, Mapping[str, str]]) -> Read:
        """Read the data of all ConfigMaps, by name; one that is gone, and a key that is gone, say nothing any more.

        Where two texts tell the same pair without a time, the one whose name is first is believed.
        """
        before, self._good = self._good, {}
        problems: list[str] = []
        for name in sorted(texts):
            for key in sorted(texts[name]):
                text, kept = texts[name][key], before.get((name, key))
                if kept is None or kept[0] != text:
                    try:
                        kept = text, parse(text, key=key, where=f"configmap {name}")
                    except InputError as error:
                        problems += error.problems
                if kept is not None:
                    self._good[name, key] = kept
        first: dict[tuple[str, str, float], Measurement] = {}
        for _, measurements in self._good.values():
            for each in measurements:
                first.setdefault((each.origin, each.to, each.at_s), each)
        return Read(tuple(first.values()), tuple(problems))


def parse(text: str, *, key: str, where: str, source: str = SOURCE) -> tuple[Measurement, ...]:
    """The round trips of one text; InputError with all its problems, each beginning with *where* and *key*."""
    named = f"{where}: {key}"
    if key.endswith(".csv"):
        return parse_csv(text, named=named, source=source)
    if key.endswith((".yaml", ".yml")):
        return parse_yaml(text, named=named, source=source)
    raise InputError((f"{named}: a key must end in .yaml, .yml or .csv, which says how its text is read",))
