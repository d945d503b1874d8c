"""Requests in motion: the queueing law, the accounts, repeatability, failures, second tries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.kernel import Kernel
from simulations.requests.disruption import (
    LatencyChange,
    Outage,
    schedule_changes,
    schedule_knowledge,
    schedule_outages,
)
from simulations.requests.fleet import REFUSED, Fleet
from simulations.requests.flow import Flow, Outcome
from simulations.requests.traffic import poisson
from tests.simulations.requests.worlds import ROUTERS, make_flow, make_router, make_topology, make_traffic


def erlang_c(servers: int, load: float) -> float:
    """Probability to wait in M/M/c, from the textbook."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(("slots", "load"), [(1, 0.5), (4, 0.7), (4, 0.85), (16, 0.8)])
def test_one_site_alone_obeys_erlang_c(slots: int, load: float) -> None:
    sites = make_topology(1, slots=slots, cloud=False)
    traffic = poisson(sites, load=load, service_ms=40.0, requests=300_000, seed=3)
    outcome = make_flow(sites, traffic, "local-neighbors-cloud").run()
    waited_ms = outcome.response_ms - 7.0 - traffic.service_ms
    counted = waited_ms[20_000:]
    waits = erlang_c(slots, slots * load)
    # 4 standard errors of a mean of 280,000 that are correlated over some 1/(1-load)^2 requests
    assert (counted > 1e-6).mean() == pytest.approx(waits, rel=0.03)
    assert counted.mean() == pytest.approx(waits * 40.0 / (slots * (1 - load)), rel=0.06)
    assert (outcome.busy_ms[0] / slots / outcome.ended_ms) == pytest.approx(load, rel=0.02)


def test_a_response_is_access_and_round_trip_and_wait_and_service() -> None:
    # one slot a site: a is busy until 100, b until 200, so the third goes to c (4 ms), the fourth to the cloud (20 ms)
    flow = make_flow(make_topology(3), make_traffic([0, 1, 2, 3], [0, 0, 0, 0], [100, 199, 50, 60]))
    outcome = flow.run()
    assert outcome.served_by.tolist() == [0, 1, 2, 3]
    assert outcome.response_ms.tolist() == [7 + 100, 7 + 2 + 199, 7 + 4 + 50, 7 + 20 + 60]
    assert outcome.busy_ms == (100, 199, 50, 60)


def test_a_queue_is_first_come_first_served() -> None:
    flow = make_flow(make_topology(1, cloud=False), make_traffic([0, 1, 2], [0, 0, 0], [10, 10, 10]))
    assert flow.run().response_ms.tolist() == [7 + 10, 7 + 9 + 10, 7 + 18 + 10]


@st.composite
def troubles(draw: st.DrawFn) -> tuple[list[Outage], list[LatencyChange], float, str, bool, bool]:
    moments = st.floats(0, 0.5)
    outages = draw(st.lists(st.builds(Outage, site=st.integers(0, 2), at_s=moments, for_s=moments), max_size=4))
    changes = draw(
        st.lists(
            st.builds(LatencyChange, at_s=moments, for_s=moments, factor=st.floats(0.1, 9), site=st.integers(0, 2)),
            max_size=2,
        )
    )
    until_ms = draw(st.one_of(st.just(math.inf), st.floats(0, 700)))
    return outages, changes, until_ms, draw(st.sampled_from(ROUTERS)), draw(st.booleans()), draw(st.booleans())


def troubled(plan: tuple[list[Outage], list[LatencyChange], float, str, bool, bool]) -> tuple[Flow, Outcome]:
    outages, changes, until_ms, router, exact, cloud = plan
    sites = make_topology(3, slots=2, cloud=cloud)
    traffic = poisson(sites, load=0.9, service_ms=40.0, requests=80, seed=5)
    kernel, fleet = Kernel(), Fleet(sites, exact=exact)
    chosen = make_router(router, fleet)
    flow = Flow(fleet, chosen, traffic, kernel, access_ms=7.0)
    schedule_knowledge(kernel, fleet, chosen, refresh_s=0.05, staleness_s=0.0 if exact else 0.1)
    schedule_outages(kernel, flow, outages)
    schedule_changes(kernel, fleet, changes)
    return flow, flow.run(until_ms)


@given(troubles())
def test_arrived_is_answered_and_refused_and_in_flight(
    plan: tuple[list[Outage], list[LatencyChange], float, str, bool, bool],
) -> None:
    flow, outcome = troubled(plan)
    until_ms = plan[2]
    assert outcome.arrived == outcome.answered + outcome.refused + outcome.in_flight
    assert np.isfinite(outcome.response_ms).sum() == outcome.answered
    assert all(held >= 0 for held in flow.fleet.held)
    assert np.array(flow.fleet.own).sum(axis=0).tolist() == flow.fleet.held  # whose they are, at every moment
    if math.isinf(until_ms):
        assert outcome.arrived == 80
        assert outcome.in_flight == 0
        assert flow.fleet.held == [0] * len(flow.fleet.held)
    elif plan[3] != "edgeward":
        assert sum(flow.fleet.held) == outcome.in_flight  # one copy each
    else:
        assert sum(flow.fleet.held) >= outcome.in_flight


@given(troubles())
def test_the_same_inputs_give_the_same_bytes(
    plan: tuple[list[Outage], list[LatencyChange], float, str, bool, bool],
) -> None:
    one, two = troubled(plan)[1], troubled(plan)[1]
    assert one.served_by.tobytes() == two.served_by.tobytes()
    assert one.response_ms.tobytes() == two.response_ms.tobytes()
    assert (one.busy_ms, one.rerouted, one.seconds, one.ended_ms) == (
        two.busy_ms,
        two.rerouted,
        two.seconds,
        two.ended_ms,
    )


def test_requests_at_a_site_that_fails_are_routed_anew_and_pay_for_the_time_lost() -> None:
    flow = make_flow(make_topology(2), make_traffic([0], [0], [100]))
    schedule_outages(flow.kernel, flow, [Outage(site=0, at_s=0.03, for_s=1.0)])
    outcome = flow.run()
    assert outcome.served_by.tolist() == [1]
    assert outcome.response_ms.tolist() == [pytest.approx(7 + 2 + 30 + 100)]
    assert outcome.busy_ms == pytest.approx((30, 100, 0))
    assert outcome.rerouted == 1


def test_with_nobody_up_requests_are_refused_and_after_the_return_answered() -> None:
    flow = make_flow(make_topology(1, cloud=False), make_traffic([0, 20, 50], [0, 0, 0], [15, 15, 15]))
    schedule_outages(
        flow.kernel, flow, [Outage(site=0, at_s=0.01, for_s=0.02), Outage(site=0, at_s=0.015, for_s=0.025)]
    )
    outcome = flow.run()
    assert outcome.served_by.tolist() == [REFUSED, REFUSED, 0]  # the second outage ends at 40 ms
    assert (outcome.answered, outcome.refused) == (1, 2)


def test_a_latency_change_lasts_as_long_as_it_says() -> None:
    flow = make_flow(make_topology(2, near=0), make_traffic([0, 5, 20, 25, 50, 55], [0] * 6, [10] * 6))
    schedule_changes(flow.kernel, flow.fleet, [LatencyChange(at_s=0.03, for_s=0.02, factor=3.0, site=2)])
    outcome = flow.run()
    assert outcome.served_by.tolist() == [0, 2, 0, 2, 0, 2]
    # to the cloud 20 ms, 60 ms for what is answered from 30 to 50 ms, and 20 ms again
    assert outcome.response_ms.tolist() == pytest.approx([17, 37, 17, 77, 17, 37])


def test_a_second_try_answers_first_and_stops_the_other() -> None:
    sites = make_topology(2)
    traffic = make_traffic([0], [0], [500])
    traffic.second_ms[:] = 10
    outcome = make_flow(sites, traffic, "edgeward").run()
    assert outcome.seconds == 1
    assert outcome.served_by.tolist() == [1]
    assert outcome.response_ms.tolist() == [7 + 2 + 50 + 10]
    # the first copy stops when the answer has passed by: half a round trip of 2 ms after 60 ms
    assert outcome.busy_ms == (61, 10, 0)
