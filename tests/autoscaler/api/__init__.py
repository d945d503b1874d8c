"""Tests of the resource: its model, its CRD, what is read from it, and HPAs made into one."""
