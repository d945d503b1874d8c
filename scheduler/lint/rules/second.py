"""A second scheduler: a lease of its own, and no pods that the first one has. And what extenders cost the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import DEFAULT_SCHEDULER, mapping, text
from scheduler.lint.finding import UNSET, Finding, error, hint, warning

LEASE: Final = "kube-scheduler"
NAMESPACE: Final = "kube-system"


def second(asked: Asked) -> Iterator[Finding]:
    """Leases that clash, pods with two schedulers, and batching that ends."""
    configuration = asked.configuration
    election = mapping(configuration.content, "leaderElection")
    name = text(election, "resourceName") or LEASE
    namespace = text(election, "resourceNamespace") or NAMESPACE
    path = "leaderElection.resourceName"
    said = text(election, "resourceName") or UNSET
    elects = election.get("leaderElect") is not False  # true unless said otherwise
    if configuration.is_second and elects and (namespace, name) == (NAMESPACE, LEASE):
        yield error(
            path,
            said,
            "is the lease of the cluster's own scheduler: this one would wait for it for ever",
            "edgeward-scheduler",
        )
    elif not configuration.is_second and elects and (namespace, name) != (NAMESPACE, LEASE):
        yield warning(
            path,
            said,
            f"is another lease than the cluster's own scheduler has, and the profile {DEFAULT_SCHEDULER!r} is served "
            "here, too: two schedulers would place the same pods",
            f"{LEASE} in {NAMESPACE}, or a schedulerName of its own",
        )
    if not configuration.is_second and configuration.extenders:
        yield hint(
            "extenders",
            len(configuration.extenders),
            "any extender ends opportunistic batching (on by default since Kubernetes 1.35) for all profiles",
            "a second scheduler, where only some pods need the extender",
        )
