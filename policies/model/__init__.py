"""The vocabulary: quantities, sites, latency, demand, pods and the cluster as read-only columns."""
