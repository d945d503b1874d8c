"""Filter and prioritize on the extender's own state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from policies.model.site import Tier
from tests.builders import make_latency, make_node, make_pod
from tests.scheduler.desk_parts import Parts, asked_pod, nodes_asked

LOCAL = {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "seoul"}
NAMES = ["cloud-1", "seoul-1", "seoul-2"]


@pytest.fixture
def parts() -> Iterator[Parts]:
    made = Parts()
    for name in ("seoul-1", "seoul-2"):
        made.cluster.set_node(make_node(name, site="seoul"))
    made.cluster.set_node(make_node("cloud-1", site="cloud", tier=Tier.CLOUD))
    made.cluster.set_latency(make_latency(["cloud", "seoul"], {("seoul", "cloud"): 41.0}), now_s=0.0)
    yield made
    made.close()


async def test_better_tier_has_the_higher_score(parts: Parts) -> None:
    asked = nodes_asked(asked_pod(annotations=LOCAL), NAMES)
    assert (await parts.placer.filter(asked)).passed == NAMES
    cloud, one, two = await parts.placer.prioritize(asked)
    assert min(one, two) > cloud


async def test_prioritize_without_filter_before_gives_the_same_scores(parts: Parts) -> None:
    asked = nodes_asked(asked_pod(annotations=LOCAL), NAMES)
    alone = await parts.placer.prioritize(asked)
    await parts.placer.filter(asked)
    assert await parts.placer.prioritize(asked) == alone


async def test_hard_limit_is_told_with_its_number_and_no_eviction_helps(parts: Parts) -> None:
    pod = asked_pod(annotations={**LOCAL, "edgeward.dev/latency-class": "ar-vr"})
    answer = await parts.placer.filter(nodes_asked(pod, NAMES))
    assert answer.passed == ["seoul-1", "seoul-2"]
    assert list(answer.unresolvable) == ["cloud-1"]
    assert answer.failed == {}
    text = answer.unresolvable["cloud-1"]
    assert text.startswith("edgeward latency: ")
    assert "41 ms > 20 ms" in text
    assert "ar-vr" in text


async def test_full_gpu_is_refused_and_eviction_may_help(parts: Parts) -> None:
    parts.cluster.set_node(make_node("gpu-1", site="seoul", gpus=1))
    parts.cluster.bind(make_pod("there", gpu_milli=700), "gpu-1")
    asked = nodes_asked(asked_pod(annotations={"edgeward.dev/gpu-milli": "400"}), ["gpu-1"])
    answer = await parts.placer.filter(asked)
    assert (answer.passed, answer.unresolvable) == ([], {})
    assert "300 milli free on the best device < 400 requested" in answer.failed["gpu-1"]


async def test_reason_has_no_per_cent_sign_which_kube_scheduler_would_take_for_a_format(parts: Parts) -> None:
    answer = await parts.placer.filter(nodes_asked(asked_pod(annotations={"edgeward.dev/gpu-milli": "50%"}), NAMES))
    assert "'50 per cent'" in answer.unresolvable["seoul-1"]


async def test_annotation_of_the_namespace_is_not_put_down_to_the_pod(parts: Parts) -> None:
    parts.namespaces["default"] = {"edgeward.dev/origin": "x=y"}
    answer = await parts.placer.filter(nodes_asked(asked_pod(), NAMES))
    assert "namespace default: annotation edgeward.dev/origin" in answer.unresolvable["seoul-1"]


async def test_room_that_kube_scheduler_sees_is_believed(parts: Parts) -> None:
    for name in NAMES:
        parts.cluster.bind(make_pod(f"on-{name}", cpu="3900m"), name)  # one of them is gone, which no watch told yet
    assert (await parts.placer.filter(nodes_asked(asked_pod(cpu="500m"), NAMES))).passed == NAMES


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        pytest.param({"edgeward.dev/max-rtt-ms": "2O"}, "max-rtt-ms", id="a limit that cannot be read"),
        pytest.param({"edgeward.dev/profile": "edge-defalt"}, "did you mean", id="a profile that does not exist"),
    ],
)
async def test_wishes_that_cannot_be_read_let_the_pod_go_nowhere(
    parts: Parts, annotations: dict[str, str], said: str
) -> None:
    asked = nodes_asked(asked_pod(annotations=annotations), NAMES)
    answer = await parts.placer.filter(asked)
    assert answer.passed == []
    assert list(answer.unresolvable) == NAMES
    assert all(said in text for text in answer.unresolvable.values())
    assert await parts.placer.prioritize(asked) == [0, 0, 0]


async def test_daemon_sets_pod_passes_even_where_the_node_is_not_ready(parts: Parts) -> None:
    parts.cluster.set_ready("seoul-1", ready=False)
    owner = [{"kind": "DaemonSet", "name": "cni", "controller": True}]
    asked = nodes_asked(asked_pod(ownerReferences=owner), ["seoul-1"])
    assert (await parts.placer.filter(asked)).passed == ["seoul-1"]
    assert await parts.placer.prioritize(asked) == [0]


async def test_pod_without_a_profile_gets_its_namespaces(parts: Parts) -> None:
    parts.namespaces["default"] = {"edgeward.dev/profile": "latency-first"}
    await parts.placer.filter(nodes_asked(asked_pod(), NAMES))
    await parts.placer.filter(nodes_asked(asked_pod("q", annotations={"edgeward.dev/profile": "gpu-packing"}), NAMES))
    assert [subject.engine.profile.name for subject, _ in parts.told] == ["latency-first", "gpu-packing"]


async def test_origin_of_the_namespace_counts_when_the_pod_has_none(parts: Parts) -> None:
    parts.namespaces["default"] = {"edgeward.dev/origin": "seoul"}
    pod = asked_pod(annotations={"edgeward.dev/max-rtt-ms": "20"})
    assert (await parts.placer.filter(nodes_asked(pod, NAMES))).passed == ["seoul-1", "seoul-2"]


async def test_demand_over_several_sites_follows_the_live_load(parts: Parts) -> None:
    pod = asked_pod(annotations={"edgeward.dev/origin": "seoul=0.5,cloud=0.5"})
    parts.live_demand.update(seoul=0.0, cloud=9.0)
    await parts.placer.filter(nodes_asked(pod, NAMES))
    (told,) = parts.told
    assert told[0].pod.of.demand is not None
    assert dict(told[0].pod.of.demand.weights) == {"seoul": 0.0, "cloud": 1.0}


SHORT = "shortlist: {tiers: best}\npolicies: [{policy: hint}]"


async def test_pod_that_comes_back_is_offered_what_the_shortlist_left_out(parts: Parts) -> None:
    parts.profiles.reload({"edge-default": SHORT})
    asked = nodes_asked(asked_pod(annotations=LOCAL), NAMES)
    first = await parts.placer.filter(asked)
    assert first.passed == ["seoul-1", "seoul-2"]
    assert "shortlist" in first.failed["cloud-1"]
    assert first.unresolvable == {}
    again = await parts.placer.filter(asked)
    assert again.passed == NAMES
    cloud, one, two = await parts.placer.prioritize(asked)
    assert one > cloud
    parts.recent._scores.clear()
    assert await parts.placer.prioritize(asked) == [cloud, one, two]  # decided anew, and again without a shortlist
    assert (await parts.placer.filter(asked)).passed == ["seoul-1", "seoul-2"]


def template(site: str, *, cpu: str = "8") -> dict[str, Any]:
    return {
        "metadata": {"name": "template", "labels": {"edgeward.dev/site": site}},
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "110"}},
    }


@pytest.mark.parametrize(
    ("site", "passes"),
    [pytest.param("seoul", True, id="near"), pytest.param("cloud", False, id="41 ms away")],
)
async def test_node_that_does_not_exist_is_judged_by_what_the_request_tells(
    parts: Parts, site: str, passes: bool
) -> None:
    pod = asked_pod(annotations={**LOCAL, "edgeward.dev/max-rtt-ms": "20"})
    items = {"seoul-1": {"metadata": {"name": "seoul-1"}}, "template": template(site)}
    asked = nodes_asked(pod, ["template", "seoul-1"], items=items)
    answer = await parts.placer.filter(asked)
    assert answer.passed == (["template", "seoul-1"] if passes else ["seoul-1"])
    assert list(answer.unresolvable) == ([] if passes else ["template"])
    assert len(await parts.placer.prioritize(nodes_asked(pod, answer.passed))) == len(answer.passed)


async def test_node_that_cannot_be_read_is_refused_and_says_why(parts: Parts) -> None:
    broken = template("seoul") | {"status": {"allocatable": {"cpu": "4x"}}}
    asked = nodes_asked(asked_pod(), ["template"], items={"template": broken})
    answer = await parts.placer.filter(asked)
    assert "status.allocatable.cpu: not a quantity: '4x'" in answer.failed["template"]


async def test_node_that_does_not_exist_is_read_and_believed_as_the_others_are(parts: Parts) -> None:
    parts.default_site, parts.default_tier = "unlabelled", Tier.CLOUD
    matrix = make_latency(["cloud", "seoul", "unlabelled"], {("seoul", "unlabelled"): 15.0})
    pod = asked_pod(annotations={"edgeward.dev/origin": "seoul", "edgeward.dev/max-rtt-ms": "20"})
    bare = {"metadata": {"name": "template"}, "status": {"allocatable": {"cpu": "8", "pods": "110"}}}
    asked = nodes_asked(pod, ["template"], items={"template": bare})
    parts.cluster.set_latency(matrix, now_s=5.0, fresh_s=10.0)
    assert (await parts.placer.filter(asked)).passed == ["template"]
    parts.cluster.set_latency(matrix, now_s=60.0, fresh_s=10.0)  # a minute old is stale
    assert (await parts.placer.filter(asked)).passed == []


async def test_pod_that_was_promised_a_gpu_and_comes_again_is_sent_there(parts: Parts) -> None:
    parts.cluster.set_node(make_node("gpu-1", site="seoul", gpus=1))
    parts.cluster.set_node(make_node("gpu-2", site="seoul", gpus=1))
    pod = asked_pod(annotations={"edgeward.dev/gpu-count": "1"})
    parts.ledger.reserve(parts.reader.read(pod).pod, "gpu-2", (0,))
    answer = await parts.placer.filter(nodes_asked(pod, ["gpu-1", "gpu-2"]))
    assert answer.passed == ["gpu-2"]
    assert "gpu-2 is promised to it already" in answer.failed["gpu-1"]
    # where it cannot go any more it has no use of the promise
    assert (await parts.placer.filter(nodes_asked(pod, ["gpu-1"]))).passed == ["gpu-1"]
    assert len(parts.ledger) == 0


async def test_pods_without_a_uid_are_not_taken_for_one_another(parts: Parts) -> None:
    parts.profiles.reload({"edge-default": SHORT})
    pod = replace(asked_pod(annotations=LOCAL), uid="")
    for _ in range(2):
        assert (await parts.placer.filter(nodes_asked(pod, NAMES))).passed == ["seoul-1", "seoul-2"]


async def test_asking_changes_nothing(parts: Parts) -> None:
    before = parts.cluster.freeze()
    for number in range(20):
        asked = nodes_asked(asked_pod(f"p{number}", cpu="3"), NAMES)
        assert (await parts.placer.filter(asked)).passed == NAMES
        await parts.placer.prioritize(asked)
    assert parts.cluster.freeze() is before
