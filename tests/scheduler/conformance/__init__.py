"""Tests of `edgeward conformance`."""
