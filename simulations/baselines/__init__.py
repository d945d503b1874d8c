"""What a cluster does without us: kube-scheduler's own scores, alone or with our extender's integers added."""
