from __future__ import annotations

from scheduler.latency.prober.greeting import Address
from scheduler.latency.prober.peers import ASKED_AT_ONCE, KNOWN_S, Peers


class World:
    """Which address answers with which site."""

    def __init__(self, sites: dict[str, str]) -> None:
        self.sites, self.now_s = sites, 0.0
        self.asked: list[str] = []

    async def ask(self, address: Address) -> str:
        self.asked.append(address[0])
        return self.sites.get(address[0], "")

    @property
    def addresses(self) -> list[Address]:
        return [(host, 9701) for host in sorted(self.sites)]

    def peers(self, *, per_site: int = 3) -> Peers:
        return Peers(site="home", per_site=per_site, ask=self.ask, now=lambda: self.now_s)


async def test_a_few_of_each_other_site_are_probed() -> None:
    world = World(
        {"10.0.0.1": "b", "10.0.0.2": "a", "10.0.0.3": "b", "10.0.0.4": "b", "10.0.0.5": "home", "10.0.0.6": ""}
    )
    chosen = await world.peers(per_site=2).refresh(world.addresses)
    assert [(site, host) for site, (host, _) in chosen] == [("a", "10.0.0.2"), ("b", "10.0.0.1"), ("b", "10.0.0.3")]


async def test_each_is_asked_once_and_again_when_that_is_long_ago() -> None:
    world = World({"10.0.0.1": "a"})
    peers = world.peers()
    await peers.refresh(world.addresses)
    await peers.refresh(world.addresses)
    assert world.asked == ["10.0.0.1"]
    world.now_s, world.sites = KNOWN_S, {"10.0.0.1": "b"}
    assert [site for site, _ in await peers.refresh(world.addresses)] == ["b"]


async def test_one_that_became_silent_is_probed_on() -> None:
    world = World({"10.0.0.1": "a"})
    peers = world.peers()
    await peers.refresh(world.addresses)
    addresses, world.now_s, world.sites = world.addresses, KNOWN_S, {}
    assert [site for site, _ in await peers.refresh(addresses)] == ["a"]


async def test_one_that_is_gone_from_the_list_is_forgotten() -> None:
    world = World({"10.0.0.1": "a"})
    peers = world.peers()
    await peers.refresh(world.addresses)
    assert await peers.refresh([]) == []
    await peers.refresh(world.addresses)
    assert world.asked == ["10.0.0.1"] * 2


async def test_many_that_never_answer_do_not_keep_out_the_others() -> None:
    silent = {f"10.0.0.{number:03}": "" for number in range(ASKED_AT_ONCE)}
    world = World({**silent, "10.0.1.1": "a"})
    peers = world.peers()
    assert await peers.refresh(world.addresses) == []
    assert len(world.asked) == ASKED_AT_ONCE
    world.now_s = 10.0
    assert await peers.refresh(world.addresses) == [("a", ("10.0.1.1", 9701))]


async def test_agents_on_many_nodes_are_known_after_some_rounds() -> None:
    agents = 1000
    world = World({f"10.0.{number // 250}.{number % 250:03}": f"site-{number % 20}" for number in range(agents)})
    peers = world.peers()
    for _ in range(agents // ASKED_AT_ONCE + 1):
        await peers.refresh(world.addresses)
        world.now_s += 10
    assert len(world.asked) == agents
    assert len(await peers.refresh(world.addresses)) == 20 * 3
