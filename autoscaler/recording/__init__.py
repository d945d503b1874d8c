"""A load that was, out of Prometheus, as a file that what-if runs replay."""
