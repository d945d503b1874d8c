"""Texts that quote what somebody sent, cut to what a person reads and an event holds.

A reason is told once for each node: an annotation of 200 kB that could not be read, quoted for 5,000 nodes, was an
answer of two gigabytes.
"""

from __future__ import annotations

LONGEST = 1000  # characters; kube-scheduler's event holds 1,024 bytes of all reasons together


def short(text: str) -> str:
    """The text itself, or its beginning and how long it was."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
