"""The simulator: replays traces and latency matrices, offline, through the very policies that a cluster would run."""
