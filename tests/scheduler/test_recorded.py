"""A recorded cluster: each change is one line, what changes nothing is none, and its state makes the same cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies.engine import journal
from policies.engine.catalogue import shipped
from policies.errors import PolicyError
from policies.model.pod import Pod
from policies.model.site import Tier
from simulations.decision_log.play import Player
from tests.builders import make_class, make_latency, make_node, make_pod, make_sites
from tests.scheduler.desk_parts import Parts


class Recorded(Parts):
    """A cluster with its log, and what was written since the last look."""

    def __init__(self, path: Path) -> None:
        super().__init__(path=path)
        self.path, self._seen = path, 0

    def news(self) -> list[dict[str, Any]]:
        self.log.flush()
        lines = self.path.read_bytes().splitlines()
        self._seen, before = len(lines), self._seen
        return [msgspec.json.decode(line) for line in lines[before:]]

    @property
    def kinds(self) -> list[str]:
        return [line["entry"] for line in self.news()]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Recorded]:
    made = Recorded(tmp_path / "log")
    made.cluster.set_node(make_node("n1", gpus=2, zones_milli=[2000, 2000]))
    made.begin_log()
    made.news()
    yield made
    made.close()


def test_each_change_is_a_line_of_its_own(there: Recorded) -> None:
    cluster = there.cluster
    cluster.set_node(make_node("n2"))
    cluster.set_ready("n2", ready=False)
    cluster.set_usage("n2", "cpu", 0.5)
    cluster.set_usage("n2", "cpu", float("nan"))
    cluster.bind(make_pod("p", gpu_milli=300), "n1")
    cluster.unbind("default/p")
    cluster.remove_node("n2")
    cluster.set_sites(make_sites("seoul", cloud=["c"]))
    cluster.set_latency(make_latency(["c", "seoul"], {("c", "seoul"): 41.0}))
    told = there.news()
    assert [line["entry"] for line in told] == [
        "node", "ready", "usage", "usage", "class", "bound", "gone", "node-gone", "sites", "latency"
    ]  # fmt: skip
    assert told[3]["share"] is None  # JSON has no NaN


def test_class_is_told_once(there: Recorded) -> None:
    of = make_class(cpu="250m")
    for number in range(3):
        there.cluster.bind(Pod(name=f"p{number}", of=of), "n1")
    assert there.kinds == ["class", "bound", "bound", "bound"]


def test_pod_that_is_there_already_is_no_change(there: Recorded) -> None:
    pod = make_pod("p", gpu_milli=300)
    there.cluster.bind(pod, "n1", (1,))
    there.news()
    there.cluster.bind(pod, "n1", (1,))
    there.cluster.bind(pod, "n1")
    assert there.kinds == []
    there.cluster.bind(pod, "n1", (0,))  # elsewhere on the node
    assert there.kinds == ["gone", "bound"]


@pytest.mark.parametrize("what", ["unknown node", "unknown pod", "bound elsewhere", "usage"])
def test_change_that_is_refused_is_not_written(there: Recorded, what: str) -> None:
    there.cluster.bind(make_pod("p"), "n1")
    there.news()
    attempts: dict[str, Callable[[], object]] = {
        "unknown node": lambda: there.cluster.remove_node("nowhere"),
        "unknown pod": lambda: there.cluster.unbind("nobody"),
        "bound elsewhere": lambda: there.cluster.bind(make_pod("p"), "n2"),
        "usage": lambda: there.cluster.set_usage("n1", "cpu", -1.0),
    }
    with pytest.raises(PolicyError):
        attempts[what]()
    assert there.kinds == []


def test_state_makes_the_same_cluster_wherever_pods_came_from(there: Recorded) -> None:
    cluster = there.cluster
    cluster.set_node(make_node("c1", site="cloud", tier=Tier.CLOUD))
    cluster.set_ready("c1", ready=False)
    cluster.set_usage("n1", "cpu", 0.25)
    cluster.set_latency(make_latency(["cloud", "seoul"], {("cloud", "seoul"): 41.0}), now_s=3.0)
    aligned = make_class(cpu="1", topology_aware=True)
    for number in range(3):
        cluster.bind(Pod(name=f"a{number}", of=aligned), "n1")
    cluster.unbind("default/a0")  # so that where the others are is no matter of order
    cluster.bind(make_pod("g", gpu_milli=300), "n1", (1,))
    cluster.bind(make_pod("early"), "not-there-yet")

    player = Player(shipped())
    there.begin_log()  # a new file, which begins with the state
    there.log.flush()
    for line in there.path.read_bytes().splitlines():
        player.play(journal.decode(line))
    assert player._cluster is not None
    again, now = player._cluster.live(), cluster.live()
    for column in ("name", "ready", "gpu_free_milli", "numa_cpu_milli", "site"):
        assert getattr(again, column).tolist() == getattr(now, column).tolist(), column
    assert again.free("cpu").tolist() == now.free("cpu").tolist()
    assert again.usage("cpu")[0] == now.usage("cpu")[0]
    assert again.latency.p50_ms.tolist() == now.latency.p50_ms.tolist()
    assert player._cluster.placements.keys() == cluster.placements.keys()
