"""What happens to sites and links while requests flow: failures and returns, and latency that changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from simulations.kernel import LATE, URGENT, Kernel
from simulations.requests.fleet import Fleet
from simulations.requests.flow import Flow
from simulations.requests.routers import Router


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The site is down from `at_s` for `for_s`."""

    site: int
    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyChange:
    """Round trips are `factor` times as long from `at_s` for `for_s`; None stands for all origins or all sites."""

    at_s: float
    for_s: float
    factor: float
    origin: int | None = None
    site: int | None = None


def schedule_outages(kernel: Kernel, flow: Flow, outages: Sequence[Outage]) -> None:
    """Fail and restore the sites; where outages of a site overlap, it is back after the last of them."""
    down = [0] * len(flow.fleet.slots)

    def fail(site: int) -> None:
        down[site] += 1
        flow.fail(site)

    def restore(site: int) -> None:
        down[site] -= 1
        if not down[site]:
            flow.restore(site)

    for outage in outages:
        kernel.at(outage.at_s, partial(fail, outage.site), URGENT)
        kernel.at(outage.at_s + outage.for_s, partial(restore, outage.site), URGENT)


def schedule_changes(kernel: Kernel, fleet: Fleet, changes: Sequence[LatencyChange]) -> None:
    """Multiply round trips while a change lasts; changes that overlap multiply each other."""
    base = fleet.topology.rtt_ms
    active: list[LatencyChange] = []

    def renew() -> None:
        rtt_ms = base.copy()
        for change in active:
            rows = slice(None) if change.origin is None else slice(change.origin, change.origin + 1)
            columns = slice(None) if change.site is None else slice(change.site, change.site + 1)
            rtt_ms[rows, columns] *= change.factor
        fleet.set_rtt(rtt_ms)

    def begin(change: LatencyChange) -> None:
        active.append(change)
        renew()

    def end(change: LatencyChange) -> None:
        active.remove(change)
        renew()

    for change in changes:
        kernel.at(change.at_s, partial(begin, change), URGENT)
        kernel.at(change.at_s + change.for_s, partial(end, change), URGENT)


def schedule_knowledge(kernel: Kernel, fleet: Fleet, router: Router, *, refresh_s: float, staleness_s: float) -> None:
    """Let sites report every *staleness_s* (for 0 all is known, always), and the router digest every *refresh_s*."""

    def refresh() -> None:
        router.refresh(refresh_s * 1000)
        kernel.after(refresh_s, refresh, LATE)

    def report() -> None:
        fleet.report(kernel.now_s * 1000)
        kernel.after(staleness_s, report)

    kernel.after(refresh_s, refresh, LATE)
    if staleness_s > 0:
        kernel.after(staleness_s, report)
