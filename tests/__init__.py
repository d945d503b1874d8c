"""Tests, laid out as the code is: policies/binpack.py is tested by tests/policies/test_binpack.py."""
