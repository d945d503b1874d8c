"""Ports for several control planes at once.

A port that was free a moment ago may go to another before its program opens it. So ours lie below those that the kernel
gives to outgoing connections, and each is claimed by the name of an abstract socket, which the kernel frees with us.
"""

from __future__ import annotations

import random
import socket

from tests.cluster.errors import ClusterError

HOST = "127.0.0.1"
_FROM, _TO = 20_000, 32_000  # below net.ipv4.ip_local_port_range
_TRIES = 500


class Ports:
    """Ports that no other holder of `Ports` on this machine gives out until `close`."""

    def __init__(self) -> None:
        self._claims: dict[int, socket.socket] = {}

    @property
    def claimed(self) -> list[int]:
        return list(self._claims)

    def free(self) -> int:
        """A port on the loopback address that nothing listens on and nobody claimed."""
        for port in random.Random().sample(range(_FROM, _TO), _TRIES):
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                claim.bind(f"\0edgeward-port-{port}")
                with socket.socket() as probe:
                    probe.bind((HOST, port))
            except OSError:
                claim.close()
                continue
            self._claims[port] = claim
            return port
        raise ClusterError(f"no free port on {HOST} between {_FROM} and {_TO} in {_TRIES} tries")

    def close(self) -> None:
        for claim in self._claims.values():
            claim.close()
        self._claims.clear()


def is_open(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0
