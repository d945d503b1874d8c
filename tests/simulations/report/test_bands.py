from __future__ import annotations

import numpy as np

from simulations.report.bands import MOST_POINTS, band, drawn
from simulations.result import Curve


def curve(x: list[float], y: list[float]) -> Curve:
    return Curve(x=tuple(x), y=tuple(y))


def test_one_seed_is_its_own_line() -> None:
    line = band([curve([0, 1, 2], [5, 6, 4])], distribution=False)
    assert line.mean.tolist() == line.low.tolist() == line.high.tolist() == [5, 6, 4]


def test_seeds_with_the_same_x_are_averaged_point_by_point() -> None:
    line = band([curve([0, 1], [2, 4]), curve([0, 1], [4, 10])], distribution=False)
    assert line.mean.tolist() == [3, 7]  # (2+4)/2, (4+10)/2
    assert (line.low.tolist(), line.high.tolist()) == ([2, 4], [4, 10])


def test_seeds_with_other_x_are_read_on_all_of_them() -> None:
    line = band([curve([0, 2], [0, 2]), curve([1, 3], [11, 13])], distribution=False)
    assert line.x.tolist() == [0, 1, 2, 3]
    # the first holds its end: 0, 1, 2, 2; the second its start: 11, 11, 12, 13
    assert line.mean.tolist() == [5.5, 6, 7, 7.5]


def test_a_distribution_is_zero_before_it_starts() -> None:
    line = band([curve([1, 2], [50, 100]), curve([2, 4], [50, 100])], distribution=True)
    assert line.x.tolist() == [1, 2, 4]
    assert line.mean.tolist() == [25, 75, 100]  # (50+0)/2, (100+50)/2, (100+100)/2


def test_a_long_line_is_thinned_and_keeps_its_ends_and_its_peak() -> None:
    y = np.zeros(100_000)
    y[54_321], y[-1] = 99.0, 7.0
    line = band([Curve(x=tuple(range(100_000)), y=tuple(y))], distribution=False)
    assert len(line.x) <= MOST_POINTS + 2
    assert line.mean.max() == 99.0
    assert (line.x[0], line.x[-1], line.mean[-1]) == (0, 99_999, 7.0)


def test_numbers_are_drawn_to_five_digits() -> None:
    assert drawn(np.array([95.391234, 123456.0, 0.000123456])) == [95.391, 123460.0, 0.00012346]
