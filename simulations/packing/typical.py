"""The mix of pods that typically come, from a trace: the most frequent shapes that make up 95 % of its pods."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from policies.engine.contract import FilterScorer
from policies.engine.profile import Profile
from policies.engine.typical import DEFAULT_MIX, Typical
from policies.fragmentation import Fragmentation
from policies.gpu_stranding import GpuStranding
from simulations.workloads.openb import TracePods

_COVERED_PCT = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceMix:
    """What is typical of a trace: shapes of pods, and the CPU that its GPU pods have for one GPU on average."""

    typical: tuple[Typical, ...]
    cpu_per_gpu_milli: int | None  # None: no pod has a GPU


def trace_mix(pods: TracePods) -> TraceMix:
    """Both, of the trace as it is before it is inflated."""
    gpu_milli = int(pods.total_gpu_milli.sum())
    cpu_milli = int(pods.cpu_milli[pods.num_gpu > 0].sum())
    per_gpu = max(1, 1000 * cpu_milli // gpu_milli) if gpu_milli else None
    return TraceMix(typical=typical_pods(pods), cpu_per_gpu_milli=per_gpu)


def typical_pods(pods: TracePods) -> tuple[Typical, ...]:
    """Shapes (CPU, GPU milli, GPU count, models) by falling frequency, the one that crosses 95 % included.

    Equal counts go by falling shape. Frequencies sum to 1 over the shapes taken. Memory is not part of a shape.
    """
    columns = (pods.cpu_milli.tolist(), pods.gpu_milli.tolist(), pods.num_gpu.tolist(), pods.gpu_spec)
    shapes = Counter(zip(*columns, strict=True))
    ordered = sorted(((count, shape) for shape, count in shapes.items()), reverse=True)
    taken, covered = [], 0
    for count, shape in ordered:
        taken.append((count, shape))
        covered += count
        if covered * 100 >= _COVERED_PCT * len(pods):
            break
    share_covered = covered / len(pods)
    return tuple(
        Typical(
            cpu_milli=cpu_milli,
            gpu_milli=gpu_milli,
            gpu_count=gpu_count,
            models=tuple(spec.split("|")) if spec else (),
            frequency=count / len(pods) / share_covered,
        )
        for count, (cpu_milli, gpu_milli, gpu_count, spec) in taken
    )


def told(profile: Profile, mix: TraceMix) -> Profile:
    """The profile with its policies knowing what is typical in the trace, unless it says so itself."""
    steps = (replace(step, policy=_told(step.policy, mix)) for step in profile.steps)
    return replace(profile, steps=tuple(steps))


def _told(policy: FilterScorer, mix: TraceMix) -> FilterScorer:
    if isinstance(policy, Fragmentation) and policy.typical == DEFAULT_MIX:
        return Fragmentation(typical=mix.typical)
    if isinstance(policy, GpuStranding) and policy.typical == DEFAULT_MIX and policy.cpu_per_gpu_milli is None:
        return GpuStranding(typical=mix.typical, cpu_per_gpu_milli=mix.cpu_per_gpu_milli)
    return policy
