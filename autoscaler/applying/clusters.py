"""Other clusters that replicas may go to: a session with each, out of the Secret that says how to reach it.

The Secret lies beside the EdgeAutoscaler that names it. It is read anew once a minute, so that credentials can be
changed; a session that nobody asked for in ten minutes is closed. A cluster that is cut off costs one time-out in
fifteen seconds, however many workloads have replicas there.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from autoscaler.applying.guarded import CALL_S, Thing, decode, refused, version_of
from autoscaler.applying.outcome import Refused
from kube.breaker import BreakerClient
from kube.client import KubeClient
from kube.errors import ApiError, ConfigError, KubeError
from kube.inline import connect_inline

KEY = "kubeconfig"  # of the Secret's data
FRESH_S = 60.0
FAILED_S = 15.0
IDLE_S = 600.0

Connect = Callable[[bytes, str], Awaitable[KubeClient]]
Name = tuple[str, str]  # namespace, Secret


@dataclass(slots=True)
class _Known:
    """What came of a Secret, and until when that is believed."""

    client: KubeClient | None
    refusal: Refused | None
    version: str
    until_s: float
    asked_s: float


class Clusters:
    """Clients of other clusters. *client* is home's, which has the Secrets; *connect* is for tests."""

    def __init__(self, client: KubeClient, *, connect: Connect = connect_inline) -> None:
        self._client = client
        self._connect = connect
        self._known: dict[Name, _Known] = {}
        self._locks: defaultdict[Name, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def client(self, namespace: str, secret: str) -> KubeClient | Refused:
        """The client that the Secret leads to. It may be asked right away, and not kept past that."""
        await self._let_go()
        name, now_s = (namespace, secret), asyncio.get_running_loop().time()
        async with self._locks[name]:
            known = self._known.get(name)
            if known is None or now_s >= known.until_s:
                known = self._known[name] = await self._fresh(name, known)
            known.asked_s = now_s
            if known.client is not None:
                return known.client
            assert known.refusal is not None
            return known.refusal

    async def close(self) -> None:
        """Ends all sessions."""
        known, self._known = self._known, {}
        for each in known.values():
            if each.client is not None:
                await each.client.close()

    async def _fresh(self, name: Name, before: _Known | None) -> _Known:
        namespace, secret = (quote(part, safe="") for part in name)
        try:
            thing = decode(await self._client.get(f"/api/v1/namespaces/{namespace}/secrets/{secret}", timeout_s=CALL_S))
        except KubeError as error:
            if before is not None and before.client is not None and not isinstance(error, ApiError):
                return _Known(before.client, None, before.version, self._in_s(FAILED_S), before.asked_s)
            return await self._instead(before, refused(error), "")
        version = version_of(thing)
        if before is not None and before.client is not None and before.version == version:
            return _Known(before.client, None, version, self._in_s(FRESH_S), before.asked_s)
        called = f"Secret {name[0]}/{name[1]}"
        try:
            client = BreakerClient(await self._connect(_kubeconfig(thing, called), called))
        except ConfigError as error:
            return await self._instead(before, Refused("InvalidKubeconfig", str(error)), version)
        return await self._instead(before, client, version)

    async def _instead(self, before: _Known | None, now: KubeClient | Refused, version: str) -> _Known:
        if before is not None and before.client is not None:
            await before.client.close()
        if isinstance(now, Refused):
            return _Known(None, now, version, self._in_s(FAILED_S), 0.0)
        return _Known(now, None, version, self._in_s(FRESH_S), 0.0)

    async def _let_go(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for name in [name for name, known in self._known.items() if now_s - known.asked_s >= IDLE_S]:
            if self._locks[name].locked():
                continue
            known = self._known.pop(name)
            del self._locks[name]
            if known.client is not None:
                await known.client.close()

    @staticmethod
    def _in_s(seconds: float) -> float:
        return asyncio.get_running_loop().time() + seconds


def _kubeconfig(secret: Thing, called: str) -> bytes:
    text = (secret.get("data") or {}).get(KEY)
    if not isinstance(text, str):
        raise ConfigError(f"{called}: data.{KEY} is missing")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ConfigError(f"{called}: data.{KEY} is not base64: {error}") from error
