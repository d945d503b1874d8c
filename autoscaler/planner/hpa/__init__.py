"""The horizontal pod autoscaler's arithmetic, rule for rule, in whole thousandths as it computes them."""
