from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.engine.decide import Engine
from simulations.errors import InputError
from simulations.world.dumped import dumped
from simulations.world.ledger import Ledger
from simulations.world.world import World
from tests.builders import make_profile
from tests.simulations.world.small import where

Json = dict[str, Any]


def node(name: str, site: str) -> Json:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": {"edgeward.dev/site": site, "topology.kubernetes.io/zone": "kr"}},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}},
    }


def pod(name: str, *, on: str = "", cpu: str = "3", owner: str = "ReplicaSet", **annotations: str) -> Json:
    told = {f"edgeward.dev/{key.replace('_', '-')}": value for key, value in annotations.items()}
    owners = [{"kind": owner, "name": "owner", "controller": True}]
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "annotations": told, "ownerReferences": owners},
        "spec": {"containers": [{"resources": {"requests": {"cpu": cpu}}}], "nodeName": on},
    }


NODES = [node("s1", "seoul"), node("b1", "busan")]


def write(folder: Path, *items: Json) -> list[str]:
    path = folder / "dump.json"
    path.write_text(json.dumps({"kind": "List", "items": [*NODES, *items]}))
    return [str(path)]


def run(files: list[str], **how: Any) -> tuple[World, Ledger]:
    world = World(dumped(files, **how), Engine(make_profile("hint", "latency")))
    return world, world.run()


def test_pods_that_run_stay_where_they_are_and_the_pending_one_goes_round_them(tmp_path: Path) -> None:
    world, ledger = run(write(tmp_path, pod("runs", on="b1"), pod("asks")))
    assert where(world) == {"runs": "b1", "asks": "s1"}
    assert len(ledger.waits_s) == 1  # decided on
    assert ledger.core_seconds["edge"] == 2 * 3 * 60.0  # both run to the end


def test_replace_all_decides_on_every_pod_but_those_whose_node_belongs_to_them(tmp_path: Path) -> None:
    files = write(tmp_path, pod("agent", on="b1", cpu="2", owner="DaemonSet"), pod("runs", on="s1"), pod("asks"))
    world, ledger = run(files, replace_all=True)
    # in order of name: `asks` has s1 to itself, since an agent leaves no room on b1; `runs` finds nothing
    assert where(world) == {"agent": "b1", "asks": "s1"}
    assert (world.waiting, len(ledger.waits_s)) == (1, 1)


def test_a_pod_on_a_node_that_the_dump_lacks_is_kept_out_and_counted(tmp_path: Path) -> None:
    files = write(tmp_path, pod("asks"), pod("ghost", on="gone"), pod("agent", on="gone", owner="DaemonSet"))
    assert (dumped(files).left_out, dumped(files).bound) == (2, ())
    everything = dumped(files, replace_all=True)
    assert everything.left_out == 1  # the agent; the other can run elsewhere
    assert [arrival.pod.name for arrival in everything.arrivals] == ["asks", "ghost"]


def test_nothing_pending_names_the_setting_that_asks_the_other_question(tmp_path: Path) -> None:
    files = write(tmp_path, pod("runs", on="b1"), pod("agent", on="b1", owner="DaemonSet"))
    with pytest.raises(
        InputError, match=r"no pod in .*dump\.json waits for a node; settings\.replace_all: true places"
    ):
        dumped(files)
    agents = write(tmp_path, pod("agent", on="b1", owner="DaemonSet"))
    with pytest.raises(InputError, match=r"no pod in .*dump\.json waits for a node$"):
        dumped(agents, replace_all=True)


STRICT = pod("ar", origin="seoul", latency_class="ar-vr")


def test_no_guess_places_a_pod_with_a_latency_limit(tmp_path: Path) -> None:
    world, ledger = run(write(tmp_path, pod("fills", on="s1"), STRICT))
    assert where(world) == {"fills": "s1"}
    assert (world.waiting, sum(ledger.refusals.values())) == (1, 1)
    latency = world.cluster.live().latency
    assert latency.p95_ms[0, 1] < 20  # of one zone: it would fit, if one could know
    assert not latency.known[0, 1]


def test_round_trips_of_guesses_are_no_figures(tmp_path: Path) -> None:
    world, ledger = run(write(tmp_path, pod("fills", on="s1"), pod("asks", origin="seoul")))
    assert where(world)["asks"] == "b1"
    assert ledger.rtts_ms == []


@pytest.mark.parametrize(
    ("rows", "on"),
    [
        ("seoul,busan,5\n", "b1"),
        ("seoul,busan,30\n", None),
        ("busan,seoul,5\n", None),
    ],
    ids=["near enough", "too far", "only the other way"],
)
def test_measured_round_trips_place_it(tmp_path: Path, rows: str, on: str | None) -> None:
    latency = tmp_path / "rtt.csv"
    latency.write_text("from,to,p50_ms\n" + rows)
    world, ledger = run(write(tmp_path, pod("fills", on="s1"), STRICT), latency=latency)
    assert where(world) == {"fills": "s1"} | ({"ar": on} if on else {})
    assert ledger.limit_violations == 0


def test_a_site_of_the_latency_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    latency = tmp_path / "rtt.csv"
    latency.write_text("from,to,p50_ms\nseoul,buasn,5\n")
    with pytest.raises(InputError, match=r"rtt\.csv: unknown site 'buasn' \(did you mean 'busan'\?\)"):
        dumped(write(tmp_path, STRICT), latency=latency)
