"""How much a body may make us build. Decoded, one of nothing but `{},{},{}` takes forty times its bytes.

A real body is large for one reason: whole nodes, or whole pods of victims. These stay bytes, so what they are made of
costs nothing; their number is bounded far above the 5,000 nodes that Kubernetes is made for, and so is the size of
everything that does become objects. Small bodies need no bounds, and no time is spent on them.
"""

from __future__ import annotations

from codecs import getincrementaldecoder

import msgspec

from scheduler.errors import BodyTooLarge
from scheduler.keys import SEARCHED_BYTES, usually_spelled

MOST_VALUES = 2_000_000  # told by commas; 5,000 nodes with 50 images and 40 labels each have 1,500,000
MOST_NODES = 100_000
MOST_DECODED_BYTES = (
    SEARCHED_BYTES  # etcd takes objects of 1.5 MiB; the names of 5,000 nodes are 1.3 MB at the very most
)
LONGEST_NAME = 253  # of an object in Kubernetes; a UID is shorter
_PIECE_BYTES = 1 << 20

_DECODED = ("Pod", "NodeNames", "NodeNameToMetaVictims")
_VICTIMS = "NodeNameToVictims"
_BY_NODE = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)


def check(body: bytes) -> None:
    """BodyTooLarge for what no scheduler sends. msgspec's or Python's own error for what is no JSON object in UTF-8."""
    if not body.isascii():
        _check_text(body)
    if len(body) <= SEARCHED_BYTES:
        return
    if (values := body.count(b",")) > MOST_VALUES:
        raise BodyTooLarge(f"the body has {values} values, more than the {MOST_VALUES} that are read")
    parts = usually_spelled(body, (*_DECODED, _VICTIMS))
    for name in _DECODED:
        if name in parts and (size := len(parts[name])) > MOST_DECODED_BYTES:
            raise BodyTooLarge(f"{name} has {size} bytes, more than the {MOST_DECODED_BYTES} that are read")
    if _VICTIMS in parts:
        check_nodes(_VICTIMS, len(_BY_NODE.decode(parts[_VICTIMS]) or ()))


def check_nodes(where: str, nodes: int) -> None:
    """BodyTooLarge for more nodes than there can be."""
    if nodes > MOST_NODES:
        raise BodyTooLarge(f"{where} has {nodes} nodes, more than the {MOST_NODES} that are read")


def check_name(where: str, name: str) -> None:
    """BodyTooLarge for a longer name than there can be, since answers are remembered and told by it."""
    if len(name) > LONGEST_NAME:
        raise BodyTooLarge(f"{where} has {len(name)} characters, more than the {LONGEST_NAME} that a name may have")


def _check_text(body: bytes) -> None:
    """What stays bytes goes back as it came, so nobody else would see that it is no text. In pieces, to stay small."""
    decoder = getincrementaldecoder("utf-8")()
    for at in range(0, len(body), _PIECE_BYTES):
        decoder.decode(body[at : at + _PIECE_BYTES])
    decoder.decode(b"", final=True)
