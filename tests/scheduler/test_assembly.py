"""The parts together: what the API server tells reaches whoever needs it, and who must act is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.errors import UnknownName
from policies.model.site import Tier
from tests.builders import make_latency, make_pod
from tests.kube.latency.test_round_trips import topology
from tests.kube.mirror.contents import Content, a_namespace, a_node, a_pod
from tests.scheduler.assembled import Assembled, assembled, to, waiting
from tests.scheduler.desk_parts import AtOnce, asked_pod, nodes_asked

GOOD, BAD = "policies: [{policy: binpack}]", "policies: [{policy: no-such-policy}]"
GPU = {"edgeward.dev/gpu-milli": "600"}


# profiles


async def test_profile_in_a_config_map_is_in_force_as_soon_as_the_mirror_is_told() -> None:
    with assembled() as there:
        there.config_map("profiles", {"mine.yaml": GOOD})
        there.mirror.nodes.put(a_node("n1"))
        await there.desk.filter(nodes_asked(asked_pod(annotations={"edgeward.dev/profile": "mine"}), ["n1"]))
        last = there.assembly.recent.answer("uid-p")
        assert last is not None
        assert last.profile == "mine"
        there.config_map("profiles", {})
        with pytest.raises(UnknownName):
            there.assembly.profiles.engine("mine")


def test_bad_profile_is_an_event_and_a_metric_once_and_the_last_good_one_stays() -> None:
    with assembled() as there:
        there.config_map("profiles", {"mine.yaml": GOOD})
        good = there.assembly.profiles.engine("mine")
        before = there.value("edgeward_profile_reloads_total", result="bad")
        assert before == 0.0
        for number in range(3):
            there.config_map("profiles", {"mine.yaml": BAD, "other.yaml": f"{GOOD} # {number}"})
        assert there.value("edgeward_profile_reloads_total", result="bad") == 1.0
        assert there.assembly.profiles.engine("mine") is good
        (event,) = there.noted
        assert event[0] == "BadProfile"
        assert event[1].startswith("profile mine: ")
        assert "no-such-policy" in event[1]
        assert event[1].endswith("the last good version stays in force")


def test_files_are_read_again_when_asked_to(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    with assembled(policy_dirs=[str(tmp_path)], profile="mine") as there:
        good = there.value("edgeward_profile_reloads_total", result="good") or 0.0
        (tmp_path / "mine.yaml").write_text("policies: [{policy: spread}]")
        there.assembly.reload_profiles()
        assert [step.name for step in there.assembly.profiles.engine("").profile.steps] == ["spread"]
        assert there.value("edgeward_profile_reloads_total", result="good") == good + 1


def test_first_config_map_by_name_has_the_last_word() -> None:
    with assembled() as there:
        for name in ("b", "a", "c"):
            there.config_map("profiles", {"mine.yaml": f"{GOOD} # {name}", "note.txt": "no profile"}, name=name)
        assert there.assembly.profiles.texts["mine"].endswith("# a")
        assert "note" not in there.assembly.profiles.texts


def test_preemption_leaves_time_for_the_node_that_is_under_way() -> None:
    with assembled(http_timeout_s=10) as there:
        assert there.assembly._preempter._within_s == 6.0  # 0.75 · (0.8 · 10)


# latency


def test_latency_in_a_config_map_is_believed_at_the_next_look() -> None:
    with assembled() as there:
        for site in ("seoul", "busan"):
            there.mirror.nodes.put(a_node(site, site=site))
        there.config_map("latency", {"rtt.csv": "from,seoul,busan\nseoul,,7/9\n"})
        there.assembly.round_trips.give()
        nodes = there.mirror.snapshot()
        assert nodes.sites.names == ("busan", "seoul")
        assert nodes.latency.p95_ms.tolist()[0][1] == 9.0


def test_latency_in_config_maps_is_not_read_where_the_configuration_says_so() -> None:
    with assembled(latency={"config_map": False}) as there:
        there.config_map("latency", {"rtt.csv": "from,seoul,busan\nseoul,,7/9\n"})
        assert not there.assembly.round_trips.merged.matrix().sites


def test_latency_that_cannot_be_read_is_an_event() -> None:
    with assembled() as there:
        there.config_map("latency", {"rtt.csv": "from,a,b\na,,far\n"}, name="net")
        (event,) = there.noted
        assert event[0] == "BadLatency"
        assert "configmap net: rtt.csv" in event[1]


def test_place_without_nodes_is_a_site_once_latency_to_it_is_known() -> None:
    with assembled() as there:
        there.mirror.nodes.put(a_node("n1", site="seoul"))
        there.config_map("latency", {"rtt.csv": "from,seoul,jeju\nseoul,,7/9\n"})
        there.assembly.round_trips.give()
        assert there.mirror.snapshot().sites.names == ("jeju", "seoul")


def test_network_topologies_are_read_when_they_or_the_sites_change_and_not_every_second() -> None:
    read = []
    with assembled(latency={"network_topology": {}}) as there:
        replace = there.assembly.round_trips.network_topologies

        def counted(contents: Any, sites: Any) -> None:
            read.append(sites.names)
            replace(contents, sites)

        there.assembly.round_trips.network_topologies = counted  # type: ignore[method-assign]  # counted
        resource = topology(25) | {"metadata": {"namespace": "default", "name": "net"}}

        def keep_house(times: int = 3) -> int:
            before = len(read)
            for _ in range(times):
                there.assembly.housekeeping()
            return len(read) - before

        assert keep_house() == 1
        there.mirror.nodes.put(a_node("a", site="a"))
        assert keep_house() == 1
        there.mirror.network_topologies.put(resource)
        assert keep_house() == 1
        there.mirror.nodes.put(a_node("a", site="a", cpu="8"))  # no site is another
        there.mirror.pods.put(waiting())
        assert keep_house() == 0
        there.mirror.nodes.put(a_node("b", site="b"))  # a zone of the topology is known only now
        assert keep_house() == 1
        assert read[-1] == ("a", "b")
        there.assembly.round_trips.give()
        assert there.mirror.snapshot().latency.p50_ms.tolist()[0][1] == 25.0


# sites


def test_nodes_that_do_not_tell_are_in_the_default_site_of_the_default_tier() -> None:
    with assembled(default_site="elsewhere", default_tier="cloud") as there:
        there.mirror.nodes.put(a_node("n1"))
        there.mirror.nodes.put(a_node("n2", site="seoul"))
        tiers = {site.name: site.tier for site in there.mirror.snapshot().sites}
        assert tiers == {"elsewhere": Tier.CLOUD, "seoul": Tier.CLOUD}


def test_site_is_the_first_of_the_labels_that_the_configuration_names() -> None:
    with assembled(site_labels=["example.com/shop"]) as there:
        there.mirror.nodes.put(a_node("n1", site="seoul", labels={"example.com/shop": "shop-7"}))
        assert there.mirror.snapshot().sites.names == ("shop-7",)


# what is told and asked


async def test_refusals_are_counted_by_policy() -> None:
    with assembled() as there:
        for number in range(3):
            there.mirror.nodes.put(a_node(f"n{number}"))
        await there.desk.filter(nodes_asked(asked_pod(annotations=GPU), ["n0", "n1", "n2", "nowhere"]))
        assert there.value("edgeward_refused_nodes_total", policy="unknown") == 1.0
        fit = there.value("edgeward_refused_nodes_total", policy="fit") or 0.0
        gpu = there.value("edgeward_refused_nodes_total", policy="gpu") or 0.0
        assert fit + gpu == 3.0


async def test_namespace_gives_its_pods_an_origin() -> None:
    with assembled() as there:
        for site in ("seoul", "busan"):
            there.mirror.nodes.put(a_node(f"{site}-1", site=site))
        there.assembly.cluster.set_latency(make_latency(["busan", "seoul"], {("busan", "seoul"): 41.0}))
        there.mirror.namespaces.put(a_namespace("default", origin="seoul"))
        answer = await there.desk.filter(
            nodes_asked(asked_pod(annotations={"edgeward.dev/max-rtt-ms": "20"}), ["busan-1", "seoul-1"])
        )
        assert answer.passed == ["seoul-1"]


async def test_demand_that_was_measured_is_believed() -> None:
    with assembled() as there:
        there.assembly.believe_demand({"seoul": 1.0, "busan": 0.0})
        pod = there.assembly.reader.read(asked_pod(annotations={"edgeward.dev/origin": "seoul=0.5,busan=0.5"})).pod
        assert pod.of.demand is not None
        assert dict(pod.of.demand.weights) == {"seoul": 1.0, "busan": 0.0}


@pytest.mark.parametrize(
    ("content", "node", "problem"),
    [
        pytest.param(waiting(), None, None, id="it waits"),
        pytest.param(a_pod("p", uid="uid-p", node="n1"), "n1", None, id="it runs"),
        pytest.param(
            waiting(annotations={"edgeward.dev/max-rtt-ms": "2O"}), None, "max-rtt-ms", id="its wishes cannot be read"
        ),
        pytest.param(
            waiting(annotations={"edgeward.dev/profile": "mien"}), None, "unknown profile 'mien'", id="no such profile"
        ),
    ],
)
async def test_pod_is_explained_as_the_mirror_knows_it(content: Content, node: str | None, problem: str | None) -> None:
    with assembled() as there:
        there.mirror.nodes.put(a_node("n1"))
        there.mirror.pods.put(content)
        told = await there.desk.explain("default", "p")
        assert told is not None
        assert told["node"] == node
        if problem is None:
            assert told["problem"] is None
        else:
            assert problem in str(told["problem"])
        assert await there.desk.explain("default", "nobody") is None


async def test_promised_place_is_where_the_pod_is_explained_to_be() -> None:
    with assembled() as there:
        there.mirror.nodes.put(a_node("g", gpus=1))
        there.pending(waiting(annotations=GPU))
        await there.desk.bind(to("g"))
        told = await there.desk.explain("default", "p")
        assert told is not None
        assert (told["node"], told["devices"], told["chosen"]) == ("g", [0], "g")


def latency_changes(there: Assembled) -> None:
    there.config_map("latency", {"rtt.csv": "from,seoul,busan\nseoul,,7/9\n"})
    there.assembly.round_trips.give()


def promise_runs_out(there: Assembled) -> None:
    there.assembly.ledger.reserve(make_pod("p"), "n1", ())
    there.now += 1000
    there.assembly.housekeeping()


@pytest.mark.parametrize(
    ("happens", "fact"),
    [
        pytest.param(lambda there: there.mirror.nodes.put(a_node("g", gpus=1)), "gpu", id="GPUs come"),
        pytest.param(lambda there: there.mirror.namespaces.put(a_namespace(origin="seoul")), "namespaces", id="origin"),
        pytest.param(lambda there: there.config_map("profiles", {"mine.yaml": GOOD}), "profiles", id="a profile"),
        pytest.param(lambda there: there.assembly.believe_demand({"seoul": 1.0}), "demand", id="demand"),
        pytest.param(latency_changes, "latency", id="latency"),
        pytest.param(promise_runs_out, "promises", id="a promise"),
        pytest.param(lambda there: there.mirror.nodes.put(a_node("n1")), None, id="a node, which kube-scheduler sees"),
        pytest.param(lambda there: there.config_map("profiles", {"mine.yaml": BAD}), None, id="a profile that is bad"),
    ],
)
def test_what_kube_scheduler_does_not_see_has_the_waiting_pods_looked_at(
    happens: Callable[[Assembled], None], fact: str | None
) -> None:
    with assembled() as there:
        assert there.assembly.nudger._facts == set()
        happens(there)
        assert there.assembly.nudger._facts == ({fact} if fact else set())


@pytest.mark.looptime
async def test_pods_that_wait_are_woken_when_gpus_come_but_not_those_that_are_promised_a_place() -> None:
    with assembled() as there:
        there.mirror.nodes.put(a_node("g", gpus=1))
        for name in ("promised", "waits"):
            there.pending(waiting(name, annotations=GPU))
        assert await there.desk.bind(to("g", "promised")) == ""
        there.mirror.pods.put(waiting("unread", annotations={"edgeward.dev/gpu-milli": "x"}))
        waits = asked_pod("waits", annotations=GPU)
        assert (await there.desk.filter(nodes_asked(waits, ["g"]))).passed == []
        there.now += 100  # long enough for kube-scheduler to have asked about all of them
        there.assembly.nudger._decider = AtOnce()  # virtual time would run ahead of a thread
        stop = asyncio.Event()
        running = asyncio.ensure_future(there.assembly.nudger.run(stop))
        there.mirror.nodes.put(a_node("g", gpus=2))
        await asyncio.sleep(30)
        stop.set()
        await running
        woken = [write.path.rpartition("/")[2] for write in there.kube.writes if write.verb == "patch"]
        assert woken == ["waits"]
