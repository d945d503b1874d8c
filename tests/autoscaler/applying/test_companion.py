"""Companions: made, scaled, in step, gone; and never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.applying.companion import keep_companion
from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused, Unanswered
from autoscaler.applying.places import companion_name, moved, slug
from autoscaler.applying.workload import Workload
from kube.errors import Unreachable, refusal
from policies.model.kubernetes import pod_class
from tests.autoscaler.applying.deaf import Deaf
from tests.autoscaler.applying.objects import DEPLOYMENTS, OWNER, WEB, deployment
from tests.fakes import FakeKube

CLOUD = f"{DEPLOYMENTS}/web-cloud"


@pytest.fixture
def kube() -> FakeKube:
    kube = FakeKube()
    kube.put(DEPLOYMENTS, deployment(annotations={"edgeward.dev/preferred": "local", "edgeward.dev/origin": "seoul"}))
    return kube


async def keep(kube: FakeKube, replicas: int, *, seen: int, place: str = "cloud", **more: Any) -> Outcome:
    return await keep_companion(kube, WEB, OWNER, place, replicas=replicas, seen=seen, **more)


async def test_companion_is_a_copy_that_wants_to_be_elsewhere(kube: FakeKube) -> None:
    assert isinstance(await keep(kube, 2, seen=0), Done)
    made = kube.thing(CLOUD)
    assert made["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "edgeward.dev/v1alpha1",
            "kind": "EdgeAutoscaler",
            "name": "web",
            "uid": "eas-1",
            "controller": True,
        }
    ]
    assert made["metadata"]["annotations"]["edgeward.dev/place"] == "cloud"
    spec, home = made["spec"], deployment()["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"] == home["strategy"]
    assert spec["template"]["spec"] == home["template"]["spec"]
    assert spec["template"]["metadata"]["annotations"] == {
        "edgeward.dev/origin": "seoul",
        "edgeward.dev/preferred": "cloud",
        "edgeward.dev/required": "true",
    }


async def test_service_finds_its_pods_but_its_selector_does_not_find_the_homes(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    spec = kube.thing(CLOUD)["spec"]
    home = deployment()["spec"]["template"]["metadata"]["labels"]
    pods = spec["template"]["metadata"]["labels"]
    assert home.items() <= pods.items()
    assert spec["selector"]["matchLabels"].items() <= pods.items()
    assert not spec["selector"]["matchLabels"].items() <= home.items()


async def test_companions_of_two_places_do_not_select_each_others_pods(kube: FakeKube) -> None:
    for place in ("neighbor", "cloud"):
        await keep(kube, 1, seen=0, place=place)
    one, two = (kube.thing(f"{DEPLOYMENTS}/web-{place}")["spec"] for place in ("neighbor", "cloud"))
    assert not one["selector"]["matchLabels"].items() <= two["template"]["metadata"]["labels"].items()


async def test_companion_is_scaled_and_nothing_else_of_it_touched(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    before = kube.thing(CLOUD)
    assert isinstance(await keep(kube, 5, seen=2), Done)
    after = kube.thing(CLOUD)
    assert after["spec"].pop("replicas") == 5
    assert before["spec"].pop("replicas") == 2
    assert after["spec"] == before["spec"]
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]


async def test_companion_that_is_as_wanted_is_not_written(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    written = len(kube.writes)
    assert await keep(kube, 2, seen=2) == Done(version=kube.thing(CLOUD)["metadata"]["resourceVersion"], wrote=False)
    assert len(kube.writes) == written


async def test_new_image_of_the_target_is_rolled_out_over_edge_too(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    home = kube.thing(WEB.path)
    home["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2"
    del home["spec"]["template"]["metadata"]["annotations"]["edgeward.dev/origin"]
    kube.put(DEPLOYMENTS, home)
    assert await keep(kube, 2, seen=2) == Done(version=kube.thing(CLOUD)["metadata"]["resourceVersion"])
    template = kube.thing(CLOUD)["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == "web:2"
    assert "edgeward.dev/origin" not in template["metadata"]["annotations"]  # what home dropped goes here, too
    assert kube.thing(CLOUD)["metadata"]["annotations"]["edgeward.dev/place"] == "cloud"


async def test_what_others_add_to_its_template_is_not_rolled_back_for_ever(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    injected = kube.thing(CLOUD)
    injected["spec"]["template"]["spec"]["containers"].append({"name": "sidecar", "image": "proxy"})
    kube.put(DEPLOYMENTS, injected)
    assert await keep(kube, 2, seen=2) == Done(version=kube.thing(CLOUD)["metadata"]["resourceVersion"], wrote=False)


async def test_companion_is_deleted_at_none(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    assert await keep(kube, 0, seen=2) == Done()
    assert await keep(kube, 0, seen=0) == Done(wrote=False)
    assert [write.verb for write in kube.writes] == ["create", "delete"]


async def test_companion_is_deleted_also_when_its_target_is_gone(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    kube.drop(WEB.path)
    assert await keep(kube, 0, seen=2) == Done()


@pytest.mark.parametrize("replicas", [0, 1, 4])
async def test_somebody_elses_object_of_that_name_is_left_alone(kube: FakeKube, replicas: int) -> None:
    kube.put(DEPLOYMENTS, deployment("web-cloud"))
    outcome = await keep(kube, replicas, seen=0)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "ForeignObject"
    assert kube.writes == []


async def test_another_autoscalers_companion_is_somebody_elses(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    theirs = kube.thing(CLOUD)
    theirs["metadata"]["ownerReferences"][0]["uid"] = "eas-2"
    kube.put(DEPLOYMENTS, theirs)
    outcome = await keep(kube, 0, seen=2)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "ForeignObject"


@pytest.mark.parametrize("replicas", [0, 3])
async def test_companion_that_somebody_scaled_is_kept_as_it_is(kube: FakeKube, replicas: int) -> None:
    await keep(kube, 2, seen=0)
    theirs = kube.thing(CLOUD)
    theirs["spec"]["replicas"] = 7
    kube.put(DEPLOYMENTS, theirs)
    assert await keep(kube, replicas, seen=2) == ChangedByOthers(
        f"Deployment shop/web-cloud was to go from 2 to {replicas} replicas, but somebody changed it: it has 7"
    )
    assert kube.thing(CLOUD)["spec"]["replicas"] == 7


async def test_companion_that_vanished_is_told_and_not_made_anew_unasked(kube: FakeKube) -> None:
    assert isinstance(await keep(kube, 3, seen=2), ChangedByOthers)
    assert kube.writes == []


async def test_companion_on_its_way_out_is_waited_for(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    going = kube.thing(CLOUD)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    kube.put(DEPLOYMENTS, going)
    outcome = await keep(kube, 3, seen=2)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "BeingDeleted"


async def test_creation_whose_answer_was_lost_is_done() -> None:
    class Deaf(FakeKube):
        async def create(self, path: str, body: object, **how: Any) -> bytes:
            await super().create(path, body, **how)
            raise Unreachable("cut")

    kube = Deaf()
    kube.put(DEPLOYMENTS, deployment())
    assert await keep(kube, 2, seen=0) == Done(version=kube.thing(CLOUD)["metadata"]["resourceVersion"])


async def test_creation_that_may_or_may_not_have_been_is_said_to_be_unanswered(kube: FakeKube) -> None:
    kube.failing = lambda verb, path: Unreachable("cut") if kube.writes else None
    assert isinstance(await keep(kube, 2, seen=0), Unanswered)


async def test_refused_creation_is_refused(kube: FakeKube) -> None:
    kube.failing = lambda verb, _: refusal(403, "Forbidden", "exceeded quota") if verb == "create" else None
    outcome = await keep(kube, 2, seen=0)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "Forbidden"
    assert "exceeded quota" in outcome.message


async def test_what_somebody_does_to_it_just_before_our_patch_is_kept(kube: FakeKube) -> None:
    await keep(kube, 2, seen=0)
    before = kube.thing(CLOUD)
    scaled, moved_on = kube.thing(CLOUD), kube.thing(CLOUD)
    scaled["spec"]["replicas"] = 7
    moved_on["metadata"]["annotations"]["edgeward.dev/template"] = "of another of us"
    for meanwhile in (scaled, moved_on):
        kube.put(DEPLOYMENTS, before)
        kube.failing = just_before(kube, "patch", meanwhile)
        assert isinstance(await keep(kube, 3, seen=2), ChangedByOthers)
    kube.put(DEPLOYMENTS, before)
    kube.failing = just_before(kube, "patch", {**before, "status": {"replicas": 1}})
    assert isinstance(await keep(kube, 3, seen=2), Done)
    assert kube.thing(CLOUD)["spec"]["replicas"] == 3


async def test_what_somebody_makes_just_before_we_do_is_kept(kube: FakeKube) -> None:
    kube.failing = just_before(kube, "create", deployment("web-cloud", replicas=2))
    outcome = await keep(kube, 2, seen=0)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "ForeignObject"


async def test_one_of_ours_made_just_before_counts_if_it_is_as_wanted(kube: FakeKube) -> None:
    """Two of us at once, or a call of ours that came through late."""
    await keep(kube, 2, seen=0)
    twin = kube.thing(CLOUD)
    for replicas, outcome in ((2, Done), (5, ChangedByOthers)):
        twin["spec"]["replicas"] = replicas
        kube.drop(CLOUD)
        kube.failing = just_before(kube, "create", twin)
        assert isinstance(await keep(kube, 2, seen=0), outcome)


async def test_answers_that_get_lost_are_looked_after() -> None:
    kube = Deaf()
    kube.put(DEPLOYMENTS, deployment())
    await keep(kube, 2, seen=0)
    assert isinstance(await keep(kube, 3, seen=2), Done)
    home = kube.thing(WEB.path)
    home["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2"
    kube.put(DEPLOYMENTS, home)
    assert isinstance(await keep(kube, 4, seen=3), Done)
    assert [write.verb for write in kube.writes] == ["create", "patch", "patch"]


async def test_refusal_is_not_looked_after(kube: FakeKube) -> None:
    kube.failing = lambda verb, _: refusal(422, "Invalid", "no") if verb == "create" else None
    assert isinstance(await keep(kube, 2, seen=0), Refused)
    assert [verb for verb, _, _ in kube.calls] == ["get", "get", "create"]


def just_before(kube: FakeKube, what: str, thing: dict[str, Any]) -> Any:
    """Somebody puts *thing* there just before that call of ours arrives."""

    def meanwhile(verb: str, path: str) -> None:
        if verb == what:
            kube.failing = lambda *_: None
            kube.put(DEPLOYMENTS, thing)

    return meanwhile


async def test_workload_with_identities_has_no_companion(kube: FakeKube) -> None:
    home = Workload(kind="StatefulSet", plural="statefulsets", namespace="shop", name="db")
    kube.put("/apis/apps/v1/namespaces/shop/statefulsets", {**deployment("db"), "kind": "StatefulSet"})
    outcome = await keep_companion(kube, home, OWNER, "cloud", replicas=1, seen=0)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "NoCompanion"


async def test_in_another_cluster_a_label_says_whose_it_is(kube: FakeKube) -> None:
    """There an ownerReference would mean nobody, and the garbage collector would remove the companion."""
    there = FakeKube()
    assert isinstance(await keep(kube, 2, seen=0, place="cluster:berlin", there=there), Done)
    assert kube.writes == []
    name = companion_name("web", "cluster:berlin")
    made = there.thing(f"{DEPLOYMENTS}/{name}")
    assert "ownerReferences" not in made["metadata"]
    assert made["metadata"]["labels"]["edgeward.dev/owner-uid"] == "eas-1"
    assert "edgeward.dev/preferred" not in made["spec"]["template"]["metadata"]["annotations"]
    assert isinstance(await keep(kube, 3, seen=2, place="cluster:berlin", there=there), Done)


@pytest.mark.parametrize(
    ("place", "groups"),
    [
        pytest.param("neighbor", (("neighbor",),), id="a tier"),
        pytest.param("busan", (("busan",),), id="a site"),
    ],
)
def test_hint_of_a_place_is_that_place_and_no_other(place: str, groups: tuple[tuple[str, ...], ...]) -> None:
    template = {"metadata": {"annotations": {"edgeward.dev/fallback": "seoul,cloud"}}, "spec": {}}
    hint = pod_class(moved(template, place, node_labels={})).hint
    assert hint is not None
    assert (hint.groups, hint.required) == (groups, True)


def test_selector_of_home_makes_way_for_the_places() -> None:
    template = {"spec": {"nodeSelector": {"edgeward.dev/site": "seoul", "disk": "ssd"}}}
    out = moved(template, "busan", node_labels={"topology.kubernetes.io/zone": "busan"})
    assert out["spec"]["nodeSelector"] == {"disk": "ssd", "topology.kubernetes.io/zone": "busan"}


@pytest.mark.parametrize(
    ("target", "place", "name"),
    [
        pytest.param("web", "cloud", "web-cloud", id="plain names are joined"),
        pytest.param("web", "cluster:berlin", "web-cluster-berlin-", id="what no name may hold is replaced"),
        pytest.param("w" * 63, "cloud", "w" * 54 + "-", id="a long one is cut"),  # 54 + 1 + 8 = 63
    ],
)
def test_name_of_a_companion(target: str, place: str, name: str) -> None:
    assert companion_name(target, place).startswith(name)
    assert len(companion_name(target, place)) <= 63


@given(st.text(max_size=80), st.text(max_size=80))
def test_two_texts_never_share_a_slug(one: str, other: str) -> None:
    assert (slug(one) == slug(other)) == (one == other)
    assert len(slug(one)) <= 63
