"""Requests on their way from users to replicas: access, round trip, queue, service; and who decides where they go."""
