"""The autoscaler: a controller for `EdgeAutoscaler`: out, up, over edge, and back, each step one explained decision."""
