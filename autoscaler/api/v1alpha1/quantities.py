"""Quantities such as `500m` and `1Gi`: kept as they were written, since the object goes back to people."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from policies.errors import QuantityError
from policies.model.quantity import milli

# The grammar of k8s.io/apimachinery's Quantity, without a sign: no amount here may be negative.
_SUFFIX = r"([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?"
_ANY = r"[0-9]+(\.[0-9]*)?|\.[0-9]+"
_POSITIVE = r"0*[1-9][0-9]*(\.[0-9]*)?|0*\.0*[1-9][0-9]*"
SCHEMA = {"x-kubernetes-int-or-string": True, "pattern": rf"^\+?({_ANY}){_SUFFIX}$", "minimum": 0}
# No CEL rule: what it costs is estimated from the longest text that an object could hold.
POSITIVE_SCHEMA = {"x-kubernetes-int-or-string": True, "pattern": rf"^\+?({_POSITIVE}){_SUFFIX}$", "minimum": 1}


def _quantity(value: Any) -> Any:
    """Text of a quantity that there is; numbers of hand-written YAML are taken as their decimal text."""
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(text, str):
        try:
            amount = milli(text)
        except QuantityError as error:
            raise ValueError(str(error)) from None
        if amount < 0:
            raise ValueError(f"must be >= 0, got {text!r}")
    return text


def _positive(text: str) -> str:
    if milli(text) == 0:
        raise ValueError(f"must be > 0, got {text!r}")
    return text


Quantity = Annotated[str, BeforeValidator(_quantity), WithJsonSchema(SCHEMA)]
PositiveQuantity = Annotated[
    str, BeforeValidator(_quantity), AfterValidator(_positive), WithJsonSchema(POSITIVE_SCHEMA)
]


def quantity(amount: int) -> str:
    """Thousandths as text in its shortest decimal form: 1500 → `1500m`, 2000 → `2`."""
    return f"{amount}m" if amount % 1000 else f"{amount // 1000}"


def cel_milli(path: str) -> str:
    """A CEL expression for the quantity at a path; whether it came as a number or as text."""
    return f"quantity(string({path}))"
