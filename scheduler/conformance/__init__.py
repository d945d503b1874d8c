"""`edgeward conformance`: is that extender a good one? Any extender, by what kube-scheduler does with its answers."""
