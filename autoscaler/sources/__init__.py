"""Where numbers come from: the three metrics APIs and Prometheus, each asked once a pass."""
