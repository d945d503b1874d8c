"""What can be wrong with a simulation."""

from __future__ import annotations


class SimulationError(Exception):
    """Base of all errors of `simulations`; the run failed."""

    exit_code = 1


class InputError(SimulationError):
    """The input is wrong; the message names the file, the row or path, and the value."""

    exit_code = 2
