"""What may be an extended resource: only those can be an extender's managedResources."""

from __future__ import annotations

import re
from typing import Final

_QUOTA_PREFIX: Final = "requests."  # a quota writes it before the name, and the whole must still be a name
_PART: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", re.ASCII)
_DOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
LONGEST_DOMAIN: Final = 253
LONGEST_NAME: Final = 63


def fault(name: str) -> str:
    """Why that is no extended resource; empty when it is one."""
    domain, slash, rest = name.rpartition("/")
    if not slash:
        return "has no domain: what comes without one is Kubernetes' own (cpu, memory)"
    if "kubernetes.io/" in name:
        return "is in the domain kubernetes.io, which is Kubernetes' own"
    if name.startswith(_QUOTA_PREFIX):
        return f"begins with {_QUOTA_PREFIX!r}, as only quotas do"
    if not _DOMAIN.fullmatch(domain) or len(_QUOTA_PREFIX + domain) > LONGEST_DOMAIN:
        return f"has {domain!r} before the slash, which is no domain name"
    if not _PART.fullmatch(rest) or len(rest) > LONGEST_NAME:
        return f"has {rest!r} after the slash: no name of 1 to {LONGEST_NAME} letters, digits, '-', '_' and '.'"
    return ""
