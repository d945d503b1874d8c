"""The prober: the agent that measures round trips, one a site or node, for the sources of `kube.latency`."""
