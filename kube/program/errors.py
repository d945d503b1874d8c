"""What can be wrong with how a program was set up, before its own work begins."""

from __future__ import annotations


class ListenError(Exception):
    """The server cannot listen: an address in use, a certificate that cannot be read."""

    exit_code = 1
