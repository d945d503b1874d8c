from __future__ import annotations

import numpy as np
import pytest

from policies.engine.cause import NO_CAUSE, Cause, decisive, worded
from policies.engine.contract import Bools


def cause(refused: str, hopeless: str) -> Cause:
    """x where it refuses, x where no eviction helps."""
    return Cause(marked(refused), marked(hopeless), lambda rows: [])


def marked(marks: str) -> Bools:
    return np.array([mark == "x" for mark in marks])


@pytest.mark.parametrize(
    ("causes", "which", "hopeless"),
    [
        pytest.param([cause("x.", "..")], [0, NO_CAUSE], [False, False], id="one"),
        pytest.param([cause("x.", "xx")], [0, NO_CAUSE], [True, False], id="hopeless counts only where it refuses"),
        pytest.param([cause("xx", ".."), cause("xx", ".x")], [0, 1], [False, True], id="the hopeless before the first"),
        pytest.param([cause("xx", "x."), cause("xx", "xx")], [0, 1], [True, True], id="the first hopeless one"),
        pytest.param(
            [cause("x.", ".."), cause("xx", ".."), cause("x.", "x.")], [2, 1], [True, False], id="the last may decide"
        ),
        pytest.param([], [NO_CAUSE, NO_CAUSE], [False, False], id="none"),
    ],
)
def test_of_several_causes_one_is_told(causes: list[Cause], which: list[int], hopeless: list[bool]) -> None:
    told, final = decisive(causes, 2)
    assert (told.tolist(), final.tolist()) == (which, hopeless)


def test_words_are_made_once_for_equal_numbers() -> None:
    asked: list[tuple[int, float]] = []

    def say(cpu: int, load: float) -> str:
        asked.append((cpu, load))
        return f"{cpu} at {load}"

    words = worded(say, np.array([1, 2, 1, 1]), np.array([0.5, 0.5, 0.5, 0.25]))
    assert words == ["1 at 0.5", "2 at 0.5", "1 at 0.5", "1 at 0.25"]
    assert asked == [(1, 0.5), (2, 0.5), (1, 0.25)]
