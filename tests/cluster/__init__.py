"""A real control plane on this machine, and the tests that need one (`make cluster-test`)."""
