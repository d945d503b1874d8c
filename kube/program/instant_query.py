"""Asking Prometheus one instant query (`/api/v1/query`), bounded in time and size.

Over aiohttp and not with a client library, because neither placing nor scaling waits for one: all is asynchronous,
and the samples are decoded into just labels and value.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from pathlib import Path
from typing import Protocol

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, Field

from kube.program.duration import Seconds
from kube.program.errors import QueryError

LARGEST_ANSWER = 32 * 1024 * 1024  # bytes; 200 sites in a full mesh are 40,000 samples of some 300
_LONGEST_REASON = 300


class PrometheusSettings(BaseModel):
    """Where Prometheus is and how it is asked; part of a configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)
    url: str = Field(pattern=r"^https?://[^/\s]+", examples=["http://prometheus.monitoring:9090"])
    """Its address, with the path prefix if there is one."""
    timeout_s: Seconds = Field(default=10.0, gt=0, le=120)
    """How long one question may take."""
    token_file: Path | None = Field(default=None, examples=["/etc/edgeward/prometheus/token"])
    """A file with a bearer token; read for each question, because kubelet renews it."""
    ca_file: Path | None = Field(default=None, examples=["/etc/edgeward/prometheus/ca.crt"])
    """Authorities (PEM) of an https address, instead of the system's."""


class Sample(msgspec.Struct, frozen=True):
    """One series of an instant vector; the time is that of the evaluation, not of the scrape."""

    metric: dict[str, str]
    value: tuple[float, str]

    @property
    def number(self) -> float:
        """The value; NaN for one that is no number."""
        try:
            return float(self.value[1])
        except ValueError:
            return math.nan


class _Data(msgspec.Struct, frozen=True):
    result_type: str = msgspec.field(name="resultType")
    result: msgspec.Raw


class _Answer(msgspec.Struct, frozen=True):
    status: str
    data: _Data | None = None
    error: str = ""


class InstantQuery(Protocol):
    """Something that answers instant queries."""

    async def ask(self, query: str) -> list[Sample]:
        """The series of the query's answer; QueryError when there is none that can be used."""
        ...


class Prometheus:
    """One Prometheus server, asked over a session that the caller opens and closes."""

    def __init__(
        self, settings: PrometheusSettings, session: aiohttp.ClientSession, *, largest_bytes: int = LARGEST_ANSWER
    ) -> None:
        self._settings, self._session, self._largest_bytes = settings, session, largest_bytes
        self._url = settings.url.rstrip("/") + "/api/v1/query"
        self._decoder = msgspec.json.Decoder(_Answer)
        self._vector = msgspec.json.Decoder(list[Sample])
        self._ssl: ssl.SSLContext | bool = True

    async def ask(self, query: str) -> list[Sample]:
        """The series of the query's answer."""
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                status, body = await self._post(query)
        except TimeoutError:
            raise QueryError(f"{self._url}: no answer within {self._settings.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: a host that is none
            raise QueryError(f"{self._url}: {str(error) or error.__class__.__name__}") from error
        return self._series(status, body, query)

    async def _post(self, query: str) -> tuple[int, bytes]:
        # POST, which every Prometheus takes: a query may be longer than proxies let a URL be
        headers = {"Accept": "application/json"}
        if self._settings.token_file is not None:
            token = await asyncio.to_thread(self._settings.token_file.read_text, encoding="utf-8")
            headers["Authorization"] = f"Bearer {token.strip()}"
        if self._settings.ca_file is not None and self._ssl is True:
            self._ssl = await asyncio.to_thread(ssl.create_default_context, cafile=str(self._settings.ca_file))
        form = {"query": query, "timeout": f"{self._settings.timeout_s:g}s"}
        async with self._session.post(
            self._url, data=form, headers=headers, ssl=self._ssl, allow_redirects=False
        ) as answer:
            body = bytearray()
            async for chunk in answer.content.iter_chunked(64 * 1024):
                body += chunk
                if len(body) > self._largest_bytes:
                    raise QueryError(f"{self._url}: an answer must have at most {self._largest_bytes} bytes, got more")
            return answer.status, bytes(body)

    def _series(self, status: int, body: bytes, query: str) -> list[Sample]:
        try:
            answer = self._decoder.decode(body)
            if answer.status == "success" and answer.data is not None:
                if answer.data.result_type != "vector":
                    raise QueryError(f"{query}: must give an instant vector, got a {answer.data.result_type}")
                return self._vector.decode(answer.data.result)
        except msgspec.MsgspecError as error:
            said = body[:_LONGEST_REASON].decode(errors="replace").strip()
            raise QueryError(f"{self._url}: status {status}, no answer of Prometheus: {error}: {said!r}") from error
        raise QueryError(f"{self._url}: status {status}: {answer.error[:_LONGEST_REASON] or 'no reason'} ({query})")
