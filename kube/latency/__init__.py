"""Where round-trip times come from, and how several sources become the one latency matrix that policies see.

A source (a ConfigMap, Prometheus, a NetworkTopology resource) turns what it reads into `Measurement`s; `merged` keeps
the best one for each ordered pair of sites, and `round_trips` gives the matrix to the mirror. The extender and the
autoscaler both need it: each asks whether a pod with a limit may run at a place.
"""
