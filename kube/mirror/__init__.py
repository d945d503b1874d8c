"""The mirror: what the API server tells, kept as the cluster's columns, one event at a time."""
