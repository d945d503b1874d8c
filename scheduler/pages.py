"""What people ask beside the verbs: why a pod is where it is."""

from __future__ import annotations

import asyncio

from aiohttp import web

from kube.program.pages import guarded, json_answer
from scheduler.desk import Desk


def add_explanations(app: web.Application, desk: Desk, *, prefix: str, deadline_s: float) -> None:
    """Put them under their path, and also under the verbs' prefix, the one address that people know."""

    async def explain(request: web.Request) -> web.Response:
        namespace, name = request.match_info["namespace"], request.match_info["pod"]
        try:
            async with asyncio.timeout(deadline_s):
                told = await desk.explain(namespace, name)
        except TimeoutError:
            return json_answer({"Error": f"no explanation of {namespace}/{name} within {deadline_s:g} s; try again"})
        if told is None:
            return json_answer({"Error": f"pod {namespace}/{name} is not known"}, status=404)
        return json_answer(told)

    of_a_pod = "/explain/{namespace}/{pod}"
    for path in dict.fromkeys((of_a_pod, prefix + of_a_pod)):
        app.router.add_get(path, guarded(explain, 200))
