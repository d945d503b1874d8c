"""Load over time, scalers that follow it, and what that costs: the parts of the kind `autoscaling`."""
