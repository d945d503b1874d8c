"""Quantities such as `500m` and `1Gi`: kept as they were written, since the object goes back to people.

What sign they may have is said by a pattern. CEL could say it better, but what a rule costs is estimated from the
longest text that an object could hold, and the API server's budget for all rules would be gone.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from policies.errors import QuantityError
from policies.model.quantity import milli

_SUFFIX = r"([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?$"  # of k8s.io/apimachinery's Quantity
_NUMBER = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_POSITIVE_NUMBER = r"(0*[1-9][0-9]*(\.[0-9]*)?|0*\.0*[1-9][0-9]*)"


def _written(value: Any) -> Any:
    """Text of a quantity that there is; numbers of hand-written YAML are taken as their decimal text."""
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(text, str):
        try:
            milli(text)
        except QuantityError as error:
            raise ValueError(str(error)) from None
    return text


def _not_negative(text: str) -> str:
    if milli(text) < 0:
        raise ValueError(f"must be >= 0, got {text!r}")
    return text


def _positive(text: str) -> str:
    if milli(text) <= 0:
        raise ValueError(f"must be > 0, got {text!r}")
    return text


def _schema(pattern: str, **bounds: int) -> WithJsonSchema:
    return WithJsonSchema({"x-kubernetes-int-or-string": True, "pattern": f"{pattern}{_SUFFIX}", **bounds})


Measured = Annotated[str, BeforeValidator(_written), _schema(rf"^[+-]?{_NUMBER}")]
Quantity = Annotated[
    str, BeforeValidator(_written), AfterValidator(_not_negative), _schema(rf"^\+?{_NUMBER}", minimum=0)
]
PositiveQuantity = Annotated[
    str, BeforeValidator(_written), AfterValidator(_positive), _schema(rf"^\+?{_POSITIVE_NUMBER}", minimum=1)
]


def quantity(amount: int) -> str:
    """Thousandths as text in its shortest decimal form: 1500 → `1500m`, 2000 → `2`."""
    return f"{amount // 1000}" if amount % 1000 == 0 else f"{amount}m"


def cel_quantity(path: str) -> str:
    """A CEL expression for the quantity at a path, whether it came as a number or as text."""
    return f"quantity(string({path}))"
