"""The model of `edgeward.dev/v1alpha1`: what an `EdgeAutoscaler` may say, and what is said in its status."""
