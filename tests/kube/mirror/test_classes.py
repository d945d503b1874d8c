"""The short way to a pod's class leads where the long one does."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kube.mirror.classes import OF_ONE_POD, Classes
from kube.mirror.shared import Shared
from policies.errors import ModelError
from policies.model.kubernetes import pod
from policies.model.pod import Pod
from tests.kube.mirror.contents import Content, a_pod

INHERITED: tuple[dict[str, str], ...] = ({}, {"edgeward.dev/origin": "seoul"})
pods = st.builds(
    a_pod,
    st.sampled_from(["p1", "p2"]),
    namespace=st.sampled_from(["default", "shop"]),
    cpu=st.sampled_from(["1", "2"]),
    gpus=st.sampled_from([0, 1]),
    node=st.sampled_from(["", "n1"]),
    labels=st.dictionaries(st.sampled_from(["app", "pod-template-hash", *sorted(OF_ONE_POD)]), st.sampled_from("ab")),
    annotations=st.dictionaries(
        st.sampled_from(["edgeward.dev/origin", "edgeward.dev/profile", "edgeward.dev/gpu-milli", *sorted(OF_ONE_POD)]),
        st.sampled_from(["300", "a"]),
    ),
    nodeSelector=st.sampled_from([{}, {"disk": "ssd"}]),
    tolerations=st.sampled_from([[], [{"operator": "Exists"}]]),
    overhead=st.sampled_from([{}, {"cpu": "10m"}]),
    initContainers=st.sampled_from([[], [{"resources": {"requests": {"memory": "1Gi"}}}]]),
    priority=st.sampled_from([0, 7]),
)


def read(make: Any, content: Content, inherited: dict[str, str]) -> Pod | str:
    try:
        made: Pod = make(content, inherited)
    except ModelError as error:
        return str(error)
    return made


@given(st.lists(st.tuples(pods, st.sampled_from(INHERITED)), max_size=12))
def test_each_pod_is_read_as_if_no_other_had_been(asked: list[tuple[Content, dict[str, str]]]) -> None:
    classes = Classes()
    for content, inherited in asked:
        long_way = read(lambda content, inherited: pod(content, namespace_annotations=inherited), content, inherited)
        assert read(classes.pod, content, inherited) == long_way


def test_full_table_starts_anew_and_still_shares() -> None:
    shared: Shared[str] = Shared(most=2)
    values = ["".join(("a", str(number))) for number in range(3)]
    again = ["".join(("a", str(number))) for number in range(3)]
    assert [shared.of(value) for value in values] == values
    assert shared.of(again[2]) is values[2]
    assert shared.of(again[0]) is again[0]
