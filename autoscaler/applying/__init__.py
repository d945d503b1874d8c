"""Doing what a decision wants: one kind of write a file, each with an outcome and none over somebody else's change."""
