"""Leadership: never two at once, whatever is lost on the way, and soon another one when the leader is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import looptime
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kube.client import CALL_TIMEOUT_S, NO_PARAMS, PatchKind
from kube.errors import Unreachable
from kube.leases import Leadership, Terms
from tests.fakes import FakeKube

LEASES = "/apis/coordination.k8s.io/v1/namespaces/edgeward/leases"
PATH = f"{LEASES}/autoscaler"
RESUMED_S = 20.0


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Reigns:
    """Who led when; `end` is None while it lasts."""

    kept: list[list[Any]] = field(default_factory=list)  # [who, begin, end]

    def leader(self, name: str, *, winds_down_s: float = 0.0) -> Any:
        async def lead(over: asyncio.Event) -> None:
            reign = [name, now(), None]
            self.kept.append(reign)
            try:
                await over.wait()
                await asyncio.sleep(winds_down_s)
            finally:
                reign[2] = now()

        return lead

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.kept]

    def overlap(self) -> list[tuple[Any, Any]]:
        """Pairs of reigns that were at once; in order of their beginning."""
        kept = sorted(self.kept, key=lambda reign: reign[1])
        return [
            (one, other)
            for number, one in enumerate(kept)
            for other in kept[number + 1 :]
            if one[2] is None or other[1] < one[2]
        ]


class Line:
    """A candidate's way to the API server: slow, deaf or cut, as it is told to be."""

    def __init__(self, kube: FakeKube) -> None:
        self._kube = kube
        self.before_s = 0.0
        self.after_s = 0.0
        self.sends = True
        self.hears = True

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._through(lambda: self._kube.get(path, params), timeout_s)

    async def create(self, path: str, body: object, *, timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        return await self._through(lambda: self._kube.create(path, body), timeout_s)

    async def patch(
        self, path: str, body: object, *, kind: PatchKind = "merge", timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._through(lambda: self._kube.patch(path, body, kind=kind), timeout_s)

    async def _through(self, call: Any, timeout_s: float) -> bytes:
        """A request that is under way arrives also when nobody waits for its answer any more."""
        request = asyncio.ensure_future(self._carried(call))
        request.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(request)
        except TimeoutError:
            raise Unreachable("line: no answer in time") from None

    async def _carried(self, call: Any) -> bytes:
        await asyncio.sleep(self.before_s)
        if not self.sends:
            raise Unreachable("line: refused")
        answer: bytes = await call()
        await asyncio.sleep(self.after_s)
        if not self.hears:
            raise Unreachable("line: cut before the answer")
        return answer


def candidate(client: Any, name: str, *, seed: int = 1, ahead_s: float = 0.0, terms: Terms | None = None) -> Leadership:
    return Leadership(
        client,
        namespace="edgeward",
        name="autoscaler",
        identity=name,
        clock=lambda: 1.7e9 + ahead_s + now(),
        rng=np.random.default_rng(seed),
        terms=terms,
    )


@pytest.mark.looptime
async def test_first_to_come_leads_and_the_second_waits() -> None:
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    one, two = candidate(kube, "one"), candidate(kube, "two", seed=2)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.run(stop, reigns.leader("one")))
        tasks.create_task(two.run(stop, reigns.leader("two")))
        await asyncio.sleep(120)
        assert (one.leading, two.leading, two.holder) == (True, False, "one")
        stop.set()
    assert reigns.names == ["one"]


@pytest.mark.looptime
async def test_lease_reads_as_other_controllers_write_theirs() -> None:
    kube, stop = FakeKube(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(candidate(kube, "one").run(stop, Reigns().leader("one")))
        await asyncio.sleep(5)
        spec = kube.thing(PATH)["spec"]
        stop.set()
    assert spec == {
        "holderIdentity": "one",
        "leaseDurationSeconds": 15,
        "acquireTime": "2023-11-14T22:13:20.000000Z",
        "renewTime": "2023-11-14T22:13:24.000000Z",
        "leaseTransitions": 0,
    }


@pytest.mark.looptime
async def test_leader_that_is_killed_is_followed_within_twenty_seconds() -> None:
    """15 s until the lease runs out, at most 2.4 s until the next look."""
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(candidate(kube, "one").run(stop, reigns.leader("one")))
        await asyncio.sleep(1)
        tasks.create_task(candidate(kube, "two", seed=2).run(stop, reigns.leader("two")))
        await asyncio.sleep(30)
        first.cancel()
        killed_s = now()
        await asyncio.sleep(RESUMED_S)
        stop.set()
    assert reigns.names == ["one", "two"]
    assert 13.0 < reigns.kept[1][1] - killed_s < 17.5
    assert kube.thing(PATH)["spec"]["leaseTransitions"] == 1


@pytest.mark.looptime
async def test_leader_that_stops_gives_the_lease_up_so_that_the_next_need_not_wait() -> None:
    kube, reigns = FakeKube(), Reigns()
    stop, later = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(candidate(kube, "one").run(stop, reigns.leader("one", winds_down_s=30)))
        await asyncio.sleep(1)
        tasks.create_task(candidate(kube, "two", seed=2).run(later, reigns.leader("two")))
        await asyncio.sleep(10)
        stop.set()
        await first
        ended_s = now()
        await asyncio.sleep(3)
        later.set()
    assert ended_s == pytest.approx(41, abs=2.1)  # what takes long to wind down is covered by the lease until it is
    assert reigns.names == ["one", "two"]
    assert reigns.kept[1][1] - ended_s <= 2.5
    assert reigns.overlap() == []


@pytest.mark.looptime
async def test_work_that_ends_by_itself_gives_the_lease_up() -> None:
    kube = FakeKube()

    async def lead(_: asyncio.Event) -> None:
        await asyncio.sleep(1)

    await candidate(kube, "one").run(asyncio.Event(), lead)
    assert now() == pytest.approx(1)
    assert kube.thing(PATH)["spec"]["holderIdentity"] == ""


@pytest.mark.looptime
async def test_fault_of_the_work_is_not_hidden() -> None:
    async def lead(_: asyncio.Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        await candidate(FakeKube(), "one").run(asyncio.Event(), lead)
    assert caught.group_contains(ZeroDivisionError)


@pytest.mark.looptime
async def test_leader_without_answers_stops_before_it_can_be_followed_and_comes_back() -> None:
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    line = Line(kube)
    one = candidate(line, "one")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.run(stop, reigns.leader("one")))
        await asyncio.sleep(1)
        tasks.create_task(candidate(kube, "two", seed=2).run(stop, reigns.leader("two")))
        await asyncio.sleep(20)
        line.sends = False
        cut_s = now()
        await asyncio.sleep(30)
        assert "refused" in one.problem
        line.sends = True
        await asyncio.sleep(10)
        assert one.holder == "two"
        stop.set()
    (_, _, end_s), (_, begin_s, _) = reigns.kept
    assert end_s - cut_s <= 10
    assert begin_s - end_s > 2.5
    assert reigns.names == ["one", "two"]


@pytest.mark.looptime
async def test_term_counts_from_when_a_renewal_was_sent_since_others_may_have_seen_it_then() -> None:
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    line = Line(kube)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(candidate(line, "one").run(stop, reigns.leader("one", winds_down_s=2.4)))
        await asyncio.sleep(1)
        tasks.create_task(candidate(kube, "two", seed=2).run(stop, reigns.leader("two")))
        await asyncio.sleep(20)
        line.after_s = 7.0  # one more renewal arrives at once, its answer is the last to be heard
        await asyncio.sleep(8)
        line.sends = False
        await asyncio.sleep(30)
        stop.set()
    assert reigns.names == ["one", "two"]
    assert reigns.overlap() == []


@pytest.mark.looptime
async def test_work_that_will_not_end_is_cancelled_before_the_lease_can_be_taken() -> None:
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    line = Line(kube)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(candidate(line, "one").run(stop, reigns.leader("one", winds_down_s=1000)))
        await asyncio.sleep(1)
        tasks.create_task(candidate(kube, "two", seed=2).run(stop, reigns.leader("two")))
        await asyncio.sleep(20)
        line.hears = False
        await asyncio.sleep(60)
        line.hears = True
        stop.set()
    assert reigns.names[:2] == ["one", "two"]
    assert reigns.overlap() == []


@pytest.mark.looptime
async def test_clocks_that_are_hours_apart_do_not_matter() -> None:
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(candidate(kube, "one", ahead_s=-7200).run(stop, reigns.leader("one")))
        await asyncio.sleep(1)
        tasks.create_task(candidate(kube, "two", seed=2, ahead_s=7200).run(stop, reigns.leader("two")))
        await asyncio.sleep(120)
        stop.set()
    assert reigns.names == ["one"]


@pytest.mark.looptime
async def test_lease_that_somebody_hands_to_another_is_lost_at_once() -> None:
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    one = candidate(kube, "one")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.run(stop, reigns.leader("one")))
        await asyncio.sleep(5)
        lease = kube.thing(PATH)
        lease["spec"]["holderIdentity"] = "another"
        kube.put(LEASES, lease)
        await asyncio.sleep(2.1)
        assert (one.leading, one.holder, one.problem) == (False, "another", "it is another's")
        stop.set()


@pytest.mark.looptime
async def test_lease_that_somebody_deletes_is_made_anew_by_its_holder() -> None:
    kube, reigns, stop = FakeKube(), Reigns(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(candidate(kube, "one").run(stop, reigns.leader("one")))
        await asyncio.sleep(5)
        kube.drop(PATH)
        await asyncio.sleep(5)
        assert kube.thing(PATH)["spec"]["holderIdentity"] == "one"
        stop.set()
    assert reigns.names == ["one"]


@pytest.mark.looptime
async def test_leader_costs_one_call_in_two_seconds() -> None:
    kube, stop = FakeKube(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(candidate(kube, "one").run(stop, Reigns().leader("one")))
        await asyncio.sleep(100)
        stop.set()
    assert 45 <= len(kube.calls) <= 55


@pytest.mark.parametrize(
    ("lease_s", "renew_s", "retry_s"),
    [(15, 15.0, 2.0), (10, 12.0, 2.0), (15, 2.0, 2.0), (15, 10.0, 0.0)],
)
def test_terms_that_could_not_keep_the_promise_are_refused(lease_s: int, renew_s: float, retry_s: float) -> None:
    with pytest.raises(ValueError, match=f"got {lease_s}, {renew_s:g} and {retry_s:g}"):
        Terms(lease_s=lease_s, renew_s=renew_s, retry_s=retry_s)


faults = st.tuples(
    st.floats(0, 12),  # seconds until it comes
    st.integers(0, 2),  # whose line
    st.sampled_from([0.0, 0.0, 0.5, 3.0, 9.0, 14.0, 30.0]),  # way there
    st.sampled_from([0.0, 0.0, 0.5, 3.0, 9.0, 14.0, 30.0]),  # way back
    st.sampled_from([True, True, True, False]),  # does it send
    st.sampled_from([True, True, True, False]),  # does it hear
    st.sampled_from(["", "", "", "", "kill", "stop"]),
)


@settings(max_examples=150)
@given(st.lists(faults, max_size=25), st.integers(0, 2**16))
def test_never_two_lead_at_once_and_in_the_end_one_does(story: list[Any], seed: int) -> None:
    """Lines turn slow, deaf and mute, leaders are killed and stopped, and come back as new processes."""
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.run(_live(story, seed))


async def _live(story: list[Any], seed: int) -> None:
    kube, reigns = FakeKube(), Reigns()
    lines = [Line(kube) for _ in range(3)]
    running: list[tuple[asyncio.Task[None], asyncio.Event]] = []
    begun = 0

    def begin(number: int) -> tuple[asyncio.Task[None], asyncio.Event]:
        nonlocal begun
        begun += 1
        stop, name = asyncio.Event(), f"process-{begun}"
        one = candidate(lines[number], name, seed=seed + begun, ahead_s=1000.0 * number)
        lead = reigns.leader(name, winds_down_s=float((seed + begun) % 4))
        return asyncio.create_task(one.run(stop, lead)), stop

    running = [begin(number) for number in range(3)]
    for wait_s, number, before_s, after_s, sends, hears, end in story:
        await asyncio.sleep(wait_s)
        line = lines[number]
        line.before_s, line.after_s, line.sends, line.hears = before_s, after_s, sends, hears
        task, stop = running[number]
        if end == "kill":
            task.cancel()
        if end == "stop":
            stop.set()
        if end:
            await asyncio.wait({task}, timeout=60)
            running[number] = begin(number)
    for line in lines:
        line.before_s = line.after_s = 0.0
        line.sends = line.hears = True
    await asyncio.sleep(60)
    assert reigns.overlap() == []
    assert sum(reign[2] is None for reign in reigns.kept) == 1
    for task, _ in running:
        task.cancel()
    await asyncio.gather(*(task for task, _ in running), return_exceptions=True)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for other in others:  # requests that are still on their way
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
