"""A Prometheus that answers instant queries from a table, over HTTP as the real one does, or directly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from kube.program.errors import QueryError
from kube.program.instant_query import Sample

Labels = Mapping[str, str]


def series(value: object, *, at_s: float = 1000.0, **labels: str) -> dict[str, Any]:
    return {"metric": {name.rstrip("_"): label for name, label in labels.items()}, "value": [at_s, str(value)]}


class FakePrometheus:
    """`answers` by query; `broken` is what all queries fail with while it is set. An `InstantQuery` itself."""

    def __init__(self) -> None:
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.asked_at_s: list[float] = []
        self.broken = ""

    async def ask(self, query: str) -> list[Sample]:
        self.asked.append(query)
        self.asked_at_s.append(asyncio.get_running_loop().time())
        if self.broken:
            raise QueryError(self.broken)
        return [Sample(each["metric"], (each["value"][0], each["value"][1])) for each in self.answers.get(query, [])]

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/prefix/api/v1/query", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        query = str((await request.post())["query"])
        self.asked.append(query)
        if self.broken:
            return web.json_response({"status": "error", "errorType": "bad_data", "error": self.broken}, status=400)
        data = {"resultType": "vector", "result": self.answers.get(query, [])}
        return web.json_response({"status": "success", "data": data})
