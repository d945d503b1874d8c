"""What should happen, and why: plain functions of values; no I/O, no clock, no dice. The simulator runs them, too."""
