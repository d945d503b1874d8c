"""The graph of Online Boutique."""

from __future__ import annotations

from simulations.microservices.boutique import CALLS, CHECKOUT, PARTNERS, SERVICES


def test_the_shop_has_11_services_and_15_calls_each_once() -> None:
    assert len(SERVICES) == len(set(SERVICES)) == 11
    assert len(CALLS) == len(set(CALLS)) == 15
    assert {end for call in CALLS for end in call} == set(SERVICES)


def test_a_checkout_calls_six_services_after_the_user_and_the_frontend() -> None:
    # user → frontend is measured apart; frontend → checkout, then six: 7 of the 8 hops
    assert CALLS[: len(CHECKOUT)] == CHECKOUT
    assert [caller for caller, _ in CHECKOUT] == ["frontend", *["checkout"] * 6]
    assert "redis" not in {called for _, called in CHECKOUT}


def test_partners_are_both_ends_of_each_call() -> None:
    assert sum(len(partners) for partners in PARTNERS.values()) == 2 * len(CALLS)
    assert PARTNERS["redis"] == ("cart",)
    assert set(PARTNERS["cart"]) == {"checkout", "frontend", "redis"}
    assert len(PARTNERS["frontend"]) == 7


def test_each_service_but_the_first_comes_after_one_that_calls_it() -> None:
    for position, service in enumerate(SERVICES[1:], start=1):
        callers = {caller for caller, called in CALLS if called == service}
        assert callers & set(SERVICES[:position]), service
