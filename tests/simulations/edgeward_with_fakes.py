"""The program `edgeward` with the kind `fake`, for tests that need a process of its own: `python THIS sweep …`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import tests.simulations.fakes  # noqa: F401 - adds the kind, in the processes that are spawned as well
from edgeward import main

if __name__ == "__main__":
    main()
