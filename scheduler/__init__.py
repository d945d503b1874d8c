"""The scheduler extender: what a stock kube-scheduler calls to have pods placed by our policies."""
