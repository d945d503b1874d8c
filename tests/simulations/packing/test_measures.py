from __future__ import annotations

import numpy as np

from simulations.packing.measures import measure
from simulations.packing.replay import Replay


def made(arrived: list[int], used: list[int], fragmented: list[float]) -> Replay:
    nodes = tuple("n" for _ in arrived)
    return Replay(
        arrived_milli=np.array(arrived),
        used_milli=np.array(used),
        fragmented_milli=np.array(fragmented),
        nodes=nodes,
        placing_seconds=1.0,
    )


def test_a_figure_is_the_mean_over_the_events_of_its_per_cent() -> None:
    # 10 GPUs: 100 milli are 1 %; events at 1 %, 1 % (0.96), 2 %
    figures = measure(made([96, 100, 200], [50, 100, 150], [10.0, 20.0, 30.0]), 10)
    assert figures.allocated_at(1) == 0.75  # (0.5 + 1.0) / 2
    assert figures.fragmented_at(1) == 0.15  # 100 · 15 / 1000 / 10
    assert figures.allocated_at(2) == 1.5


def test_edges_round_half_to_even() -> None:
    figures = measure(made([50, 150, 250], [50, 150, 250], [0.0] * 3), 10)  # 0.5 → 0, 1.5 → 2, 2.5 → 2
    assert figures.allocated_at(0) == 0.5
    assert figures.allocated_at(2) == 2.0  # (1.5 + 2.5) / 2
    assert figures.allocated_at(1) == 1.5  # none of its own: its neighbours', (0.5 + 1.5 + 2.5) / 3


def test_where_nothing_arrived_there_is_no_figure() -> None:
    figures = measure(made([100, 900], [100, 900], [0.0] * 2), 10)
    assert figures.allocated_at(5) is None
    assert figures.allocated_at(10) is None
    assert measure(made([], [], []), 10).allocated_at(0) is None
