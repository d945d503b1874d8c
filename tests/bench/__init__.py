"""Measurements for `make bench`: each module has `measure() -> list[tuple[str, str]]`, what and the figure.

Figures of one run belong together: machines are shared and noisy, so what counts are the ratios inside a run. No
test asserts a time.
"""
