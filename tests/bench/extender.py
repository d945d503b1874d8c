"""How long filter and prioritize take over HTTP, beside an extender without an opinion that is asked the very same.

Ours runs as a process, as users start it, and really holds the cluster: it lists a made-up API server, which goes on
telling it of heartbeats and pods all the time. Both are asked in turn over connections that stay open, and each pod is
told to be bound before the next one comes, so no two decisions see the same state. Half of the pods are placed with the
profile edge-default and half with edge-shortlist. Names come in another order each time, as kube-scheduler sends them.

Each is asked to prioritize what it has passed, as kube-scheduler does it: the other one all nodes, ours fewer of them
where there are limits or a shortlist, for which it has told thousands of reasons before.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Any

import msgspec
import numpy as np
import yaml

from tests.bench.api_server import ORIGINS, TEMPLATES
from tests.bench.conversation import Conversation
from tests.bench.kubernetes_objects import a_node, a_pod
from tests.cluster.ports import HOST, Ports
from tests.cluster.process import Processes
from tests.cluster.waiting import until_blocking

SIZES = (100, 1000, 5000)
PODS_A_NODE = 30
PROFILES = ("edge-default", "edge-shortlist")
CLASSES = 12
ROUNDS, WARM = 400, 2 * CLASSES  # pods of each profile; the first ones find nothing computed
_PAUSE_S = 0.004  # from one pod to the next, for the rest that kube-scheduler does
_READY_S = 180.0
_ROOT = Path(__file__).resolve().parents[2]
_PREFIX = "/scheduler"
_GOAL_RATIO, _GOAL_TAIL, _GOAL_MIB = 1.5, 4.0, 300


@dataclass(slots=True)
class Times:
    """Milliseconds of each pod's questions to one extender."""

    filter: list[float] = field(default_factory=list)
    prioritize: list[float] = field(default_factory=list)

    @property
    def both(self) -> list[float]:
        """What a pod waits for one."""
        return [a + b for a, b in zip(self.filter, self.prioritize, strict=True)]


def measure() -> list[tuple[str, str]]:
    """For each size and profile what a pod waits for, and then the memory at the largest."""
    rows: list[tuple[str, str]] = []
    for nodes in SIZES:
        with closing(Processes()) as processes, closing(Ports()) as ports:
            rows += _measured(nodes, processes, ports)
    return rows


def _measured(nodes: int, processes: Processes, ports: Ports) -> Iterator[tuple[str, str]]:
    api, echo, ours = ports.free(), ports.free(), ports.free()
    environ = {"PYTHONPATH": str(_ROOT)}
    pods = nodes * PODS_A_NODE
    processes.start(
        "api", [sys.executable, "-m", "tests.bench.api_server", str(api), str(nodes), str(pods)], environ=environ
    )
    processes.start("echo", [sys.executable, "-m", "tests.bench.echo", str(echo)], environ=environ)
    _await(processes, "api", api, "/version")
    _await(processes, "echo", echo, "/")
    config = _configured(processes.folder, api, ours)
    processes.start("ours", [sys.executable, "-m", "edgeward", "scheduler", "--config", str(config)], environ=environ)
    _await(processes, "ours", ours, "/readyz")
    times = {profile: {"ours": Times(), "echo": Times()} for profile in PROFILES}
    with ExitStack() as open_:
        asked = {name: open_.enter_context(Conversation(port)) for name, port in (("ours", ours), ("echo", echo))}
        cluster = open_.enter_context(Conversation(api))
        for number, (profile, pod, names) in enumerate(_questions(nodes)):
            best = _asked(asked, pod, names, times[profile], ours_first=number // 2 % 2 == 0)
            cluster.ask("/bound", msgspec.json.encode({**pod, "spec": {**pod["spec"], "nodeName": best}}))
            sleep(_PAUSE_S)
        memory = _memory(processes)
    for profile, of in times.items():
        yield f"{nodes:,} nodes, {profile}: p50, p95, p99 of", _verdict(of)
        for verb in ("filter", "prioritize", "both"):
            yield (
                f"  {verb}",
                " | ".join(f"{name} {_quantiles(getattr(of[name], verb)[WARM:])}" for name in ("ours", "echo")),
            )
    yield f"{nodes:,} nodes, {pods:,} pods: memory", memory


def _asked(
    asked: dict[str, Conversation], pod: dict[str, Any], names: list[str], times: dict[str, Times], *, ours_first: bool
) -> str:
    """Ask both the same; the node that ours likes best."""
    order = ("ours", "echo") if ours_first else ("echo", "ours")
    question = _question(pod, names)
    answers = {name: asked[name].ask(f"{_PREFIX}/filter", question) for name in order}
    for name, (_, took_ms) in answers.items():
        times[name].filter.append(took_ms)
    told = msgspec.json.decode(answers["ours"][0])
    passed = told["NodeNames"]
    assert not told["Error"], told["Error"]
    assert len(passed) + len(told["FailedNodes"]) + len(told["FailedAndUnresolvableNodes"]) == len(names)
    questions = {"ours": _question(pod, passed), "echo": question}
    answers = {name: asked[name].ask(f"{_PREFIX}/prioritize", questions[name]) for name in order}
    for name, (_, took_ms) in answers.items():
        times[name].prioritize.append(took_ms)
    scores = msgspec.json.decode(answers["ours"][0])
    return str(max(scores, key=lambda each: each["Score"])["Host"])


def _questions(nodes: int) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Profile, pod and the names that are offered: all but a few, and in blocks that come as they are done."""
    rng = np.random.default_rng(3)
    names = np.array([a_node(number)["metadata"]["name"] for number in range(nodes)])
    block = max(1, int(nodes**0.5))  # kube-scheduler's workers take as many at a time
    for number in range(ROUNDS * len(PROFILES)):
        pieces = [names[at : at + block] for at in range(0, nodes, block)]
        order = rng.permutation(len(pieces))
        offered = np.concatenate([pieces[at] for at in order])[: nodes - int(rng.integers(0, nodes // 50))]
        profile = PROFILES[number % len(PROFILES)]
        yield profile, _pod(number // len(PROFILES) % CLASSES, number, profile), offered.tolist()


def _pod(of: int, number: int, profile: str) -> dict[str, Any]:
    """As kube-scheduler tells of it. Most have a wish for a site, one in four a limit, one in six a share of a GPU."""
    pod = a_pod(number * TEMPLATES + of, TEMPLATES, 10)  # replicas of one template
    name, origin = f"job-{of}-{number:06}", f"site-{ORIGINS[of % len(ORIGINS)]:03}"
    annotations = {
        "checksum/config": f"{of:064x}",
        "edgeward.dev/profile": profile,
        "edgeward.dev/origin": origin,
        "edgeward.dev/preferred": "local",
        "edgeward.dev/fallback": "neighbor,cloud",
    }
    if of % 4 == 3:
        annotations |= {"edgeward.dev/max-latency-ms": "30"}
    if of % 6 == 5:
        annotations |= {"edgeward.dev/gpu-milli": "250"}
    labels = {"app.kubernetes.io/name": f"job-{of}", "pod-template-hash": f"{of:010x}"}
    metadata = {key: value for key, value in pod["metadata"].items() if key != "managedFields"}
    spec = {key: value for key, value in pod["spec"].items() if key != "nodeName"}
    return {
        "metadata": {**metadata, "name": name, "uid": f"uid-{number}", "labels": labels, "annotations": annotations},
        "spec": spec,
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    }


def _question(pod: dict[str, Any], names: list[str]) -> bytes:
    return msgspec.json.encode({"Pod": pod, "Nodes": None, "NodeNames": names})


def _configured(folder: Path, api: int, port: int) -> Path:
    access, config = folder / "kubeconfig.yaml", folder / "config.yaml"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "made-up", "cluster": {"server": f"http://{HOST}:{api}"}}],
        "users": [{"name": "anybody", "user": {}}],
        "contexts": [{"name": "made-up", "context": {"cluster": "made-up", "user": "anybody"}}],
        "current-context": "made-up",
    }
    access.write_text(yaml.safe_dump(content), encoding="utf-8")
    settings = {"listen": {"port": port, "drain_s": 0}, "kube": {"kubeconfig": str(access)}, "namespace": "kube-system"}
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return config


def _await(processes: Processes, name: str, port: int, path: str) -> None:
    def answers() -> bool:
        assert processes.exit_code(name) is None, processes.last_words(name)
        connection = http.client.HTTPConnection(HOST, port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status in {http.HTTPStatus.OK, http.HTTPStatus.NOT_FOUND}
        except OSError:
            return False
        finally:
            connection.close()

    until_blocking(answers, what=lambda: f"{name} to answer; {processes.last_words(name)}", timeout_s=_READY_S)


def _verdict(of: dict[str, Times]) -> str:
    ours, echo = (np.quantile(of[name].both[WARM:], (0.5, 0.99)) for name in ("ours", "echo"))
    return (
        f"p50 {ours[0] / echo[0]:.2f} × echo (goal {_GOAL_RATIO}), p99 {ours[1] / ours[0]:.1f} × p50 "
        f"(goal {_GOAL_TAIL:g}, echo {echo[1] / echo[0]:.1f})"
    )


def _quantiles(times_ms: list[float]) -> str:
    return "  ".join(f"{each:6.2f}" for each in np.quantile(times_ms, (0.5, 0.95, 0.99))) + " ms"


def _memory(processes: Processes) -> str:
    status = Path(f"/proc/{processes.pid('ours')}/status").read_text(encoding="utf-8")
    now, most = (int(status.partition(f"{name}:")[2].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return f"{now:,.0f} MiB, most ever {most:,.0f} MiB (goal {_GOAL_MIB} at 150,000 pods)"
