"""What all sources have told, one layer of columns each over one common numbering of the sites, bounded in size."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kube.latency.layer import Layer
from kube.latency.measurement import Measurement

MAX_SITES = 512  # 6 MB a source; the largest public matrix has 222
MAX_SOURCES = 16
_FIRST_CAPACITY = 8


class Table:
    """Layers by source; sites of which nothing is told any more lose their number when room is needed."""

    def __init__(self, *, max_sites: int = MAX_SITES, max_sources: int = MAX_SOURCES) -> None:
        self._max_sites, self._max_sources = max_sites, max_sources
        self._numbers: dict[str, int] = {}
        self._layers: dict[str, Layer] = {}
        self._capacity = min(_FIRST_CAPACITY, max_sites)

    @property
    def layers(self) -> Mapping[str, Layer]:
        """By source, in order of name, so that ties are broken the same way whoever spoke first."""
        return {name: self._layers[name] for name in sorted(self._layers)}

    @property
    def sites(self) -> tuple[str, ...]:
        """By number."""
        return tuple(self._numbers)

    def put(self, told: Measurement) -> bool | None:
        """Whether that is news; None when there is no room for another source or site."""
        layer = self._layers.get(told.source)
        if layer is None and len(self._layers) >= self._max_sources:
            return None
        wanted = {told.origin, told.to}
        if not wanted <= self._numbers.keys() and not self._admit(wanted):
            return None
        if layer is None:
            layer = self._layers[told.source] = Layer(self._capacity)
        row, column = self._numbers[told.origin], self._numbers[told.to]
        return layer.put(row, column, p50_ms=told.p50_ms, p95_ms=told.p95_ms, at_s=told.at_s)

    def withdraw(self, source: str) -> bool:
        """Forget all that a source told; whether there was anything."""
        return self._layers.pop(source, None) is not None

    def forget(self, before_s: float) -> None:
        """Drop what was measured before that time, and sources that tell nothing any more."""
        for name, layer in list(self._layers.items()):
            layer.forget(before_s)
            if not layer.told().any():
                del self._layers[name]

    def _admit(self, wanted: set[str]) -> bool:
        """Give numbers to new sites; whether there was room for them."""
        if len(self._numbers.keys() | wanted) > self._max_sites:
            told = np.zeros(self._capacity, dtype=np.bool_)
            for layer in self._layers.values():
                told |= layer.told().any(axis=0) | layer.told().any(axis=1)
            self._renumber([site for site, number in self._numbers.items() if told[number] or site in wanted])
        if len(self._numbers.keys() | wanted) > self._max_sites:
            return False
        for site in sorted(wanted - self._numbers.keys()):
            self._numbers[site] = len(self._numbers)
        if len(self._numbers) > self._capacity:
            self._capacity = min(2 * self._capacity, self._max_sites)
            self._renumber(list(self._numbers))
        return True

    def _renumber(self, sites: list[str]) -> None:
        before = np.array([self._numbers.get(site, -1) for site in sites], dtype=np.intp)
        for layer in self._layers.values():
            layer.move(before[before < len(layer.at_s)], self._capacity)
        self._numbers = {site: number for number, site in enumerate(sites)}
