"""What every mapping of the resource is: named as Kubernetes names things, and with rules that two programs check.

Where fields depend on each other, the API server checks a CEL expression, and we check the same for files that no
server has seen (`edgeward decide --spec`, `edgeward convert`). A `Rule` holds both, with the one message, so that they
are read side by side; the tests send every bad object to both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

LARGEST_INT32 = 2**31 - 1

# Strict, as the API server is: neither "3" nor true is a number.
Int32 = Annotated[int, Field(strict=True, ge=-LARGEST_INT32 - 1, le=LARGEST_INT32)]
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_INT32)]
Positive = Annotated[int, Field(strict=True, ge=1, le=LARGEST_INT32)]
Flag = Annotated[bool, Field(strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=253)]
ContainerName = Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]  # a DNS label
Text = Annotated[str, Field(min_length=1)]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class Rule(NamedTuple):
    """What must hold between the fields of a mapping: for the API server, in words, and for us."""

    cel: str
    message: str
    holds: Callable[[Any], bool]


class Said(BaseModel):
    """A mapping whose keys are Kubernetes' own: `max_replicas` is `maxReplicas`."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    RULES: ClassVar[tuple[Rule, ...]] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is written in an object; what was not given and has no default is not there."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler(schema)
        if cls.RULES:
            inner = handler.resolve_ref_schema(made)
            inner["x-kubernetes-validations"] = [{"rule": rule.cel, "message": rule.message} for rule in cls.RULES]
        return made


class Part(Said):
    """A mapping of `spec`: what is not known in it is refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if broken := "; ".join(self._broken()):
            raise ValueError(broken)
        return self

    def _broken(self) -> Iterator[str]:
        for rule in self.RULES:
            if not rule.holds(self):
                yield rule.message


class Shown(Said):
    """A mapping of `status`: made by field names, and read whatever another version may have written beside them."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)
