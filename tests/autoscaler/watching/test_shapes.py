"""One watch of pods serves the mirror, too, so what it reads must be in ours."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest

from autoscaler.watching.shapes import WatchedPod
from kube.mirror.shapes import PodShape

PARTS = ["metadata", "spec", "status"]


def part(shape: Any, name: str) -> dict[str, Any]:
    """The fields of a part, by name."""
    (inner, _) = get_args(get_type_hints(shape)[name])
    return get_type_hints(inner)


@pytest.mark.parametrize("name", PARTS)
def test_every_field_that_the_mirror_reads_is_watched(name: str) -> None:
    assert part(PodShape, name).keys() <= part(WatchedPod, name).keys()
