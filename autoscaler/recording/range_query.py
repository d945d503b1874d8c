"""The range query of a Prometheus server, through its client library, bounded in time.

A connection that fails, or a proxy that finds nobody behind it, is tried again a little; what Prometheus itself says (a
query that is wrong, or too slow) is told at once, and so is that it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import requests
from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect
from urllib3.util import Retry

from autoscaler.recording.errors import AskedError, RecordingError

TRIES = 3
BACKOFF_S = 0.5
_LONGEST_REASON = 300

Series = Mapping[str, Any]


class RangeQuery(Protocol):
    """Something that answers range queries."""

    def ask(self, query: str, start_s: int, end_s: int, step_s: int) -> Sequence[Series]:
        """The series, each with its `values`; RecordingError when there is no answer."""
        ...


class Prometheus:
    """One server. It is asked over one connection, which `close` ends."""

    def __init__(self, url: str, *, timeout_s: int, token: str = "") -> None:
        if not url.startswith(("http://", "https://")):
            raise AskedError(f"url: must begin with http:// or https://, got {url!r}")
        self._url = url.rstrip("/")
        self._client = PrometheusConnect(
            self._url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            retry=Retry(total=TRIES - 1, read=0, backoff_factor=BACKOFF_S, status_forcelist=[429, 502, 504]),
            timeout=timeout_s,
        )

    def ask(self, query: str, start_s: int, end_s: int, step_s: int) -> Sequence[Series]:
        start, end = datetime.fromtimestamp(start_s, UTC), datetime.fromtimestamp(end_s, UTC)
        try:
            series: Sequence[Series] = self._client.custom_query_range(query, start, end, f"{step_s}")
        except PrometheusApiClientException as error:
            raise RecordingError(f"{self._url}: {str(error)[:_LONGEST_REASON]}") from error
        except (requests.JSONDecodeError, LookupError, TypeError) as error:  # no JSON, or not Prometheus'
            raise RecordingError(f"{self._url}: no answer of Prometheus to a range query: {error!r}") from error
        except requests.RequestException as error:
            raise RecordingError(f"{self._url}: {_cause(error)}") from error
        return series

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()


def _cause(error: requests.RequestException) -> str:
    """What happened, without the address and the URL that urllib3's layers each repeat before it."""
    innermost = getattr(next(iter(error.args), None), "reason", None) or error
    return str(innermost).rpartition(": ")[2][:_LONGEST_REASON] or type(error).__name__
