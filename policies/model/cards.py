"""The GPUs of a node, each with its model and memory, out of what device plugins tell.

Kubernetes knows a number of devices at most, and where cards are shared not even that: `nvidia.com/gpu` is then the
number of slices. What we take, the best source first:

* which: ours (`edgeward.dev/gpus: "A100:40960,T4:15360"`, model and MiB in the driver's order), for nodes with mixed
  cards whose plugin tells of the first only, as gpushare's and GPU feature discovery do;
* HAMi's `hami.io/node-nvidia-register`, which names each card: old text form `UUID,split,MiB,cores,type,numa,healthy:`
  or JSON. Its `nvidia.com/gpu` is cards times split. One that is unhealthy or in MIG mode takes nothing;
* how many: `nvidia.com/gpu`, divided by the label `nvidia.com/gpu.replicas` where cards are time-sliced (or shared by
  MPS), or by what there is of it for each of `nvidia.com/gpu.count`; gpushare's `aliyun.com/gpu-count`; 100ths of
  koordinator's or elastic's `gpu-core`;
* memory of each: the label `nvidia.com/gpu.memory` (MiB); else gpushare's, koordinator's (bytes) or elastic's (MiB)
  memory of the node, divided by the number.

Slices that a pod asks for are counted as of different cards, though the kubelet may give it two of one; NVIDIA advises
against asking for more than one, as two promise no more than one does.

gpushare's unit is a flag of its plugin which no object tells. A card of up to 1,024 units is taken to be counted in
GiB, one of more in MiB: no card has a tebibyte, and none that anybody shares has less than a gibibyte and a bit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from policies.errors import ModelError
from policies.model import sharing
from policies.model.annotations import PREFIX
from policies.model.gpu import WHOLE_GPU_MILLI, Gpu
from policies.model.manifest import Manifest

MODEL_LABELS = ("nvidia.com/gpu.product", "node.koordinator.sh/gpu-model", "alibabacloud.com/gpu-card-model")
CARDS = PREFIX + "gpus"
REGISTER = "hami.io/node-nvidia-register"

_MOST_GPUS = 128  # of one node: all have as many columns as the one with most, and policies compare each two of them
_MOST_MIB = 2**30  # of one card
_MAKER = ("NVIDIA", "Tesla")
_FORM = re.compile(r"SXM\d*|PCIE|PCI|NVL|HBM\d\w*|\d+GB|DGXS|FHHL", re.IGNORECASE)  # board and memory, not the model
_GIB, _MIB, _MOST_GIB = 1024, 1, 1024
_PERCENT = 100
_IN_PERCENT = (sharing.KOORDINATOR_CORE, sharing.KOORDINATOR_GPU, sharing.ELASTIC_CORE)
_OLD_FIELDS = (7, 9)  # without and with index and mode
_LONGEST_NUMBER = 9  # digits


def gpus(metadata: Manifest, status: Manifest, amounts: Mapping[str, int]) -> tuple[Gpu, ...]:
    """All cards of a node, in the driver's order; *amounts* are what it has of `sharing.RESOURCES`."""
    labels, annotations = metadata.texts("labels"), metadata.texts("annotations")
    register = annotations.get(REGISTER, "").strip()
    if register:
        found = metadata.attempt("annotations", lambda: _registered(register))
    else:
        found = _counted(status, labels, amounts)
    units = amounts.get(sharing.GPUSHARE_MEMORY, 0) // max(1, amounts.get(sharing.GPUSHARE_COUNT, 0) or len(found))
    unit_mib = 0 if not units else _GIB if units <= _MOST_GIB else _MIB
    if unit_mib:
        found = tuple(replace(gpu, unit_mib=unit_mib, memory_mib=gpu.memory_mib or units * unit_mib) for gpu in found)
    ours = annotations.get(CARDS, "").strip()
    cards = metadata.attempt("annotations", lambda: _told(ours, found)) if ours else found
    if len(cards) > _MOST_GPUS:
        metadata.fail("annotations", f"must tell of at most {_MOST_GPUS} GPUs, got {len(cards)}")
    largest = max((max(gpu.memory_mib, gpu.unit_mib) for gpu in cards), default=0)
    if largest > _MOST_MIB:
        status.fail("allocatable", f"memory of a GPU must be at most {_MOST_MIB} MiB, got {largest}")
    return cards


def gpu_model(product: str) -> str:
    """The model out of a product name as GPU feature discovery labels it: `NVIDIA-A100-SXM4-40GB` → `A100`.

    Maker, board and memory go, so that the annotation `A100|H100` means any of them; `MIG-1g.5gb` and `SHARED` stay,
    since a slice is not the whole card.
    """
    words = [w for w in product.replace(" ", "-").split("-") if w and w not in _MAKER and not _FORM.fullmatch(w)]
    return "-".join(words) or product


def _counted(status: Manifest, labels: Mapping[str, str], amounts: Mapping[str, int]) -> tuple[Gpu, ...]:
    """So many cards of one kind."""
    whole, slices = _slices(labels, amounts.get(sharing.GPU, 0))
    told = {sharing.GPU: whole, sharing.GPUSHARE_COUNT: amounts.get(sharing.GPUSHARE_COUNT, 0)}
    told |= {name: amounts.get(name, 0) // _PERCENT for name in _IN_PERCENT}
    name, count = next(((name, number) for name, number in told.items() if number), ("", 0))
    if count > _MOST_GPUS:
        status.fail(f"allocatable.{name}", f"must be at most {_MOST_GPUS} GPUs, got {count}")
    if not count:
        return ()
    by_plugins = amounts.get(sharing.KOORDINATOR_MEMORY, 0) // 2**20 or amounts.get(sharing.ELASTIC_MEMORY, 0)
    shared = sharing.GPUSHARE_MEMORY in amounts
    memory_mib = _number(labels.get("nvidia.com/gpu.memory", "")) or (0 if shared else by_plugins // count)
    product = next((labels[label] for label in MODEL_LABELS if labels.get(label)), "")
    return (Gpu(model=gpu_model(product), product=product, memory_mib=memory_mib, slices=slices),) * count


def _slices(labels: Mapping[str, str], allocatable: int) -> tuple[int, int]:
    """Cards, and slices of each."""
    replicas, cards = (_number(labels.get(f"nvidia.com/gpu.{key}", "")) for key in ("replicas", "count"))
    if replicas > 1 and labels.get("nvidia.com/gpu.sharing-strategy") != "none":
        slices = replicas
    elif 0 < cards < allocatable:
        slices = allocatable // cards
    else:
        return allocatable, 1
    return -(-allocatable // slices), min(slices, WHOLE_GPU_MILLI)


def _registered(text: str) -> tuple[Gpu, ...]:
    """What HAMi's device plugin told of each card, in the order of their indices where it tells them."""
    entries = _from_json(text) if text.startswith("[") else _from_text(text)
    indices = [entry["index"] for entry in entries]
    if len(set(indices)) != len(indices):  # the old form has none
        return tuple(_card(entry) for entry in entries)
    there = {entry["index"]: _card(entry) for entry in entries}
    return tuple(there.get(index, Gpu(healthy=False)) for index in range(max(there, default=-1) + 1))


def _card(entry: Mapping[str, Any]) -> Gpu:
    product = entry["type"]
    return Gpu(
        model=gpu_model(product),
        product=product,
        uuid=entry["id"],
        memory_mib=entry["devmem"],
        healthy=entry["health"] and entry["mode"] != "mig",
    )


def _from_json(text: str) -> list[dict[str, Any]]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{REGISTER}: not JSON: {error}") from error
    found = []
    # Go leaves out what is zero: the index of the first card, the health of a sick one
    zero = {"id": "", "index": 0, "devmem": 0, "type": "", "health": False, "mode": ""}
    for number, each in enumerate(told):
        entry = {key: each.get(key, value) for key, value in zero.items()} if isinstance(each, dict) else {}
        wrong = next((key for key, value in zero.items() if type(entry.get(key)) is not type(value)), None)
        if wrong is not None or not 0 <= entry["index"] < _MOST_GPUS or entry["devmem"] < 0:
            raise ModelError(f"{REGISTER}[{number}]: not a device: {str(each)[:_PERCENT]}")
        found.append(entry)
    return found


def _from_text(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for part in filter(None, text.split(":")):
        fields = part.split(",")
        numbers = [fields[2], *fields[7:8]] if len(fields) in _OLD_FIELDS else [""]
        if not all(_number(field) or field == "0" for field in numbers) or fields[6] not in ("true", "false"):
            raise ModelError(f"{REGISTER}[{len(found)}]: not a device: {part[:_PERCENT]!r}")
        index, mode = (int(fields[7]), fields[8]) if len(fields) > _OLD_FIELDS[0] else (0, "")
        if index >= _MOST_GPUS:
            raise ModelError(f"{REGISTER}[{len(found)}]: index must be below {_MOST_GPUS}, got {index}")
        card = {"id": fields[0], "index": index, "devmem": int(fields[2]), "type": fields[4]}
        found.append(card | {"health": fields[6] == "true", "mode": mode})
    return found


def _told(text: str, found: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """The cards as our annotation has them; what it does not tell of each stays."""
    entries = [entry.strip().rpartition(":") for entry in text.split(",")]
    for model, _, memory in entries:
        if not model or not _number(memory):
            raise ModelError(f"annotation {CARDS}: must be model:MiB of each GPU, joined with ',', got {text!r}")
    if found and len(found) != len(entries):
        raise ModelError(f"annotation {CARDS}: {len(entries)} contradicts {len(found)} GPUs that the node has")
    cards = found or (Gpu(),) * len(entries)
    return tuple(
        replace(card, model=gpu_model(model), product=model, memory_mib=int(memory))
        for card, (model, _, memory) in zip(cards, entries, strict=True)
    )


def _number(text: str) -> int:
    """A whole number > 0; 0 for any other text, since labels are free."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0
