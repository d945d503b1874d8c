"""Where round-trip times come from, and how several sources become the one latency matrix that policies see.

A source (a ConfigMap, Prometheus, a NetworkTopology resource) turns what it reads into `Measurement`s; `merged` keeps
the best one for each ordered pair of sites. `prober` is the agent that measures, one a site or node.
"""
