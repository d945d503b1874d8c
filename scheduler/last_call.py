"""Closing a listening socket without resetting those who are at the door.

The kernel makes connections by itself and keeps them until they are accepted. When the socket is closed, those not
accepted yet are reset, and a client that has just sent its request never hears of it. Accepting all and then closing
leaves a gap between the two, in which a loaded machine may not run us for milliseconds. So first the door is locked: a
filter on the socket drops every packet that would begin a connection. Such a client asks again a second later, finds
nobody, and knows that nothing was lost.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct

_SO_ATTACH_FILTER = 26  # asm-generic/socket.h; Linux only, and Python has no name for it
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # linux/filter.h: BPF_RET | BPF_K with 0 bytes to keep


def taken_and_closed(door: socket.socket) -> list[socket.socket]:
    """All connections that the kernel holds for a listening socket that does not block; it is closed then."""
    taken: list[socket.socket] = []
    with door:
        _lock(door)
        with contextlib.suppress(BlockingIOError):
            while True:
                taken.append(door.accept()[0])
    for each in taken:
        each.setblocking(False)
    return taken


def _lock(door: socket.socket) -> None:
    program = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
    with contextlib.suppress(OSError):  # where there are no such filters, the gap stays
        door.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))
