"""A made-up trace that can be played on a cluster and in the simulator: pods come and go, one event after the other.

No pod that can be placed at all ever waits, since for how long a pod waits is kube-scheduler's affair and not ours;
whoever plays the trace checks that. Each pod is a service of its own, by which the simulator can be asked where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tests.cluster.objects import Manifest, pod_manifest

_PREFIX = "edgeward.dev/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    share: float  # of the arrivals
    cpu: tuple[str, ...]
    wishes: Mapping[str, str]
    stays: float  # for so many arrivals, on average
    gpus: tuple[int, ...] = ()
    has_users: bool = True


_KINDS = (
    _Kind(share=0.36, cpu=("500m", "1"), wishes={"preferred": "local"}, stays=80),
    _Kind(share=0.08, cpu=("250m", "500m"), wishes={"preferred": "local", "latency-class": "ar-vr"}, stays=25),
    _Kind(share=0.06, cpu=("250m",), wishes={"latency-class": "ar-vr"}, stays=25),
    _Kind(share=0.16, cpu=("500m",), wishes={"preferred": "local", "gpu-milli": "300"}, stays=50),
    _Kind(share=0.08, cpu=("2",), wishes={"preferred": "cloud"}, stays=40, gpus=(1, 2, 4)),
    _Kind(share=0.08, cpu=("500m", "1"), wishes={"preferred": "neighbor", "fallback": "cloud"}, stays=50),
    _Kind(share=0.14, cpu=("2", "4"), wishes={}, stays=40, has_users=False),
    _Kind(share=0.04, cpu=("250m",), wishes={"max-rtt-ms": "0.1"}, stays=1000),  # nowhere
)
_ORIGINS, _OF_USERS = ("local", "neighbor"), (0.8, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A pod that comes, and how many arrivals later it goes."""

    pod: Manifest
    stays: int

    @property
    def name(self) -> str:
        return str(self.pod["metadata"]["name"])

    @property
    def wishes(self) -> Mapping[str, str]:
        """Our annotations."""
        wishes: Mapping[str, str] = self.pod["metadata"].get("annotations", {})
        return wishes


def trace(arrivals: int, *, seed: int) -> list[Visit]:
    """That many visits, in order of arrival."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(len(_KINDS), size=arrivals, p=[kind.share for kind in _KINDS])
    return [_visit(f"p{number:03}", _KINDS[kind], rng) for number, kind in enumerate(kinds.tolist())]


def _visit(name: str, kind: _Kind, rng: np.random.Generator) -> Visit:
    wishes = {**kind.wishes, **({"origin": str(rng.choice(_ORIGINS, p=_OF_USERS))} if kind.has_users else {})}
    pod = pod_manifest(
        name,
        cpu=str(rng.choice(kind.cpu)),
        memory="256Mi",
        gpus=int(rng.choice(kind.gpus)) if kind.gpus else 0,
        labels={"app": name},
        annotations={_PREFIX + key: value for key, value in wishes.items()},
    )
    return Visit(pod=pod, stays=1 + int(rng.exponential(kind.stays)))


def events(visits: list[Visit]) -> Iterator[tuple[Visit, bool]]:
    """Everything in order: a visit, and whether it begins; between two arrivals those who go, in order of arrival."""
    leaving: dict[int, list[Visit]] = {}
    for number, visit in enumerate(visits):
        yield visit, True
        leaving.setdefault(number + visit.stays, []).append(visit)
        for gone in leaving.pop(number, ()):
            yield gone, False
