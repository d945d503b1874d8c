"""How to reach the API server, and as whom: a kubeconfig, or what Kubernetes gives each pod.

The library reads both; what is ours is which one is meant (as kubectl has it: what is named, then $KUBECONFIG, then the
pod's own, then ~/.kube/config), that a wrong one is one error with its path, and that tokens stay fresh. In a pod the
library reads the token's file anew each minute by itself. For a kubeconfig it leaves that to a loop of the caller's;
here the same hook does it, before a call and not beside all calls, so nothing is left running.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from kube.errors import ConfigError

RENEW_EVERY_S = 60.0  # as the library does in a pod; a plugin's token is asked for again 5 min before it expires
LOAD_TIMEOUT_S = 30.0  # a plugin may ask a cloud, or a person

# What the library, YAML and the file system raise at a configuration that is wrong.
WRONG = (ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError)


async def load(kubeconfig: Path | None, context: str, environ: Mapping[str, str]) -> Configuration:
    """The library's configuration, with credentials that renew themselves; ConfigError when there is none."""
    configuration = Configuration(host="")
    configuration.disable_strict_ssl_verification = True  # Go's clients take a CA without key identifiers; so do many
    named = str(kubeconfig) if kubeconfig else environ.get("KUBECONFIG", "")
    if not named and environ.get("KUBERNETES_SERVICE_HOST"):
        _load_from_pod(configuration)
    else:
        await _load_from_file(configuration, _existing(named, environ), context)
    if urlsplit(configuration.host).scheme not in {"http", "https"}:
        raise ConfigError(f"kubeconfig {named}: clusters[].cluster.server must be a URL, got {configuration.host!r}")
    configuration.client_session_kwargs = {"trust_env": not _is_here(configuration.host)}
    return configuration


def _existing(named: str, environ: Mapping[str, str]) -> str:
    """The kubeconfigs that are *named* (joined by `:`, as in $KUBECONFIG), else the one at home."""
    home = Path(environ.get("HOME", "~")).expanduser() / ".kube" / "config"
    if any(Path(part).expanduser().is_file() for part in (named or str(home)).split(":")):
        return named or str(home)
    if named:
        raise ConfigError(f"kubeconfig {named} does not exist")
    raise ConfigError(f"no cluster: not in a pod, $KUBECONFIG is not set, and {home} does not exist")


def _load_from_pod(configuration: Configuration) -> None:
    try:
        load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]  # bears no types
    except WRONG as error:
        raise ConfigError(f"credentials of this pod: {_line(error)}") from error


async def _load_from_file(configuration: Configuration, named: str, context: str) -> None:
    try:
        async with asyncio.timeout(LOAD_TIMEOUT_S):
            loader = await load_kube_config(  # type: ignore[no-untyped-call]  # bears no types
                config_file=named,
                context=context or None,
                client_configuration=configuration,
                persist_config=False,  # a program does not write into a person's file
            )
    except TimeoutError as error:
        raise ConfigError(f"kubeconfig {named}: no credentials within {LOAD_TIMEOUT_S:g} s") from error
    except WRONG as error:
        raise ConfigError(f"kubeconfig {named}: {_line(error)}") from error
    if "BearerToken" in configuration.api_key:
        hook: Any = Renewal(loader)  # a plain attribute there, whose type mypy takes from its default None
        configuration.refresh_api_key_hook = hook


class Renewal:
    """The library's hook before each call: a token file is read, or a plugin asked, at most once a minute."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._due_s = asyncio.get_running_loop().time() + RENEW_EVERY_S

    async def __call__(self, configuration: Configuration) -> None:
        before_s, now_s = self._due_s, asyncio.get_running_loop().time()
        if now_s < before_s:
            return
        self._due_s = now_s + RENEW_EVERY_S  # whoever comes while this one waits goes on with the old token
        try:
            await self._loader.load_and_set(configuration)
        except BaseException:
            self._due_s = before_s
            raise


def _is_here(server: str) -> bool:
    """Loopback; Go's clients never ask a proxy for it, aiohttp would ask the one of the environment."""
    host = urlsplit(server).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
