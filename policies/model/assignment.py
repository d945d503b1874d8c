"""Which devices of its node a bound pod holds: what its annotations say, and what we write there.

Kubernetes counts GPUs and does not say which; every scheduler that shares them has an annotation of its own. We read
all of them, so that pods which others placed are charged to the right card, and write ours for every GPU pod. A pod
that asked in gpushare's units gets gpushare's annotations beside it, because its device plugin looks for them: of the
pending pods of its node it takes those with an assume time and `ASSIGNED` `"false"`, the oldest first, gives the card
`IDX` to the one that asked for the amount at hand, and sets `ASSIGNED` to `"true"`.

Sources: gpushare-scheduler-extender pkg/utils/pod.go, gpushare-device-plugin pkg/gpu/nvidia/{allocate,podutils}.go,
HAMi docs/develop/protocol.md, koordinator apis/extension/device_share.go, elastic-gpu-scheduler pkg/scheduler/pod.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from policies.model.annotations import PREFIX
from policies.model.node import Node
from policies.model.pod import Pod

DEVICES = PREFIX + "gpu-devices"
GPUSHARE = "ALIYUN_COM_GPU_MEM_"
HAMI = "hami.io/vgpu-devices-allocated"  # UUID,NVIDIA,MiB,cores: for each device; and a ; after each container
KOORDINATOR = "scheduling.koordinator.sh/device-allocated"
ELASTIC = "elasticgpu.io/container-"  # and the container's name

_LONGEST = 65_536  # characters of an annotation that are looked at


def devices(
    annotations: Mapping[str, str], node: Node | None = None, *, count: int | None = None
) -> tuple[int, ...] | None:
    """The numbers of the devices that a pod was given, in order; None when no annotation says so readably.

    They are devices that *node* has, and *count* of them where that is given: another scheduler may split what we
    count as one share, and then best fit is as good a guess as any.
    """
    for read in (_ours, _gpushare, _hami, _koordinator, _elastic):
        found = read(annotations, node)
        if found:
            has = len(node.gpus) if node is not None and node.gpus else None
            fits = has is None or found[-1] < has
            return found if fits and count in (None, len(found)) else None
    return None


def written(pod: Pod, chosen: tuple[int, ...], node: Node | None, *, now_ns: int) -> dict[str, str]:
    """The annotations for the Binding of a pod that gets these devices; none for a pod without GPU."""
    gpu = pod.of.gpu
    if gpu is None or not chosen:
        return {}
    found = {DEVICES: ",".join(map(str, chosen))}
    if gpu.memory_units:
        device = chosen[0]
        found |= {
            GPUSHARE + "IDX": str(device),
            GPUSHARE + "POD": str(gpu.memory_units),
            GPUSHARE + "ASSIGNED": "false",
            GPUSHARE + "ASSUME_TIME": str(now_ns),
        }
        card = node.gpus[device] if node is not None and device < len(node.gpus) else None
        if card is not None and card.unit_mib:
            found[GPUSHARE + "DEV"] = str(card.memory_mib // card.unit_mib)
    return found


def _ours(annotations: Mapping[str, str], _: Node | None) -> tuple[int, ...] | None:
    return _numbers(annotations.get(DEVICES, "").split(","))


def _gpushare(annotations: Mapping[str, str], _: Node | None) -> tuple[int, ...] | None:
    return _numbers([annotations.get(GPUSHARE + "IDX", "")])


def _hami(annotations: Mapping[str, str], node: Node | None) -> tuple[int, ...] | None:
    told = annotations.get(HAMI, "")[:_LONGEST]
    if not told or node is None:
        return None
    numbers = {gpu.uuid: str(number) for number, gpu in enumerate(node.gpus) if gpu.uuid}
    uuids = {
        entry.partition(",")[0].partition("[")[0]  # UUID[template-slice] of a MIG device
        for container in told.split(";")
        for entry in container.split(":")
        if entry.strip()
    }
    return _numbers(numbers.get(uuid.strip(), "") for uuid in uuids)


def _koordinator(annotations: Mapping[str, str], _: Node | None) -> tuple[int, ...] | None:
    try:
        told = json.loads(annotations.get(KOORDINATOR, "")[:_LONGEST])
        return _numbers(str(each["minor"]) for each in told["gpu"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _elastic(annotations: Mapping[str, str], _: Node | None) -> tuple[int, ...] | None:
    told = [value for key, value in annotations.items() if key.startswith(ELASTIC)]
    return _numbers({number for value in told for number in value[:_LONGEST].split(",")})


def _numbers(texts: Iterable[str]) -> tuple[int, ...] | None:
    """Device numbers in order; None when there is none, one is not a number, or one is there twice."""
    words = [text.strip() for text in texts]
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 6 for word in words):
        return None
    numbers = tuple(sorted({int(word) for word in words}))
    return numbers if len(numbers) == len(words) else None
