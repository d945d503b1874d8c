"""Tests of what is installed: Kubernetes objects, configurations in them, the image."""
