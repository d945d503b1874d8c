"""Preferences as data (R11)."""

from __future__ import annotations

from policies.device_preference import DevicePreference
from policies.model.pod import PodClass
from tests.builders import make_cluster, make_node
from tests.policies.asked import allowed, reason, refusal, scores

POLICY = DevicePreference(label="machine", refuse=("nano",), weights={"xavier": 70, "tx2": 30}, default=10)
KINDS = ("nano", "xavier", "tx2", "rpi")


def test_never_nano_rather_xavier_than_tx2() -> None:
    cluster = make_cluster(*(make_node(kind, labels={"machine": kind}) for kind in KINDS), make_node("bare"))
    assert allowed(POLICY, cluster, PodClass()) == {"xavier", "tx2", "rpi", "bare"}
    # points / 100; neither `rpi` nor a node without the label has points of its own
    assert scores(POLICY, cluster, PodClass()) == {"nano": 0.1, "xavier": 0.7, "tx2": 0.3, "rpi": 0.1, "bare": 0.1}
    assert refusal(POLICY, cluster, PodClass(), "nano") == "machine=nano is refused (never nano)"
    assert reason(POLICY, cluster, PodClass(), "bare") == "no label machine: 10 of 100 points"


def test_without_data_it_has_no_opinion() -> None:
    cluster = make_cluster(make_node("nano", labels={"machine": "nano"}))
    assert allowed(DevicePreference(), cluster, PodClass()) == {"nano"}
    assert scores(DevicePreference(), cluster, PodClass()) is None
