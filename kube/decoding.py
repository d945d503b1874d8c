"""Lists and events as the API server sends them, opened just so far that each object can be decoded by itself.

One object that is not as its shape says must not cost the page of 500 that it came in, so objects stay raw bytes here
(slices of the page, no copies).
"""

from __future__ import annotations

import msgspec

from kube.errors import Garbled


class Meta(msgspec.Struct, rename="camel"):
    """What a reflector itself needs of an object."""

    name: str = ""
    namespace: str = ""
    resource_version: str = ""


class Head(msgspec.Struct):
    """An object, of which only the metadata is read."""

    metadata: Meta = msgspec.field(default_factory=Meta)


class ListMeta(msgspec.Struct, rename="camel"):
    """Of which moment a list is, and how it goes on."""

    resource_version: str = ""
    token: str = msgspec.field(default="", name="continue")


class Page(msgspec.Struct):
    """One page of a list; Go writes an empty one as null."""

    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
    items: list[msgspec.Raw] | None = None


class Told(msgspec.Struct):
    """One event of a watch."""

    type: str
    object: msgspec.Raw


class Status(msgspec.Struct):
    """What an ERROR event, or a refused call, says."""

    code: int = 0
    reason: str = ""
    message: str = ""


_PAGE = msgspec.json.Decoder(Page)
_TOLD = msgspec.json.Decoder(Told)
_HEAD = msgspec.json.Decoder(Head)
_STATUS = msgspec.json.Decoder(Status)


def page(content: bytes) -> Page:
    """A page; Garbled when it is none, such as a proxy's own."""
    try:
        return _PAGE.decode(content)
    except msgspec.DecodeError as error:
        raise Garbled(f"not a list of Kubernetes: {error}: {_start(content)}") from error


def told(line: bytes) -> Told:
    """An event; Garbled when it is none."""
    try:
        return _TOLD.decode(line)
    except msgspec.DecodeError as error:
        raise Garbled(f"not an event of Kubernetes: {error}: {_start(line)}") from error


def meta(raw: msgspec.Raw) -> Meta:
    """Name and version of an object; empty where it has none."""
    try:
        return _HEAD.decode(raw).metadata
    except msgspec.DecodeError:
        return Meta()


def status(content: bytes | msgspec.Raw) -> Status | None:
    """The Status, None when it is none."""
    try:
        return _STATUS.decode(content)
    except msgspec.DecodeError:
        return None


def _start(content: bytes) -> str:
    return " ".join(content[:80].decode(errors="replace").split())
