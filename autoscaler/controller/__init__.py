"""The reconcile loop: observe all, decide on each, do what was decided, and say so."""
