"""What the autoscaler's cluster tests need beside a control plane: loads, metrics, resizing kubelets; and the tests."""
