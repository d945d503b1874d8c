"""How pods ask for a part of a GPU in the words of other projects, read into our `GpuRequest`.

| project | resources of a container | what is one GPU there | several containers |
| --- | --- | --- | --- |
| gpushare | `aliyun.com/gpu-mem` in GiB or MiB, as its device plugin is set | the pod gets one | add up |
| HAMi | `nvidia.com/gpu` n, and of each `gpumem` MiB or `gpumem-percentage`, `gpucores` % | 100 % | see below |
| elastic | `elasticgpu.io/gpu-core`, 100 = a card, and below it `gpu-memory` MiB | 100 | see below |
| koordinator | `koordinator.sh/gpu` %; or `gpu-core` % with `gpu-memory` bytes or | 100 | add up |
| | `gpu-memory-ratio` %, all of it over `gpu.shared` devices or over ratio / 100 | | |

Where a container's devices are its own (HAMi, elastic) and several ask for one GPU each, they share one card, so that
a sidecar does not take a second one; what together is more than a card must be equal parts, each of which gets a card.
HAMi reads a GPU without memory as all of its memory (its `defaultMem` 0), and a share without a count as one GPU.
`nvidia.com/gpu` and nothing else is a GPU as such: a slice of it where cards are time-sliced, else a whole one.
Anything else is refused with the field's name: a request that is passed over would over-commit a card.

Not read: HAMi's `memoryFactor` (taken as 1) and how many pods it lets on one card, which kube-scheduler counts for the
node; its wishes about NUMA and modes. MIG slices and `nvidia.com/gpu.shared` are resources like any other.

Sources: gpushare-scheduler-extender pkg/utils/pod.go; HAMi pkg/device/nvidia/device.go (GenerateResourceRequests,
checkGPUtype, mutateContainerResource); elastic-gpu-scheduler pkg/scheduler/allocate.go and elastic-gpu-agent
pkg/plugins/gpushare.go; koordinator pkg/scheduler/plugins/deviceshare/{utils,devicehandler_gpu}.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from policies.errors import ModelError
from policies.model.gpu import WHOLE_GPU_MILLI, GpuRequest
from policies.model.manifest import Manifest
from policies.model.resources import container_requests

GPU = "nvidia.com/gpu"
GPUSHARE_MEMORY, GPUSHARE_COUNT = "aliyun.com/gpu-mem", "aliyun.com/gpu-count"
HAMI_MEMORY, HAMI_PERCENT, HAMI_CORES = "nvidia.com/gpumem", "nvidia.com/gpumem-percentage", "nvidia.com/gpucores"
HAMI_PRIORITY = "nvidia.com/priority"  # among the tasks of one card
ELASTIC_CORE, ELASTIC_MEMORY = "elasticgpu.io/gpu-core", "elasticgpu.io/gpu-memory"
KOORDINATOR_GPU, KOORDINATOR_SHARED = "koordinator.sh/gpu", "koordinator.sh/gpu.shared"
KOORDINATOR_CORE, KOORDINATOR_MEMORY = "koordinator.sh/gpu-core", "koordinator.sh/gpu-memory"
KOORDINATOR_RATIO = "koordinator.sh/gpu-memory-ratio"

_HAMI = (HAMI_MEMORY, HAMI_PERCENT, HAMI_CORES, HAMI_PRIORITY)
_ELASTIC = (ELASTIC_CORE, ELASTIC_MEMORY)
_KOORDINATOR = (KOORDINATOR_GPU, KOORDINATOR_SHARED, KOORDINATOR_CORE, KOORDINATOR_MEMORY, KOORDINATOR_RATIO)
_GPUSHARE = (GPUSHARE_MEMORY, GPUSHARE_COUNT)
# counted device by device and therefore not beside it as plain resources, neither of pods nor of nodes
RESOURCES = frozenset((GPU, *_HAMI, *_ELASTIC, *_KOORDINATOR, *_GPUSHARE))

_USE, _AVOID = "nvidia.com/use-gputype", "nvidia.com/nouse-gputype"
_BY_UUID = ("nvidia.com/use-gpuuuid", "nvidia.com/nouse-gpuuuid")
WISHES = (_USE, _AVOID, *_BY_UUID)  # annotations that are read beside ours
_CARD = 100  # per cent
_MILLI = WHOLE_GPU_MILLI // _CARD
_MIB = 2**20


class _Part(NamedTuple):
    """What one container asks for: of each of so many devices."""

    devices: int
    milli: int
    memory_mib: int = 0


def taken(requests: dict[str, int]) -> dict[str, int]:
    """The GPU resources, taken out of a pod's requests or a node's allocatable; those that are not zero."""
    return {name: amount for name in sorted(RESOURCES & requests.keys()) if (amount := requests.pop(name))}


def plain_gpus(asked: Mapping[str, int]) -> int:
    """The GPUs asked for as such; 0 when a share is asked for."""
    return asked[GPU] if asked.keys() == {GPU} else 0


def share(spec: Manifest, asked: Mapping[str, int]) -> GpuRequest | None:
    """What the containers of a pod's *spec* ask for, *asked* of them in all; None when it is no share."""
    told = [family for family in (_HAMI, _ELASTIC, _KOORDINATOR, _GPUSHARE) if not asked.keys().isdisjoint(family)]
    if not told:
        return None
    others = sorted(asked.keys() - set(told[0]) - ({GPU} if told[0] is _HAMI else set()))
    if others:
        first = next(name for name in sorted(asked) if name in told[0])
        spec.fail("containers", f"{others[0]} cannot be asked for beside {first}: one way to share a GPU in a pod")
    if told[0] is _GPUSHARE:
        return spec.attempt("containers", lambda: _gpushare(asked))
    if told[0] is _KOORDINATOR:
        return spec.attempt("containers", lambda: _koordinator(asked))
    if told[0] is _HAMI:
        return _of_containers(spec, (GPU, HAMI_MEMORY, HAMI_PERCENT, HAMI_CORES), _hami)
    return _of_containers(spec, _ELASTIC, _elastic)


def wished(gpu: GpuRequest, annotations: Mapping[str, str]) -> GpuRequest:
    """The request with HAMi's wishes about the card's product; they are parts of its name, whatever the case."""
    for key in _BY_UUID:
        if annotations.get(key):
            raise ModelError(f"annotation {key}: a GPU cannot be chosen by its UUID, got {annotations[key]!r}")
    use, avoid = (_products(annotations.get(key, "")) for key in (_USE, _AVOID))
    return replace(gpu, use=use, avoid=avoid) if use or avoid else gpu


def _products(text: str) -> tuple[str, ...]:
    return tuple(sorted({word.strip().upper() for word in text.split(",")} - {""}))


def _gpushare(asked: Mapping[str, int]) -> GpuRequest:
    if GPUSHARE_COUNT in asked:
        raise ModelError(f"{GPUSHARE_COUNT} is what a node has; a pod asks for {GPUSHARE_MEMORY} of one card")
    return GpuRequest(milli=0, memory_units=asked[GPUSHARE_MEMORY])


def _koordinator(asked: Mapping[str, int]) -> GpuRequest:
    if KOORDINATOR_GPU in asked:
        if len(asked) > 1:
            other = next(name for name in asked if name != KOORDINATOR_GPU)
            raise ModelError(f"{KOORDINATOR_GPU} is compute and memory, {other} cannot be asked for beside it")
        asked = {KOORDINATOR_CORE: asked[KOORDINATOR_GPU], KOORDINATOR_RATIO: asked[KOORDINATOR_GPU]}
    ratio, memory = asked.get(KOORDINATOR_RATIO, 0), asked.get(KOORDINATOR_MEMORY, 0)
    if bool(ratio) == bool(memory):
        raise ModelError(f"wants {KOORDINATOR_MEMORY} or {KOORDINATOR_RATIO}, got {_amounts(asked)}")
    count = asked.get(KOORDINATOR_SHARED) or max(1, ratio // _CARD)
    for name in (KOORDINATOR_CORE, KOORDINATOR_RATIO):
        amount = asked.get(name, 0)
        if amount % count or amount // count > _CARD:
            raise ModelError(f"{name} must be {count} times at most {_CARD} %, the same of each GPU, got {amount}")
    milli = max(asked.get(KOORDINATOR_CORE, 0), ratio) // count * _MILLI
    return GpuRequest(milli=milli, count=count, memory_mib=-(-memory // (count * _MIB)))


def _hami(asked: Mapping[str, int]) -> _Part:
    memory, percent, cores = (asked.get(name, 0) for name in (HAMI_MEMORY, HAMI_PERCENT, HAMI_CORES))
    if memory and percent:
        raise ModelError(f"{HAMI_MEMORY} cannot be asked for beside {HAMI_PERCENT}, got {memory} MiB and {percent} %")
    for name, amount in ((HAMI_PERCENT, percent), (HAMI_CORES, cores)):
        if amount > _CARD:
            raise ModelError(f"{name} must be at most {_CARD}, got {amount}")
    if not memory and not percent:
        percent = _CARD
    return _Part(asked.get(GPU, 1), max(cores, percent) * _MILLI, memory)


def _elastic(asked: Mapping[str, int]) -> _Part:
    cores = asked.get(ELASTIC_CORE, 0)
    if cores < _CARD:
        return _Part(1, cores * _MILLI, asked.get(ELASTIC_MEMORY, 0))
    if cores % _CARD:
        raise ModelError(f"{ELASTIC_CORE} must be below {_CARD} or a multiple of it, got {cores}")
    return _Part(cores // _CARD, WHOLE_GPU_MILLI)


def _of_containers(
    spec: Manifest, names: Sequence[str], read: Callable[[Mapping[str, int]], _Part]
) -> GpuRequest | None:
    running: list[tuple[Manifest, _Part]] = []
    starting: list[tuple[Manifest, _Part]] = []
    for kind in ("initContainers", "containers"):
        for container in spec.parts(kind):
            asked = {name: amount for name, amount in container_requests(container).items() if amount and name in names}
            if asked:
                part = container.attempt("resources", partial(read, asked))
                stays = kind == "containers" or container.text("restartPolicy") == "Always"
                (running if stays else starting).append((container, part))
    if not running:
        running, starting = starting[:1], starting[1:]
    if not running:
        return None
    together = _together(running)
    for container, part in starting:  # they run one after the other, before the rest, on the devices of the rest
        if any(mine > of_all for mine, of_all in zip(part, together, strict=True)):
            container.fail("resources", f"an init container asks for more of a GPU than those that run: {_said(part)}")
    return GpuRequest(milli=together.milli, count=together.devices, memory_mib=together.memory_mib)


def _together(parts: Sequence[tuple[Manifest, _Part]]) -> _Part:
    first = parts[0][1]
    milli, memory_mib = sum(part.milli for _, part in parts), sum(part.memory_mib for _, part in parts)
    if all(part.devices == 1 for _, part in parts) and milli <= WHOLE_GPU_MILLI:
        return _Part(1, milli, memory_mib)
    for container, part in parts:
        if part[1:] != first[1:]:
            wanted = f"what the containers ask for is more than one GPU and must be equal parts: {_said(first)}"
            container.fail("resources", f"{wanted} and {_said(part)}")
    return first._replace(devices=sum(part.devices for _, part in parts))


def _said(part: _Part) -> str:
    return f"{part.devices} GPU with {part.milli} milli and {part.memory_mib} MiB each"


def _amounts(asked: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {amount}" for name, amount in asked.items())
