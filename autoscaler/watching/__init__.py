"""What the controller is told by the API server: workloads, their pods by owner, and who else scales them."""
