"""API versions and files that kube-scheduler no longer reads: most how-tos for extenders are older than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import text
from scheduler.lint.finding import UNSET, Finding, error
from scheduler.lint.reading import KIND

GROUP: Final = "kubescheduler.config.k8s.io"
CURRENT: Final = f"{GROUP}/v1"  # since 1.25
REMOVED: Final = {"v1alpha1": "1.22", "v1alpha2": "1.21", "v1beta1": "1.24", "v1beta2": "1.28", "v1beta3": "1.29"}


def versions(asked: Asked) -> Iterator[Finding]:
    """A removed, misspelled or missing apiVersion, and policy files."""
    content = asked.configuration.content
    said = text(content, "apiVersion")
    group, _, version = said.rpartition("/")
    if text(content, "kind") != KIND:
        yield error(
            "kind",
            text(content, "kind") or UNSET,
            "policy files (--policy-config-file) are gone since Kubernetes 1.23",
            f"a {KIND} of {CURRENT} with the same entries under `extenders`; enableHttps is now enableHTTPS",
        )
    elif group == GROUP and version in REMOVED:
        yield error("apiVersion", said, f"is not read any more since Kubernetes {REMOVED[version]}", CURRENT)
    elif said != CURRENT:
        yield error(
            "apiVersion",
            said or UNSET,
            "kube-scheduler knows no such version",
            CURRENT,
        )
