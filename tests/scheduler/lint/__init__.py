"""Tests of `edgeward lint`."""
