"""The autoscaler as a program: its configuration, its parts put together, its pages, and how it ends."""
