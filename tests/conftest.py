"""What all tests share: property tests that give the same answer everywhere, and the real data when it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
    missing = f"replays real data: ../{path.relative_to(ROOT.parent)} is missing"
    return pytest.mark.skipif(not path.exists(), reason=missing)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--remake-golden", action="store_true", help="write the golden files anew (make golden)")


def pytest_configure() -> None:
    """No event loop yet: looptime asks for one before every test, and would be given one that nobody closes."""
    asyncio.set_event_loop(None)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("s1.json", text)`: text equals the file of that name in `golden/` beside the test, byte for byte.

    Mark such tests `@pytest.mark.golden`; `make golden` remakes the files of those tests and of no others.
    """
    folder = request.path.parent / "golden"

    def check(name: str, text: str) -> None:
        kept = folder / name
        if request.config.getoption("--remake-golden"):
            folder.mkdir(exist_ok=True)
            kept.write_text(text, encoding="utf-8", newline="")
        assert kept.is_file(), f"{kept.relative_to(ROOT)} is missing: make golden"
        assert text == kept.read_bytes().decode(), f"not as {kept.relative_to(ROOT)}; if that is meant: make golden"

    return check
