"""`edgeward lint`: what in a KubeSchedulerConfiguration keeps an extender from deciding, before a pod finds out."""
