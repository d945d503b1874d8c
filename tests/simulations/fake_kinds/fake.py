"""The file by whose name the kind `fake` is found."""

from tests.simulations.fakes import METRICS, SETTINGS, check_policy, run

__all__ = ["METRICS", "SETTINGS", "check_policy", "run"]
