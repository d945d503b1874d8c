"""Pods in another cluster, as they are presumed: there is no metrics API of ours that tells of them.

They serve, at the template's size, and are as busy as those that can be read on average: the load reaches them by
whatever spreads it over clusters. Left out, each of them would look like a replica without load to an average over
pods, and the more there are the fewer would be wished for.
"""

from __future__ import annotations

from collections.abc import Mapping

from autoscaler.planner.observation import ContainerSeen, PodSeen, PodValues, Reading, Sample, Size


def pods(abroad: Mapping[str, int], template: Size) -> tuple[PodSeen, ...]:
    """One for each replica asked for there."""
    containers = tuple(ContainerSeen(name=name, requests=requests) for name, requests in template.items())
    return tuple(
        PodSeen(name=f"{place}/{number}", place=place, containers=containers)
        for place, count in abroad.items()
        for number in range(count)
    )


def reading(seen: Reading, presumed: tuple[PodSeen, ...]) -> Reading:
    """The reading with a number for each of them; one that is no number for each pod stays as it is."""
    if not presumed or not isinstance(seen, PodValues) or not seen.samples:
        return seen
    mean = _mean(list(seen.samples.values()))
    return PodValues(samples={**seen.samples, **{pod.name: mean for pod in presumed}})


def _mean(samples: list[Sample]) -> Sample:
    names = dict.fromkeys(name for sample in samples for name in sample.by_container)
    told = {name: [amount for each in samples if (amount := each.by_container.get(name)) is not None] for name in names}
    return Sample(
        by_container={name: sum(amounts) // len(amounts) if amounts else None for name, amounts in told.items()},
        timestamp_s=min(sample.timestamp_s for sample in samples),
        window_s=max(sample.window_s for sample in samples),
    )
