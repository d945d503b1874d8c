"""The machinery: what a policy may do, how masks and scores become one decision, profiles."""
