"""A new size by roll-out: begun only from rest and with a disruption to spare, and back exactly to where it was."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome, Refused
from autoscaler.applying.rollout import under_way
from autoscaler.applying.template import BASE, retemplate
from autoscaler.applying.workload import Workload
from kube.mirror.budgets import ToldBudget
from kube.mirror.selector import Selector
from tests.autoscaler.applying.deaf import Deaf
from tests.autoscaler.applying.objects import DEPLOYMENTS, WEB, deployment
from tests.fakes import FakeKube

SETS = "/apis/apps/v1/namespaces/shop/statefulsets"
DB = Workload(kind="StatefulSet", plural="statefulsets", namespace="shop", name="db")


def at_rest(**status: Any) -> dict[str, Any]:
    thing = deployment()
    thing["status"] |= {"availableReplicas": 3, **status}
    return thing


def budget(allowed: int) -> ToldBudget:
    return ToldBudget(namespace="shop", name="web-pdb", disruptions_allowed=allowed, selector=Selector())


async def to(kube: FakeKube, cpu: int, *, seen: int, workload: Workload = WEB, allowed: int = 1) -> Outcome:
    return await retemplate(
        kube, workload, seen={"app": {"cpu": seen}}, to={"app": {"cpu": cpu}}, budgets=[budget(allowed)]
    )


@pytest.fixture
def kube() -> FakeKube:
    kube = FakeKube()
    kube.put(DEPLOYMENTS, at_rest())
    return kube


async def test_template_is_patched_where_it_changes(kube: FakeKube) -> None:
    assert isinstance(await to(kube, 300, seen=200), Done)
    container = kube.thing(WEB.path)["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"requests": {"cpu": "300m", "memory": "64Mi"}, "limits": {"cpu": "600m"}}
    assert container["image"] == "web:1"
    assert len(kube.writes) == 1


async def test_way_back_over_odd_numbers_ends_where_it_began(kube: FakeKube) -> None:
    """400 · 307 / 200 and so on are no whole numbers; proportions of proportions would drift."""
    sizes = [200, 307, 411, 293, 200]
    for before, after in pairwise(sizes):
        assert isinstance(await to(kube, after, seen=before), Done)
    thing = kube.thing(WEB.path)
    assert thing["spec"] == at_rest()["spec"]
    assert BASE not in thing["metadata"].get("annotations", {})


async def test_somebodys_new_limit_is_what_proportions_start_from(kube: FakeKube) -> None:
    await to(kube, 300, seen=200)
    edited = kube.thing(WEB.path)
    edited["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "300m"
    kube.put(DEPLOYMENTS, edited)
    await to(kube, 400, seen=300)
    resources = kube.thing(WEB.path)["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert resources["limits"] == {"cpu": "400m"}  # 300 * 400 / 300, and not 400 * 400 / 200


async def test_note_that_somebody_garbled_is_passed_over(kube: FakeKube) -> None:
    thing = at_rest()
    thing["metadata"]["annotations"] = {BASE: "[1"}
    kube.put(DEPLOYMENTS, thing)
    assert isinstance(await to(kube, 300, seen=200), Done)


async def test_template_that_is_as_wanted_is_not_written(kube: FakeKube) -> None:
    outcome = await to(kube, 200, seen=200)
    assert isinstance(outcome, Done)
    assert not outcome.wrote


async def test_template_that_somebody_changed_is_kept(kube: FakeKube) -> None:
    assert await to(kube, 300, seen=250) == ChangedByOthers(
        "Deployment shop/web was to be app cpu 300m, but somebody made it app cpu 200m"
    )
    assert kube.writes == []


async def test_edit_at_the_same_time_is_kept_and_a_status_that_moves_is_none(kube: FakeKube) -> None:
    edited = at_rest()
    edited["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "2"
    for meanwhile, outcome in ((at_rest(readyReplicas=2), Done), (edited, ChangedByOthers)):
        kube.put(DEPLOYMENTS, at_rest())
        kube.failing = changing(kube, meanwhile)
        assert isinstance(await to(kube, 300, seen=200), outcome)


def changing(kube: FakeKube, thing: dict[str, Any]) -> Any:
    """Somebody puts *thing* there just before our patch arrives."""

    def meanwhile(verb: str, path: str) -> None:
        if verb == "patch":
            kube.failing = lambda *_: None
            kube.put(DEPLOYMENTS, thing)

    return meanwhile


async def test_template_whose_answer_was_lost_is_written_once() -> None:
    kube = Deaf()
    kube.put(DEPLOYMENTS, at_rest())
    assert isinstance(await to(kube, 300, seen=200), Done)
    assert len(kube.writes) == 1


@pytest.mark.parametrize(
    ("status", "says"),
    [
        pytest.param({"observedGeneration": 0}, "has not seen the last change", id="a change not seen"),
        pytest.param({"updatedReplicas": 2}, "2 of 3 replicas are updated", id="old replicas"),
        pytest.param({"replicas": 4}, "1 old replicas are still there", id="replicas on their way out"),
        pytest.param({"availableReplicas": 2}, "2 of 3 replicas are available", id="one that is not available"),
    ],
)
async def test_no_rollout_is_begun_in_another(status: dict[str, int], says: str) -> None:
    kube = FakeKube()
    kube.put(DEPLOYMENTS, at_rest(**status))
    outcome = await to(kube, 300, seen=200)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "RollingOut"
    assert says in outcome.message
    assert kube.writes == []


async def test_budget_without_a_disruption_to_spare_is_respected(kube: FakeKube) -> None:
    outcome = await to(kube, 300, seen=200, allowed=0)
    assert outcome == Refused(
        "NoDisruptionAllowed", "Deployment shop/web: PodDisruptionBudget web-pdb allows no disruption at the moment"
    )


async def test_strategy_that_stops_everybody_is_no_pace() -> None:
    kube, thing = FakeKube(), at_rest()
    thing["spec"]["strategy"] = {"type": "Recreate"}
    kube.put(DEPLOYMENTS, thing)
    outcome = await to(kube, 300, seen=200)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "NotPaced"


async def test_missing_container_is_refused(kube: FakeKube) -> None:
    outcome = await retemplate(kube, WEB, seen={}, to={"db": {"cpu": 1}}, budgets=[])
    assert isinstance(outcome, Refused)
    assert outcome.reason == "NoContainer"


@pytest.mark.parametrize(
    ("thing", "says"),
    [
        # what is left out: replicas are 1, and all of the status 0
        pytest.param({"metadata": {}}, "0 of 1 replicas are updated", id="nothing told"),
        pytest.param({"metadata": {"generation": 1}}, "has not seen", id="no status"),
        pytest.param({"metadata": {}, "spec": {"replicas": 0}}, "", id="none wanted"),
        pytest.param(
            {"metadata": {}, "status": {"updatedReplicas": 1}}, "0 of 1 replicas are available", id="none there"
        ),
        pytest.param(
            {"metadata": {}, "status": {"updatedReplicas": 1, "availableReplicas": 1}}, "", id="one is enough"
        ),
        pytest.param({"metadata": {}, "spec": {"replicas": 0}, "status": {"replicas": 1}}, "1 old", id="one too many"),
    ],
)
def test_what_a_status_leaves_out_is_nothing(thing: dict[str, Any], says: str) -> None:
    told = under_way(thing, kind="Deployment")
    assert says in told
    assert bool(says) == bool(told)


def stateful(*, update: str = "RollingUpdate", revision: str = "a") -> dict[str, Any]:
    thing = deployment("db")
    thing["kind"] = "StatefulSet"
    thing["spec"]["updateStrategy"] = {"type": update}
    thing["status"] |= {"availableReplicas": 3, "currentRevision": "a", "updateRevision": revision}
    return thing


async def test_stateful_sets_are_rolled_out_too() -> None:
    kube = FakeKube()
    kube.put(SETS, stateful())
    assert isinstance(await to(kube, 300, seen=200, workload=DB), Done)


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        pytest.param(stateful(update="OnDelete"), "NotPaced", id="one that replaces no pod by itself"),
        pytest.param(stateful(revision="b"), "RollingOut", id="one in a roll-out"),
    ],
)
async def test_stateful_set_that_is_not_ready_for_it(thing: dict[str, Any], reason: str) -> None:
    kube = FakeKube()
    kube.put(SETS, thing)
    outcome = await to(kube, 300, seen=200, workload=DB)
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason


async def test_kind_whose_pods_do_not_follow_its_template_is_refused() -> None:
    kube = FakeKube()
    kube.put("/apis/apps/v1/namespaces/shop/replicasets", at_rest())
    free = Workload(kind="ReplicaSet", plural="replicasets", namespace="shop", name="web")
    outcome = await to(kube, 300, seen=200, workload=free)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "NoRollout"
