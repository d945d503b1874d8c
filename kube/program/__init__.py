"""What a program in a cluster needs around its work: logs, probes, durations in its configuration, a good end."""
