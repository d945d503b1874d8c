"""A small metrics adapter: custom.metrics.k8s.io (v1beta1 and v1beta2) and external.metrics.k8s.io out of a Prometheus.

    python -m tests.cluster.autoscaling.adapter --port P --certificate F --key F --prometheus URL --kubeconfig F

What prometheus-adapter does for users, as far as autoscalers ask: which series is whose is fixed by labels. A series
with label `pod` is that pod's, one with `resource` and `name` that object's, any other belongs to its namespace and may
be asked for as an external metric. It serves all versions; the APIServices say which of them the API server has.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.cluster.api import Api
from tests.cluster.ports import HOST

CUSTOM, EXTERNAL = "custom.metrics.k8s.io", "external.metrics.k8s.io"
_CUSTOM_VERSIONS, _EXTERNAL_VERSION = ("v1beta1", "v1beta2"), "v1beta1"
_KINDS = {"pods": ("v1", "Pod"), "services": ("v1", "Service"), "namespaces": ("v1", "Namespace")}
_ANSWER_S = 5.0

Series = tuple[dict[str, str], str, float]  # labels, value in thousandths as a quantity, when


class Adapter:
    """The handlers."""

    def __init__(self, prometheus: str, api: Api, session: aiohttp.ClientSession) -> None:
        self._prometheus, self._api, self._session = prometheus, api, session

    async def discovery(self, request: web.Request) -> web.Response:
        """Which metrics there are, as an APIResourceList."""
        group, version = request.match_info["group"], request.match_info["version"]
        if version not in (_CUSTOM_VERSIONS if group == CUSTOM else (_EXTERNAL_VERSION,)):
            raise _not_found(f"{group}/{version}")
        names = set()
        for labels, _, _ in await self._query('{__name__=~".+",job="tests",namespace!=""}'):
            of = "pods" if "pod" in labels else labels.get("resource", "")
            if group == CUSTOM:
                names.add(f"{of or 'namespaces'}/{labels['__name__']}")
            elif not of:
                names.add(labels["__name__"])
        kind = "MetricValueList" if group == CUSTOM else "ExternalMetricValueList"
        return web.json_response(
            {
                "kind": "APIResourceList",
                "apiVersion": "v1",
                "groupVersion": f"{group}/{version}",
                "resources": [
                    {"name": name, "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]}
                    for name in sorted(names)
                ],
            }
        )

    async def of_pods(self, request: web.Request) -> web.Response:
        """A metric of the pods that a selector chooses."""
        namespace, metric = request.match_info["namespace"], request.match_info["metric"]
        selector = request.query.get("labelSelector", "")
        pods = await self._api.all("Pod", namespace=namespace, **({"labelSelector": selector} if selector else {}))
        chosen = {pod["metadata"]["name"] for pod in pods}
        found = await self._query(f'{metric}{{namespace="{namespace}",pod!=""}}')
        return self._custom(request, [each for each in found if each[0]["pod"] in chosen], kind="pods", label="pod")

    async def of_object(self, request: web.Request) -> web.Response:
        """A metric of one object."""
        where = request.match_info
        resource = where["resource"].partition(".")[0]
        labels = f'namespace="{where["namespace"]}",resource="{resource}",name="{where["name"]}"'
        return self._custom(request, await self._query(f"{where['metric']}{{{labels}}}"), kind=resource, label="name")

    async def of_namespace(self, request: web.Request) -> web.Response:
        """A metric of the namespace itself."""
        labels = f'namespace="{request.match_info["namespace"]}",pod="",resource=""'
        found = await self._query(f"{request.match_info['metric']}{{{labels}}}")
        return self._custom(request, found, kind="namespaces", label="namespace")

    async def external(self, request: web.Request) -> web.Response:
        """All series of a metric that a selector of the simple kind (`a=b,c=d`) chooses; none is no error."""
        metric, namespace = request.match_info["metric"], request.match_info["namespace"]
        asked = [part.split("=", 1) for part in request.query.get("labelSelector", "").split(",") if part]
        chosen = ",".join([f'namespace="{namespace}"', *(f'{name}="{value}"' for name, value in asked)])
        items = [
            {"metricName": metric, "metricLabels": labels, "timestamp": _rfc3339(at_s), "value": value}
            for labels, value, at_s in await self._query(f"{metric}{{{chosen}}}")
        ]
        kind = "ExternalMetricValueList"
        version = f"{EXTERNAL}/{_EXTERNAL_VERSION}"
        return web.json_response({"kind": kind, "apiVersion": version, "metadata": {}, "items": items})

    def _custom(self, request: web.Request, found: list[Series], *, kind: str, label: str) -> web.Response:
        version, metric = request.match_info["version"], request.match_info["metric"]
        if not found:
            raise _not_found(metric)
        api_version, kind = _KINDS[kind]
        # v1beta1 is flat, v1beta2 nests
        named: dict[str, Any] = {"metricName": metric} if version == "v1beta1" else {"metric": {"name": metric}}
        items = [
            {
                "describedObject": {
                    "kind": kind,
                    "apiVersion": api_version,
                    "name": labels[label],
                    **({"namespace": labels["namespace"]} if kind != "Namespace" else {}),
                },
                **named,
                "timestamp": _rfc3339(at_s),
                "value": value,
            }
            for labels, value, at_s in found
        ]
        whole = {"kind": "MetricValueList", "apiVersion": f"{CUSTOM}/{version}", "metadata": {}, "items": items}
        return web.json_response(whole)

    async def _query(self, query: str) -> list[Series]:
        timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
        url = f"{self._prometheus}/api/v1/query"
        async with self._session.get(url, params={"query": query}, timeout=timeout) as answer:
            answer.raise_for_status()
            result = (await answer.json())["data"]["result"]
        return [(each["metric"], f"{round(float(each['value'][1]) * 1000)}m", each["value"][0]) for each in result]


async def serve(adapter: Adapter, *, port: int, tls: ssl.SSLContext) -> None:
    """Until cancelled."""
    app = web.Application()
    within = f"/apis/{CUSTOM}/{{version:v1beta1|v1beta2}}/namespaces/{{namespace}}"
    app.router.add_get(f"{within}/pods/*/{{metric}}", adapter.of_pods)  # first, or it is a pod called *
    app.router.add_get(f"{within}/metrics/{{metric}}", adapter.of_namespace)
    app.router.add_get(f"{within}/{{resource}}/{{name}}/{{metric}}", adapter.of_object)
    app.router.add_get(f"/apis/{EXTERNAL}/{_EXTERNAL_VERSION}/namespaces/{{namespace}}/{{metric}}", adapter.external)
    app.router.add_get(f"/apis/{{group:{CUSTOM}|{EXTERNAL}}}/{{version}}", adapter.discovery)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, ssl_context=tls).start()
    await asyncio.Event().wait()


def _rfc3339(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _not_found(what: str) -> web.HTTPNotFound:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
    said = {**status, "message": f"the server could not find the metric {what}"}
    return web.HTTPNotFound(text=web.json_response(said).text, content_type="application/json")


async def main() -> None:
    """Until it is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--prometheus", required=True)
    for name in ("--certificate", "--key", "--kubeconfig"):
        parser.add_argument(name, type=Path, required=True)
    asked = parser.parse_args()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(asked.certificate, asked.key)
    async with aiohttp.ClientSession() as session, Api(asked.kubeconfig) as api:
        await serve(Adapter(asked.prometheus, api, session), port=asked.port, tls=tls)


if __name__ == "__main__":
    asyncio.run(main())
