r"""Our annotations on a pod template, as values.

| annotation (`edgeward.dev/…`) | value |
| --- | --- |
| `preferred`, `fallback`, `required` | the hint, see `hint` |
| `origin` | a site, or `seoul=0.7,busan=0.3` |
| `max-rtt-ms`, `latency-class` | hard limits on the round trip to the origin |
| `gpu-milli`, `gpu-count`, `gpu-models` | a share of a GPU or whole ones, `A100\\|H100` in order of preference |
| `gpu-devices` | `0,3`: which devices of its node, written when it is bound, see `assignment` |
| `topology-aware` | `true`: must fit one NUMA zone |
| `depends-on` | `redis,db`: services that it talks to |
| `profile` | which mix of policies decides |

A node may bear `edgeward.dev/gpus`, which tells its cards apart, see `cards`.

A value that cannot be read is an error that names annotation and value. It is never passed over: a pod whose limit of
20 ms was mistyped must not be placed as if it had none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypedDict, TypeVar

from policies.errors import ModelError
from policies.model.demand import Demand
from policies.model.gpu import WHOLE_GPU_MILLI, GpuRequest
from policies.model.hint import Hint
from policies.model.pod import LATENCY_CLASSES_MS

PREFIX = "edgeward.dev/"

T = TypeVar("T")


class Wishes(TypedDict):
    """The fields of a PodClass that annotations alone decide."""

    hint: Hint | None
    demand: Demand | None
    max_rtt_ms: float | None
    latency_class: str
    topology_aware: bool
    depends_on: tuple[str, ...]
    profile: str


def wishes(annotations: Mapping[str, str]) -> Wishes:
    """What the annotations ask for; ModelError when one of them cannot be read."""
    return Wishes(
        hint=_hint(annotations),
        demand=_read(annotations, "origin", Demand.parse),
        max_rtt_ms=_read(annotations, "max-rtt-ms", _positive),
        latency_class=_read(annotations, "latency-class", _latency_class) or "",
        topology_aware=_read(annotations, "topology-aware", _flag) or False,
        depends_on=_read(annotations, "depends-on", _names) or (),
        profile=(annotations.get(PREFIX + "profile") or "").strip(),
    )


def gpu_request(
    annotations: Mapping[str, str], devices: int, model_name: Callable[[str], str], share: GpuRequest | None = None
) -> GpuRequest | None:
    """What GPUs are asked for: by annotation, as *devices* in the containers' limits, or there as a *share*; or None.

    With both, the annotation says how much of a device is meant, and the two counts must not contradict each other. A
    share says that itself, so that only the models can come beside it.
    """
    milli = _read(annotations, "gpu-milli", _whole)
    count = _read(annotations, "gpu-count", _whole)
    models = _read(annotations, "gpu-models", lambda text: tuple(map(model_name, _names(text, "|"))))
    limit = share.count if share is not None else devices
    if count is not None and limit and count != limit:
        raise ModelError(f"annotation {PREFIX}gpu-count: {count} contradicts {limit} in the containers' GPU limits")
    if milli is not None and share is not None:
        raise ModelError(f"annotation {PREFIX}gpu-milli: {milli} contradicts the share in the containers' GPU limits")
    if milli is None and count is None and not limit:
        if models:
            wanted = f"wants {PREFIX}gpu-count or {PREFIX}gpu-milli beside it, or a GPU in the containers' limits"
            raise ModelError(f"annotation {PREFIX}gpu-models: {annotations[PREFIX + 'gpu-models']!r} {wanted}")
        return None
    told = [key for key in ("gpu-milli", "gpu-count", "gpu-models") if PREFIX + key in annotations]
    values = ", ".join(f"{PREFIX}{key}={annotations[PREFIX + key]!r}" for key in told)
    try:
        if share is not None:
            return replace(share, models=models or ())
        return GpuRequest(
            milli=WHOLE_GPU_MILLI if milli is None else milli,
            count=count if count is not None else (devices or 1),
            models=models or (),
            sliceable=milli is None and devices > 0,
        )
    except ModelError as error:
        raise ModelError(f"annotation {values}: {error}") from error


def _hint(annotations: Mapping[str, str]) -> Hint | None:
    preferred, fallback, required = (PREFIX + key for key in ("preferred", "fallback", "required"))
    must = _read(annotations, "required", _flag) or False
    place, others = annotations.get(preferred, "").strip(), annotations.get(fallback, "").strip()
    if not (place or others):
        if must:
            raise ModelError(f"annotation {required}: 'true' wants {preferred} or {fallback} beside it")
        return None
    try:
        return Hint.parse(preferred=place, fallback=others, required=must)
    except ModelError as error:
        told = ", ".join(f"{key}={annotations[key]!r}" for key in (preferred, fallback) if annotations.get(key))
        raise ModelError(f"annotation {told}: {error}") from error


def _read(annotations: Mapping[str, str], key: str, parse: Callable[[str], T]) -> T | None:
    text = annotations.get(PREFIX + key)
    if text is None:
        return None
    try:
        return parse(text.strip())
    except ModelError as error:
        raise ModelError(f"annotation {PREFIX}{key}: {error}") from error


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ModelError(f"must be 'true' or 'false', got {text!r}")
    return text == "true"


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise ModelError(f"must be a whole number, got {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (number > 0 and math.isfinite(number)):
        raise ModelError(f"must be a number > 0, got {text!r}")
    return number


def _latency_class(text: str) -> str:
    if text not in LATENCY_CLASSES_MS:
        raise ModelError(f"must be one of {', '.join(LATENCY_CLASSES_MS)}, got {text!r}")
    return text


def _names(text: str, separator: str = ",") -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(separator))
    if "" in names:
        raise ModelError(f"must be names joined with {separator!r}, got {text!r}")
    return tuple(dict.fromkeys(names))
