"""Decisions offline: recorded ones and conformance vectors, a line of JSON each, decided again."""
