"""The border to Kubernetes: a session, list and watch, and the mirror that keeps the snapshot of the cluster."""
