"""`GET /openapi.json`: the HTTP interface as OpenAPI 3.1, for people with tools and for tests that try all of it.

Kept by hand, since what it promises is more than types: the spelling of keys, and that a verb answers 200 whatever it
is asked. Of pods and nodes it says only that they are objects: what they are is Kubernetes' to say. A test holds it and
the answers together.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import msgspec
from aiohttp import web

from scheduler.config import Listen

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "format": "int64"}
_POD: Json = {
    "type": "object",
    "required": ["metadata"],
    "properties": {
        "metadata": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 253},
                "namespace": {"type": "string", "maxLength": 253},
                "uid": {"type": "string", "maxLength": 253},
                "labels": {"type": "object", "additionalProperties": _TEXT},
                "annotations": {"type": "object", "additionalProperties": _TEXT},
            },
        },
        "spec": {"type": "object"},
    },
}


def _object(properties: Json, *, required: bool = True) -> Json:
    told: Json = {"type": "object", "properties": properties}
    return told | {"required": list(properties), "additionalProperties": False} if required else told


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _by_name(values: Json) -> Json:
    return {"type": "object", "additionalProperties": values}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _victims(pod: Json) -> Json:
    return _by_name(_object({"Pods": _list(pod), "NumPDBViolations": _COUNT}))


_UID = _object({"UID": {"type": "string", "minLength": 1}})
_SCHEMAS: Json = {
    "ExtenderArgs": _object(
        {
            "Pod": _POD,
            "Nodes": _or_null(_object({"items": _or_null(_list({"type": "object"}))}, required=False)),
            "NodeNames": _or_null(_list(_TEXT)),
        }
    ),
    "ExtenderFilterResult": _object(
        {
            "Nodes": _or_null(_object({"items": _list({"type": "object"})})),
            "NodeNames": _or_null(_list(_TEXT)),
            "FailedNodes": _by_name(_TEXT),
            "FailedAndUnresolvableNodes": _by_name(_TEXT),
            "Error": _TEXT,
        }
    ),
    "HostPriorityList": _list(_object({"Host": _TEXT, "Score": _COUNT})),
    "ExtenderBindingArgs": _object({"PodName": _TEXT, "PodNamespace": _TEXT, "PodUID": _TEXT, "Node": _TEXT}),
    "ExtenderBindingResult": _object({"Error": _TEXT}) | {"additionalProperties": True},
    "ExtenderPreemptionArgs": _object(
        {
            "Pod": _POD,
            "NodeNameToVictims": _or_null(_victims(_POD)),
            "NodeNameToMetaVictims": _or_null(_victims(_UID)),
        }
    ),
    "ExtenderPreemptionResult": _object({"NodeNameToMetaVictims": _victims(_UID)}),
    "Failed": _object({"Error": _TEXT}),
}
# verb → what it does, what it is asked, what it answers
_VERBS = {
    "filter": ("Which of the nodes the pod may go to.", "ExtenderArgs", "ExtenderFilterResult"),
    "prioritize": ("How good each of them is.", "ExtenderArgs", "HostPriorityList"),
    "bind": ("Bind the pod to the node.", "ExtenderBindingArgs", "ExtenderBindingResult"),
    "preempt": ("Whom to evict so that the pod has room.", "ExtenderPreemptionArgs", "ExtenderPreemptionResult"),
}


def openapi(listen: Listen) -> Json:
    """The description of an extender that listens so."""
    pages = {
        "/healthz": _page("Does the process answer, and decide?", 200, 503),
        "/readyz": _page("Can it decide, and if not, why?", 200, 503),
        "/metrics": _page("Metrics for Prometheus.", 200, content="*/*"),
        "/version": {"get": _operation("The version of Edgeward.", {200: _object({"version": _TEXT})})},
    }
    verbs = {f"{listen.prefix}/{getattr(listen.verbs, verb)}": {"post": _verb(*told)} for verb, told in _VERBS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Edgeward scheduler extender", "version": version("edgeward")},
        "paths": {**verbs, **pages, f"{listen.prefix}/explain/{{namespace}}/{{pod}}": {"get": _explain()}},
        "components": {"schemas": _SCHEMAS},
    }


def add_openapi(app: web.Application, listen: Listen) -> None:
    """Put the description under its path."""
    body = msgspec.json.encode(openapi(listen))

    async def show(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app.router.add_get("/openapi.json", show)


def _verb(summary: str, asked: str, answered: str) -> Json:
    said = "The answer, also to what cannot be read: kube-scheduler throws the body of any other status away."
    body = {"required": True, "content": {"application/json": {"schema": _ref(asked)}}}
    return _operation(summary, {200: _ref(answered)}, said) | {"requestBody": body}


def _explain() -> Json:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in ("namespace", "pod")
    ]
    told = _operation("Why a pod is, or is not, where it is.", {200: {"type": "object"}, 404: _ref("Failed")})
    return told | {"parameters": parameters}


def _page(summary: str, *statuses: int, content: str = "text/plain") -> Json:
    return {"get": _operation(summary, dict.fromkeys(statuses, _TEXT), content=content)}


def _operation(summary: str, answers: dict[int, Json], said: str = "", *, content: str = "application/json") -> Json:
    responses = {
        str(status): {"description": said or summary, "content": {content: {"schema": schema}}}
        for status, schema in answers.items()
    }
    return {"summary": summary, "responses": responses}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
