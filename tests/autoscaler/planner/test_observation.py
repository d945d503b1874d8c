"""What is meant where nothing is said of a workload: all is as usual."""

from __future__ import annotations

from autoscaler.planner.observation import (
    HOME,
    UP,
    ContainerSeen,
    Fit,
    Observation,
    PodSeen,
    Sample,
    Total,
)


def test_a_pod_runs_at_home_and_is_ready_unless_something_else_is_said() -> None:
    assert PodSeen(name="p") == PodSeen(
        name="p",
        phase="Running",
        ready="True",
        ready_since_s=0.0,
        start_s=0.0,
        deleting=False,
        containers=(),
        pod_requests=None,
        place="home",
        resize="",
        resize_since_s=0.0,
        unschedulable_since_s=None,
        oom_killed=(),
    )
    assert ContainerSeen(name="app") == ContainerSeen(name="app", requests={}, counts=True)


def test_numbers_are_of_a_minute_and_without_a_time_of_their_own() -> None:
    assert Sample(by_container={}, timestamp_s=5.0).window_s == 60.0
    assert Total(milli=1) == Total(milli=1, timestamp_s=None)
    assert Fit(count=1) == Fit(count=1, why="")


def test_a_workload_is_at_home_alone_with_a_selector_that_works_and_pods_that_can_be_resized() -> None:
    seen = Observation(now_s=1.0, home=2, status_replicas=2, pods=(), readings=())
    assert seen == Observation(
        now_s=1.0,
        home=2,
        status_replicas=2,
        pods=(),
        readings=(),
        beyond={},
        selector="",
        selector_message="",
        template={},
        guaranteed=False,
        pinned=False,
        headroom={},
        resizable=True,
        refused={},
        scaled_to_zero=False,
    )


def test_places_have_names_that_records_keep() -> None:
    assert (HOME, UP) == ("home", "up")
