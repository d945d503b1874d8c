"""What Prometheus is told, and that it stays a bounded number of series."""

from __future__ import annotations

import math

from scheduler.metrics import MOST_NAMES, Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_gauges_ask_when_prometheus_asks() -> None:
    metrics = Metrics()
    nodes = 5.0
    metrics.show(
        nodes=lambda: nodes,
        pods=lambda: 7,
        pending=lambda: 2,
        promises=lambda: 1,
        unreadable=lambda: 0,
        latency_age_s=lambda: math.nan,
        latency_pairs=lambda: 0,
        ready=lambda: False,
    )
    assert value(metrics, "edgeward_snapshot_nodes") == 5.0
    nodes = 6.0
    assert value(metrics, "edgeward_snapshot_nodes") == 6.0
    assert value(metrics, "edgeward_snapshot_pods") == 7.0
    assert value(metrics, "edgeward_ready") == 0.0
    assert math.isnan(value(metrics, "edgeward_latency_age_seconds") or 0.0)  # nothing was measured


def test_watches_are_shown_by_name() -> None:
    metrics = Metrics()
    is_synced = False
    metrics.show_watch("nodes", synced=lambda: is_synced, told_at_s=lambda: 1.0)
    metrics.watch_problem("nodes")
    assert value(metrics, "edgeward_watch_synced", watch="nodes") == 0.0
    assert value(metrics, "edgeward_watch_problems_total", watch="nodes") == 1.0
    is_synced = True
    assert value(metrics, "edgeward_watch_synced", watch="nodes") == 1.0


def test_refusals_count_nodes_by_policy() -> None:
    metrics = Metrics()
    metrics.refused("latency", 3)
    metrics.refused("latency", 2)
    metrics.refused("gpu", 1)
    assert value(metrics, "edgeward_refused_nodes_total", policy="latency") == 5.0
    assert value(metrics, "edgeward_refused_nodes_total", policy="gpu") == 1.0


def test_names_past_the_bound_count_as_other() -> None:
    metrics = Metrics()
    for number in range(MOST_NAMES + 5):
        metrics.refused(f"policy-{number}", 1)
    metrics.refused("policy-0", 1)  # a known one stays itself
    assert value(metrics, "edgeward_refused_nodes_total", policy="other") == 5.0
    assert value(metrics, "edgeward_refused_nodes_total", policy="policy-0") == 2.0
    assert value(metrics, "edgeward_refused_nodes_total", policy=f"policy-{MOST_NAMES}") is None


def test_bad_reloads_are_there_before_the_first_one() -> None:
    """A rate() over a series that begins with 1 is 0."""
    metrics = Metrics()
    assert value(metrics, "edgeward_profile_reloads_total", result="bad") == 0.0
    metrics.profile_reloaded(good=False)
    metrics.profile_reloaded(good=True)
    metrics.tls_reloaded(good=True)
    assert value(metrics, "edgeward_profile_reloads_total", result="bad") == 1.0
    assert value(metrics, "edgeward_tls_reloads_total", result="good") == 1.0


def test_scraper_gets_the_format_that_it_accepts() -> None:
    metrics = Metrics()
    metrics.nudges.inc()
    text, content_type = metrics.text()
    assert content_type.startswith("text/plain")
    assert b"edgeward_nudges_total 1.0\n" in text
    text, content_type = metrics.text("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")


def test_two_extenders_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.nudges.inc()
    assert value(other, "edgeward_nudges_total") == 0.0
