"""Sizes: how much bigger, what differs, and as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from autoscaler.planner import sizes

MI = 1024 * 1024 * 1000
APP = {"app": {"cpu": 500, "memory": 512 * MI}, "proxy": {"cpu": 100}}


def test_growth_counts_all_containers() -> None:
    bigger = sizes.over(APP, {"app": {"cpu": 800}})
    assert sizes.factor(bigger, APP, "cpu") == Fraction(900, 600)  # (800 + 100) / (500 + 100)
    assert sizes.factor(bigger, APP, "memory") == 1
    assert sizes.factor(bigger, APP, "nvidia.com/gpu") == 1


def test_what_a_size_leaves_out_is_no_difference() -> None:
    assert sizes.is_same({"app": {"cpu": 500}}, APP)
    assert not sizes.is_same({"app": {"cpu": 501}}, APP)
    assert sizes.is_same({}, APP)


def test_growth_of_something_that_one_side_does_not_ask_for_is_none() -> None:
    assert sizes.factor({"app": {"cpu": 0}}, {"app": {"cpu": 500}}, "cpu") == 1
    assert sizes.factor({"app": {"cpu": 500}}, {"app": {"cpu": 0}}, "cpu") == 1
    assert sizes.factor({"app": {"cpu": 2}}, {"app": {"cpu": 1}}, "cpu") == 2


def test_the_smallest_request_is_one() -> None:
    assert sizes.factor({"app": {"cpu": 1}}, {"app": {"cpu": 2}}, "cpu") == Fraction(1, 2)


def test_a_change_of_what_is_not_there_is_left_out() -> None:
    assert sizes.over(APP, {"moon": {"cpu": 1}}) == APP
    assert sizes.over({"app": {"cpu": 1}}, {"app": {"memory": 2}}) == {"app": {"cpu": 1, "memory": 2}}


def test_changes_are_listed_by_name() -> None:
    assert sizes.changed(APP, sizes.over(APP, {"app": {"cpu": 800}})) == [("app", "cpu", 500, 800)]
    assert sizes.changed({"a": {"cpu": 1}}, {"b": {"gpu": 0, "cpu": 3}, "a": {"memory": 2, "cpu": 1}}) == [
        ("a", "memory", 0, 2),
        ("b", "cpu", 0, 3),
    ]


@pytest.mark.parametrize(
    ("resource", "milli", "text"),
    [
        ("cpu", 500, "500m"),
        ("cpu", 2000, "2"),
        ("cpu", 1001, "1001m"),
        ("cpu", 0, "0"),
        ("memory", 0, "0"),
        ("memory", 1024 * 1000, "1Ki"),
        ("memory", 1025 * 1000, "1025"),
        ("memory", 1536 * MI // 1024, "1536Ki"),
        ("nvidia.com/gpu", 2000, "2"),
        ("memory", 512 * MI, "512Mi"),
        ("memory", 2048 * MI, "2Gi"),
        ("memory", 1500, "2"),  # half a byte is one more
    ],
)
def test_amounts_read_as_in_a_manifest(resource: str, milli: int, text: str) -> None:
    assert sizes.shown(resource, milli) == text


def test_a_size_in_words() -> None:
    assert sizes.told(APP) == "app cpu 500m memory 512Mi, proxy cpu 100m"
    assert sizes.told({}) == "as in the template"
