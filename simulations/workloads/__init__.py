"""What comes into a simulation: readers of real traces and cluster dumps, and seeded generators."""
