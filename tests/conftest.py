"""What all tests share: property tests that give the same answer everywhere, and the real data when it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, and no test fails because a machine is slow.
settings.register_profile("edgeward", derandomize=True, deadline=None)
settings.load_profile("edgeward")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"  # the real data is too big to ship: `--data` of the commands defaults to the same place


def needs_data(*parts: str) -> pytest.MarkDecorator:
    """Skip a test that replays real data where that folder or file is missing: `@needs_data("openb", "nodes.csv")`."""
    path = SHARED.joinpath("data", *parts)
    return pytest.mark.skipif(not path.exists(), reason=f"replays real data: ../{path.relative_to(ROOT.parent)} is missing")
