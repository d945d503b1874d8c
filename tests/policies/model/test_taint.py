from __future__ import annotations

import pytest

from policies.model.taint import Taint, Toleration, untolerated

GPU = Taint(key="gpu", value="a100", effect="NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "tolerates"),
    [
        (Toleration(key="gpu", value="a100"), True),
        (Toleration(key="gpu", value="a100", effect="NoSchedule"), True),
        (Toleration(key="gpu", value="a100", effect="NoExecute"), False),
        (Toleration(key="gpu", value="t4"), False),
        (Toleration(key="gpu"), False),
        (Toleration(key="cpu", operator="Exists"), False),
        (Toleration(key="gpu", operator="Exists"), True),
        (Toleration(operator="Exists"), True),
        (Toleration(operator="Exists", effect="NoExecute"), False),
        (Toleration(), False),
    ],
)
def test_tolerations_are_those_of_kubernetes(toleration: Toleration, tolerates: bool) -> None:
    assert toleration.tolerates(GPU) is tolerates
    assert (untolerated([GPU], [toleration]) is None) is tolerates


def test_only_what_keeps_new_pods_off_counts_and_the_first_is_told() -> None:
    soft = Taint(key="slow", effect="PreferNoSchedule")
    leaving = Taint(key="down", effect="NoExecute")
    assert untolerated([soft], []) is None
    assert untolerated([soft, leaving, GPU], []) is leaving
    assert untolerated([leaving, GPU], [Toleration(key="down", operator="Exists")]) is GPU
    assert (str(GPU), str(leaving)) == ("gpu=a100:NoSchedule", "down:NoExecute")
