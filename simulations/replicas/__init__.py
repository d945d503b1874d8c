"""Placing k replicas for a weighted map of users: the p-median problem, exactly or fast, and its tail."""
