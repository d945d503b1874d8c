"""Where metrics come from: the three metrics APIs of Kubernetes and Prometheus, each asked once for many."""
