"""What a program finds around it: an API server that may be away, the namespace it runs in, and what ended it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kube.client import KubeClient
from kube.errors import KubeError

_ASK_S = 5.0
_POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


async def answers_not(client: KubeClient) -> str:
    """Why the API server cannot be asked; empty when it can."""
    try:
        await client.get("/version", timeout_s=_ASK_S)
    except KubeError as error:
        return str(error)
    return ""


def own_namespace() -> str:
    """The namespace of the pod that we run in; kube-system, where schedulers are, when it is none."""
    with suppress(OSError):
        return _POD_NAMESPACE.read_text(encoding="utf-8").strip()
    return os.environ.get("POD_NAMESPACE", "kube-system")


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single error of a group: it ended the others."""
    inner: Iterable[BaseException] = group.exceptions
    first = next(iter(inner))
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
