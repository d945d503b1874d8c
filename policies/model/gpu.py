"""GPUs: what a node has, what a pod asks for, and which devices it would get.

A GPU has 1000 milli. A pod takes a share of one or of several, or whole ones (`milli` = 1000). How much of a device
that is may differ from device to device, and then only the device can tell (`needed_milli`):

    memory   ceil(memory asked · 1000 / memory of the device), or the share of compute where that is more; in gpushare's
             units rounded so that what fills a card does fit;
    slices   a device that is time-sliced into n serves a pod that asks for a GPU as such with 1000 / n.

Compute and memory are not two budgets here: the larger share is charged. Two budgets would let a memory-hungry pod
and a compute-hungry one share a card, but every policy that weighs what is left of a card would have to trade one for
the other; the conventions that keep both (HAMi, koordinator) are packed a little looser for it, never over capacity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from policies.errors import ModelError

WHOLE_GPU_MILLI = 1000
NEVER_MILLI = 2**30  # what is needed of a device that cannot serve the request; more than any device has


class GpuKind(NamedTuple):
    """What a request's need depends on; devices alike in this are one entry of a small table."""

    product: str = ""
    memory_mib: int = 0
    slices: int = 1
    unit_mib: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One device of a node; its number there is the driver's.

    `model` is what pods wish for, `product` the whole name. One that is not healthy keeps its number, and so do the
    others.
    """

    model: str = ""
    product: str = ""
    uuid: str = ""
    memory_mib: int = 0  # 0: nobody told
    slices: int = 1  # time-sliced into so many
    unit_mib: int = 0  # what one of gpushare's units is on this node; 0: it does not speak gpushare
    healthy: bool = True

    def __post_init__(self) -> None:
        if self.memory_mib < 0 or self.unit_mib < 0:
            raise ModelError(f"gpu: memory must be >= 0 MiB, got {self.memory_mib} in units of {self.unit_mib}")
        if not 1 <= self.slices <= WHOLE_GPU_MILLI:
            raise ModelError(f"gpu: slices must be from 1 to {WHOLE_GPU_MILLI}, got {self.slices}")

    @property
    def kind(self) -> GpuKind:
        """What it has in common with others."""
        return GpuKind(self.product or self.model, self.memory_mib, self.slices, self.unit_mib)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuRequest:
    """`count` devices, and of each `milli` or the memory, whichever is more.

    `models` are the allowed ones in order of preference; empty = any.
    """

    milli: int = WHOLE_GPU_MILLI  # 0 only beside memory
    count: int = 1
    models: tuple[str, ...] = ()
    memory_mib: int = 0  # of each device; 0: not asked
    memory_units: int = 0  # the same in gpushare's units, whose size the node decides
    sliceable: bool = False  # a GPU as such: a slice of it where devices are time-sliced
    use: tuple[str, ...] = ()  # parts of product names in capitals, one of which it must have
    avoid: tuple[str, ...] = ()  # and of which it must have none
    varies: bool = field(init=False, repr=False, compare=False)  # needs more of one device than of another

    def __post_init__(self) -> None:
        by_memory = bool(self.memory_mib or self.memory_units)
        if not (0 if by_memory else 1) <= self.milli <= WHOLE_GPU_MILLI:
            raise ModelError(f"gpu: milli must be from 1 to {WHOLE_GPU_MILLI}, got {self.milli}")
        if self.count < 1:
            raise ModelError(f"gpu: count must be >= 1, got {self.count}")
        if self.memory_mib < 0 or self.memory_units < 0:
            raise ModelError(f"gpu: memory must be >= 0, got {self.memory_mib} MiB and {self.memory_units} units")
        if self.sliceable and (by_memory or self.milli != WHOLE_GPU_MILLI):
            raise ModelError(f"gpu: only whole ones may be slices, got {self.milli} milli and {self.memory_mib} MiB")
        if len(set(self.models)) != len(self.models):
            raise ModelError(f"gpu: a model is listed twice in {'|'.join(self.models)}")
        object.__setattr__(self, "varies", by_memory or self.sliceable or bool(self.use or self.avoid))

    @property
    def is_shared(self) -> bool:
        """Asks for less than whole devices, or for memory only, which may be less."""
        return self.milli < WHOLE_GPU_MILLI

    @property
    def is_one_share(self) -> bool:
        """A share of a single device, which policies may choose by `score_devices`."""
        return self.count == 1 and self.milli < WHOLE_GPU_MILLI

    @property
    def total_milli(self) -> int:
        """Over all devices; of a request that varies only the part that does not, see `engine.needs`."""
        return self.milli * self.count

    def in_words(self, largest_mib: int, unit_mib: int) -> str:
        """What a device must have, beside what the largest of a node has: `with 8192 MiB on the node (…)`."""
        wanted = [f"with {self.memory_mib} MiB"] if self.memory_mib else []
        wanted += [f"with {self.memory_units} units of gpu-mem"] if self.memory_units else []
        wanted += [f"like {'|'.join(self.use)}"] if self.use else []
        wanted += [f"unlike {'|'.join(self.avoid)}"] if self.avoid else []
        if self.memory_units and not unit_mib:
            has = " (it does not offer aliyun.com/gpu-mem)"
        elif not (self.memory_mib or self.memory_units):
            has = ""
        elif not largest_mib:
            has = " (the memory of its GPUs is not known)"
        else:
            has = f" (the largest has {largest_mib // unit_mib if self.memory_units else f'{largest_mib} MiB'})"
        return f"{' '.join(wanted)} on the node{has}"


def needed_milli(request: GpuRequest, kind: GpuKind) -> int:
    """What the request takes of one device of that kind: above 1000 when it is too small.

    NEVER_MILLI when it is of a product that is not wanted, or of a memory that nobody told.
    """
    product = kind.product.upper()
    if request.use and not any(part in product for part in request.use):
        return NEVER_MILLI
    if any(part in product for part in request.avoid):
        return NEVER_MILLI
    if request.sliceable:
        return WHOLE_GPU_MILLI // kind.slices
    if not (request.memory_mib or request.memory_units):
        return request.milli
    if not kind.memory_mib or (request.memory_units and not kind.unit_mib):
        return NEVER_MILLI
    share = -(-request.memory_mib * WHOLE_GPU_MILLI // kind.memory_mib)
    if request.memory_units:
        share = max(share, _share_of_units(request.memory_units, kind.memory_mib // kind.unit_mib))
    return min(max(request.milli, share), NEVER_MILLI)


def _share_of_units(asked: int, of: int) -> int:
    """Milli of *asked* units of a card that has so many; above 1000 when it has fewer.

    Rounded up, 5 + 9 of 14 units would not fit. Rounded down they do, and where *of* · (*of* + 1) <= 1000 nothing more
    does: shares that are one unit too much come to more than (*of* + 1) · (1000 / *of* - 1) >= 1000 milli.
    """
    if not of:
        return NEVER_MILLI
    exact = asked * WHOLE_GPU_MILLI
    return exact // of if of * (of + 1) <= WHOLE_GPU_MILLI else -(-exact // of)


def best_fit_devices(
    free_milli: Sequence[int], allowed: Sequence[bool], needed: Sequence[int], count: int
) -> tuple[int, ...]:
    """The *count* devices with the least room left once they hold what is *needed* of each, lowest index first.

    Whole requests get the lowest-index free devices. Empty when it does not fit.
    """
    fitting = [i for i, free in enumerate(free_milli) if allowed[i] and free >= needed[i]]
    fitting.sort(key=lambda i: (free_milli[i] - needed[i], i))
    return tuple(sorted(fitting[:count])) if len(fitting) >= count else ()
