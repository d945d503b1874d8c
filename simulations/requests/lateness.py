"""Closed forms of queues: how likely a request is late, how likely a site is full, what a site holds that nobody sees.

Service is exponential of known mean 1/mu, a site serves c requests at once, and queues are first come, first served.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincc, gammaln

Floats = npt.NDArray[np.float64]


def late_probability(slack_ms: npt.ArrayLike, ahead: npt.ArrayLike, slots: npt.ArrayLike, service_ms: float) -> Floats:
    """P(wait + service > slack) with *ahead* departures of a site with all *slots* busy to wait for; 1 without slack.

    P(Erlang(k, c·mu) + Exp(mu) > x) = Q(k, c·mu·x) + e^(-mu·x) · (c/(c-1))^k · P(k, (c-1)·mu·x), P and Q the
    regularised gamma functions; for c = 1 the sum is Erlang(k+1, mu).
    """
    slack, k, c = np.broadcast_arrays(np.asarray(slack_ms, float), np.asarray(ahead, float), np.asarray(slots, float))
    x = np.maximum(slack, 0.0) / service_ms
    order = np.maximum(k, 1.0)  # k = 0 is put in last
    many = np.maximum(c, 2.0)
    waits = gammaincc(order, many * x) + np.exp(
        -x + order * np.log(many / (many - 1)) + _log(gammainc(order, (many - 1) * x))
    )
    single = gammaincc(order + 1, x)
    late = np.where(k == 0, np.exp(-x), np.where(c == 1, single, waits))
    return np.asarray(np.where(slack <= 0, 1.0, np.minimum(late, 1.0)), dtype=np.float64)


def erlang_b(load: Floats, servers: int) -> Floats:
    """Loss probability with 0 … *servers* servers, a row each, for each *load* in Erlang."""
    rows = [np.ones_like(load)]
    for count in range(1, servers + 1):
        rows.append(load * rows[-1] / (count + load * rows[-1]))
    return np.array(rows)


def occupancy_law(load: Floats, slots: int, states: int) -> Floats:
    """P(the site holds n), n = 0 … states-1 a row each, for each *load* in Erlang: M/M/c cut at the last state."""
    held = np.arange(states)[:, None]
    served = np.minimum(held, slots)
    weight = held * np.log(np.maximum(load, 0.01)) - gammaln(served + 1.0) - (held - served) * np.log(slots)
    law = np.exp(weight - weight.max(axis=0))
    return np.asarray(law / law.sum(axis=0), dtype=np.float64)


def _log(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values), dtype=np.float64)
