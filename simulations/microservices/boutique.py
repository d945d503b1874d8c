"""Online Boutique, Google's sample shop: 11 services, who calls whom, and what a user waits for at checkout.

A checkout goes from the user to the frontend, from there to the checkout service, which then asks six others one after
the other: eight round trips, none of them at the same time as another. Redis is behind the cart service and not on that
path: the shop counts what checkout itself calls.
"""

from __future__ import annotations

from collections.abc import Mapping

# In the order in which the pods are created: depth first from the frontend, as NetworkOverhead's TarjanSort has it. So
# the frontend goes where the users are, and what a service alone calls comes right after it.
SERVICES = (
    "frontend",
    "checkout",
    "recommendation",
    "productcatalog",
    "cart",
    "redis",
    "currency",
    "shipping",
    "payment",
    "email",
    "ad",
)

# (caller, called), after the first the others one by one
CHECKOUT = (
    ("frontend", "checkout"),
    ("checkout", "cart"),
    ("checkout", "productcatalog"),
    ("checkout", "currency"),
    ("checkout", "shipping"),
    ("checkout", "payment"),
    ("checkout", "email"),
)

CALLS = (
    *CHECKOUT,
    ("frontend", "ad"),
    ("frontend", "recommendation"),
    ("frontend", "productcatalog"),
    ("frontend", "cart"),
    ("frontend", "currency"),
    ("frontend", "shipping"),
    ("recommendation", "productcatalog"),
    ("cart", "redis"),
)


def _partners() -> dict[str, tuple[str, ...]]:
    ends = (*CALLS, *((called, caller) for caller, called in CALLS))
    return {service: tuple(other for one, other in ends if one == service) for service in SERVICES}


# What each service talks to, whoever calls: a round trip is as long either way.
PARTNERS: Mapping[str, tuple[str, ...]] = _partners()
