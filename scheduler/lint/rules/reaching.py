"""urlPrefix: whether the scheduler gets there at all.

A kube-scheduler of kubeadm is a static pod on the node's own network. It asks the node's resolver, which does not know
the names of Services.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import Extender, text
from scheduler.lint.finding import UNSET, Finding, error, hint, warning
from scheduler.lint.surroundings import Surroundings


def reaching(asked: Asked) -> Iterator[Finding]:
    """URLs that are none, and hosts that a scheduler on the node's network cannot look up."""
    for extender in asked.configuration.extenders:
        path, said = f"{extender.path}.urlPrefix", extender.content.get("urlPrefix", UNSET)
        if extender.url.scheme not in {"http", "https"} or not extender.host:
            yield error(
                path,
                said,
                "is no URL, so every call fails",
                "http://HOST:PORT, for example http://127.0.0.1:8890/scheduler",
            )
            continue
        if extender.url.query or extender.url.fragment:
            yield error(path, said, "the verb is put at its end, behind the '?' or '#'", "a URL without '?' and '#'")
        if is_address(extender) or extender.host == "localhost":
            continue
        yield from _named(extender, asked.surroundings, path)


def is_address(extender: Extender) -> bool:
    """Whether its host is an IP address."""
    try:
        ip_address(extender.host)
    except ValueError:
        return False
    return True


def is_loopback(extender: Extender) -> bool:
    """Whether it runs beside the scheduler."""
    return extender.host == "localhost" or (is_address(extender) and ip_address(extender.host).is_loopback)


def is_service(extender: Extender, around: Surroundings) -> bool:
    """Whether its host is the name of a Service: one of the file, or one by its form."""
    host = extender.host
    return any(each.is_called(host) for each in around.services) or host.endswith(".svc") or ".svc." in host


def _named(extender: Extender, around: Surroundings, path: str) -> Iterator[Finding]:
    said = text(extender.content, "urlPrefix")
    instead = "the Service's clusterIP, or the extender beside the scheduler on 127.0.0.1"
    if around.schedulers:
        for scheduler in around.schedulers:
            if not scheduler.knows_services and is_service(extender, around):
                yield error(
                    path,
                    said,
                    f"{scheduler.kind} {scheduler.name} is on the node's network and cannot look up Services",
                    f"{instead}, or dnsPolicy: ClusterFirstWithHostNet",
                )
    elif is_service(extender, around):
        yield warning(
            path,
            said,
            "is the name of a Service: a kube-scheduler on the node's network (kubeadm) cannot look it up",
            instead,
        )
    else:
        yield hint(path, said, "has to be known to the resolver of every node that kube-scheduler runs on", instead)
