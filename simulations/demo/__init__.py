"""The autoscaler's whole ladder on a small made-up edge, and the plain HPA on the same load beside it."""
