"""A kubeconfig that came as bytes, out of a Secret: only what is written in it counts.

Whoever may write that Secret is not whoever runs this process. A kubeconfig can name programs to be run (`exec`) and
files to be sent as credentials (`tokenFile: /var/run/secrets/…` with a server of the writer's choice), so here anything
but inline data is refused, by a list of what is allowed and not of what is known to be dangerous.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml
from kubernetes.aio.client import Configuration
from kubernetes.aio.config.kube_config import load_kube_config_from_dict

from kube import credentials
from kube.causes import cause
from kube.errors import ConfigError
from kube.session import Session

_ALLOWED: Mapping[str, tuple[str, frozenset[str]]] = {
    "clusters": (
        "cluster",
        frozenset(
            {"server", "certificate-authority-data", "insecure-skip-tls-verify", "tls-server-name", "extensions"}
        ),
    ),
    "users": (
        "user",
        frozenset({"token", "client-certificate-data", "client-key-data", "username", "password", "extensions"}),
    ),
}


async def connect_inline(content: bytes, called: str) -> Session:
    """A session with the cluster of the kubeconfig's current context; *called* is what errors call it."""
    told = _read(content, called)
    configuration = Configuration(host="")
    configuration.disable_strict_ssl_verification = True  # as in `credentials.load`
    try:
        async with asyncio.timeout(credentials.LOAD_TIMEOUT_S):
            await load_kube_config_from_dict(told, client_configuration=configuration)  # type: ignore[no-untyped-call]  # bears no types
        if urlsplit(configuration.host).scheme not in {"http", "https"}:
            raise ConfigError(f"{called}: clusters[].cluster.server must be a URL, got {configuration.host!r}")
        configuration.client_session_kwargs = {"trust_env": False}  # this process' proxies are not the writer's
        return Session(configuration)
    except (*credentials.WRONG, TimeoutError) as error:
        raise ConfigError(f"{called}: {cause(error)}") from error


def _read(content: bytes, called: str) -> dict[str, Any]:
    try:
        told = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{called}: not YAML: {cause(error)}") from error
    if not isinstance(told, dict):
        raise ConfigError(f"{called}: must be a kubeconfig, got {type(told).__name__}")
    for plural, (inside, allowed) in _ALLOWED.items():
        entries = told.get(plural) or []
        if not isinstance(entries, list):
            raise ConfigError(f"{called}: {plural} must be a list, got {type(entries).__name__}")
        for number, entry in enumerate(entries):
            part = (entry.get(inside) or {}) if isinstance(entry, dict) else None
            if not isinstance(part, dict):
                raise ConfigError(f"{called}: {plural}[{number}].{inside} must be an object")
            for key in part:
                if key not in allowed:
                    names = ", ".join(sorted(allowed - {"extensions"}))
                    raise ConfigError(
                        f"{called}: {plural}[{number}].{inside}.{key} is not allowed where nothing outside of the "
                        f"kubeconfig may be used, only {names}"
                    )
    return told
