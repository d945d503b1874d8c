"""The extender to ask: its URL, its verbs, and how to get through to it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from policies.model.site import suggestion
from scheduler.conformance.errors import WrongTargetError

KINDS: Final = ("filter", "prioritize", "preempt", "bind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where requests go."""

    url: str
    verbs: Mapping[str, str]  # path by kind
    timeout_s: float
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise WrongTargetError(f"URL must be http://HOST:PORT or https://HOST:PORT, got {self.url!r}")

    def address(self, kind: str) -> str:
        """The URL of that verb, joined as kube-scheduler joins it."""
        return f"{self.url.rstrip('/')}/{self.verbs[kind]}"


def verbs(said: str, *, bind: bool) -> dict[str, str]:
    """`filter,prioritize=scores/v1` as paths by kind; *bind* adds the one that changes a cluster."""
    found = {}
    for entry in filter(None, (part.strip() for part in said.split(","))):
        kind, _, path = entry.partition("=")
        if kind not in KINDS:
            raise WrongTargetError(f"--verbs: unknown verb {kind!r}{suggestion(kind, KINDS)}")
        found[kind] = path or kind
    path = found.pop("bind", "bind")
    return found | ({"bind": path} if bind else {})


def tls_context(*, ca: Path | None, cert: Path | None, key: Path | None, insecure: bool) -> ssl.SSLContext:
    """How https is checked; WrongTargetError names the file that cannot be used."""
    if key and not cert:
        raise WrongTargetError("--key needs --cert")
    try:
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
    except (OSError, ssl.SSLError) as problem:
        raise WrongTargetError(f"--ca {ca}: {problem}") from problem
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert:
        try:
            context.load_cert_chain(str(cert), str(key) if key else None)
        except (OSError, ssl.SSLError) as problem:
            raise WrongTargetError(f"--cert {cert}: {problem}") from problem
    return context
