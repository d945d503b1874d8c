"""Whoever is connected when a door closes is taken in."""

from __future__ import annotations

import socket

import pytest

from scheduler.last_call import taken_and_closed


def test_connections_that_were_not_accepted_are_taken_with_what_they_sent() -> None:
    door = socket.create_server(("127.0.0.1", 0))
    door.setblocking(False)
    address = door.getsockname()
    clients = [socket.create_connection(address) for _ in range(3)]
    for number, client in enumerate(clients):
        client.sendall(b"%d" % number)
    taken = taken_and_closed(door)
    assert sorted(each.recv(1) for each in taken) == [b"0", b"1", b"2"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    for each in (*taken, *clients):
        each.close()


def test_a_door_with_nobody_at_it_is_closed() -> None:
    door = socket.create_server(("127.0.0.1", 0))
    door.setblocking(False)
    assert taken_and_closed(door) == []
    assert door.fileno() == -1
