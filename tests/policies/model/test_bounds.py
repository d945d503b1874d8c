"""A pod that asks for a hundred times what pods ask for is refused in one short sentence."""

from __future__ import annotations

from typing import Any

import pytest

from policies.errors import ModelError
from policies.model import kubernetes


def read(spec: dict[str, Any], **annotations: str) -> None:
    kubernetes.pod({"metadata": {"name": "p", "annotations": annotations}, "spec": spec})


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"nodeSelector": {f"k{n}": "v" for n in range(257)}}, "nodeSelector: must be at most 256, got 257"),
        ({"nodeSelector": {"k": "v" * 318}}, "nodeSelector: must be texts of at most 317 characters, got one of 318"),
        ({"tolerations": [{"key": f"k{n}"} for n in range(257)]}, "tolerations: must be at most 256, got 257"),
        (
            {"containers": [{"resources": {"requests": {f"e.com/{n}": "1" for n in range(257)}}}]},
            "containers: must be at most 256, got 257",
        ),
        (
            {"containers": [{"resources": {"requests": {"x" * 400: "1"}}}]},
            "containers: must be texts of at most 317 characters, got one of 400",
        ),
        (
            {"containers": [{"resources": {"requests": {"cpu": "6000000000000"}}}] * 2},  # 6e15 + 6e15 milli > 2^53
            "containers: requests of cpu must be at most 9007199254740992 in all, got 12000000000000000",
        ),
    ],
    ids=["labels", "a long label", "tolerations", "resources", "a long resource", "an amount"],
)
def test_more_than_a_pod_may_ask_for_is_an_error(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError) as caught:
        read(spec)
    assert str(caught.value) == f"pod default/p: spec.{said}"


@pytest.mark.parametrize("key", ["edgeward.dev/fallback", "edgeward.dev/origin", "nvidia.com/use-gputype"])
def test_annotation_that_is_too_long_is_not_quoted(key: str) -> None:
    gpu = {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "1"}}}]}
    with pytest.raises(ModelError, match=rf"{key}: must have at most 4096 characters, got 4097$"):
        read(gpu, **{key: "x" * 4097})


def test_as_much_as_a_pod_may_ask_for_is_read() -> None:
    selector = {f"k{n}": "v" for n in range(256)}
    tolerations = [{"key": f"k{n}"} for n in range(256)]
    requests = {f"e.com/{n}": "1" for n in range(256)}
    spec = {"nodeSelector": selector, "tolerations": tolerations, "containers": [{"resources": {"requests": requests}}]}
    read(spec, **{"edgeward.dev/fallback": ",".join(f"site-{n}" for n in range(400))})


def test_annotations_of_others_may_be_of_any_length() -> None:
    read({}, **{"kubectl.kubernetes.io/last-applied-configuration": "x" * 200_000})
