"""The agent that measures: one a site (or node), TCP round trips to the others, shown to Prometheus.

It has few dependencies and no numpy, because it runs on small machines at the edge.
"""
