"""An explanation as a person reads it, line by line."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from rich.console import Console

from scheduler.explained import Told, shown

OPINION = {"policy": "latency", "weight": 6.0, "tier": None, "score": 0.5, "reason": "rtt p50 12 ms"}


def passing(name: str, *opinions: dict[str, Any], tier: int = 1, score: float = 0.75) -> dict[str, Any]:
    return {
        "node": name,
        "refusal": None,
        "tier": tier,
        "score": score,
        "integer": 75,
        "opinions": list(opinions) or [OPINION],
    }


def refused(name: str, reason: str = "41 ms > 20 ms", *, unresolvable: bool = True) -> dict[str, Any]:
    refusal = {"policy": "latency", "reason": reason, "unresolvable": unresolvable}
    return {**passing(name), "refusal": refusal}


def told(*nodes: dict[str, Any], **more: Any) -> Told:
    content: dict[str, Any] = {
        "namespace": "shop",
        "name": "web-0",
        "node": None,
        "devices": [],
        "asks": {},
        "problem": None,
        "last_answer": None,
        "profile": "edge-default",
        "chosen": nodes[0]["node"] if nodes and nodes[0]["refusal"] is None else None,
        "nodes": list(nodes),
    }
    return msgspec.convert(content | more, Told)


def lines(of: Told, *, all_nodes: bool = False) -> list[str]:
    console = Console(width=160, highlight=False)
    with console.capture() as capture:
        console.print(shown(of, all_nodes=all_nodes))
    return [line.rstrip() for line in capture.get().splitlines()]


def cells(of: Told, first: str, *, all_nodes: bool = False) -> list[str]:
    """The row of the table that begins with that cell."""
    rows = [[cell.strip() for cell in line.split("│")] for line in lines(of, all_nodes=all_nodes) if "│" in line]
    return next(row for row in rows if row[0] == first)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({}, "shop/web-0 waits", id="it waits"),
        pytest.param({"node": "n1"}, "shop/web-0 is on n1", id="it is placed"),
        pytest.param({"node": "n1", "devices": [0, 3]}, "shop/web-0 is on n1, GPU 0, 3", id="with its devices"),
    ],
)
def test_first_line_says_where_the_pod_is(more: dict[str, Any], said: str) -> None:
    assert lines(told(passing("n1"), **more))[0] == said


def test_pod_that_waits_would_now_be_placed_and_one_that_is_placed_would_be_again() -> None:
    assert "profile   edge-default; would now be placed on n2" in lines(told(passing("n2")))
    assert "profile   edge-default; would be placed on n2" in lines(told(passing("n2"), node="n1"))
    assert "profile   edge-default; would now be placed on no node" in lines(told(refused("n2")))


def test_what_cannot_be_read_is_said_and_nothing_is_decided() -> None:
    found = lines(told(problem="edgeward.dev/max-rtt-ms: not a number: '2O'", profile=None))
    assert "cannot be decided on: edgeward.dev/max-rtt-ms: not a number: '2O'" in found
    assert not any("placed on" in line for line in found)


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        pytest.param({}, "nothing that decides", id="nothing"),
        pytest.param({"requests": [["cpu", 500], ["memory", 1024]]}, "cpu 500m, memory 1024", id="requests"),
        pytest.param(
            {"demand": {"weights": [["seoul", 0.7], ["busan", 0.3]]}}, "origin seoul=0.7,busan=0.3", id="demand"
        ),
        pytest.param(
            {"hint": {"groups": [["local"], ["busan", "daegu"], ["cloud"]], "required": True}},
            "hint local,[busan,daegu],cloud required",
            id="a hint with a group",
        ),
        pytest.param({"gpu": {"milli": 300, "count": 1, "models": []}}, "gpu milli 300 count 1", id="a share of a GPU"),
        pytest.param(
            {"max_rtt_ms": 20.0, "depends_on": ["redis", "db"]}, "max_rtt_ms 20, depends_on redis,db", id="limits"
        ),
        pytest.param({"namespace": "shop", "tolerations": [{}]}, "nothing that decides", id="what is seen elsewhere"),
    ],
)
def test_wishes_are_told_as_they_were_written(asks: dict[str, Any], said: str) -> None:
    assert lines(told(asks=asks))[1] == f"asks for  {said}"


def test_last_answer_is_told_with_its_time_and_reasons() -> None:
    answer = {
        "at_s": 1_700_000_000.0,
        "offered": 20,
        "passed": 3,
        "reasons": [{"policy": "latency", "reason": "41 ms > 20 ms", "nodes": 17}],
    }
    found = lines(told(passing("n1"), last_answer=answer))
    assert "last asked 2023-11-14 22:13:20 UTC: 3 of 20 nodes passed on" in found
    assert "          17 × latency: 41 ms > 20 ms" in found


def test_node_is_told_with_tier_score_answer_and_opinions() -> None:
    hint = {"policy": "hint", "weight": 0.0, "tier": 2, "score": 0.9, "reason": "choice 3 of 5"}
    silent = {"policy": "gpu", "weight": 1.0, "tier": None, "score": None, "reason": ""}
    found = told(passing("n1", OPINION, hint, silent))
    assert cells(found, "n1") == ["n1", "1", "0.750", "75", "latency · 6 · 0.500: rtt p50 12 ms"]
    assert cells(found, "")[-1] == "hint tier 2: choice 3 of 5"  # a weight of 0 adds nothing
    assert not any("gpu" in line for line in lines(found))


def test_node_that_the_pod_is_on_is_marked() -> None:
    assert cells(told(passing("n1"), passing("n2"), node="n2"), "n2 ◀")[1] == "1"


def test_best_ten_are_shown_and_all_of_them_when_asked_for() -> None:
    found = told(*(passing(f"n{number:02}") for number in range(14)))
    few, everything = lines(found), lines(found, all_nodes=True)
    assert "… and 4 more (--all shows them)" in few
    assert [any(line.startswith(f"n{n:02} ") for line in few) for n in (9, 10)] == [True, False]
    assert any(line.startswith("n13 ") for line in everything)
    assert not any("more" in line for line in everything)


def test_refused_nodes_are_together_by_reason_the_largest_group_first() -> None:
    found = told(refused("a1", "full", unresolvable=False), *(refused(f"b{number}") for number in range(7)))
    names = "b0, b1, b2, b3, b4 and 2 more"
    assert cells(found, names) == [names, "latency", "41 ms > 20 ms", "no"]
    assert cells(found, "a1") == ["a1", "latency", "full", "maybe"]
    text = lines(found)
    assert next(i for i, line in enumerate(text) if "b0" in line) < next(
        i for i, line in enumerate(text) if "a1" in line
    )
    assert cells(found, "b0, b1, b2, b3, b4, b5, b6", all_nodes=True)[2] == "41 ms > 20 ms"


@pytest.mark.parametrize("words", ["one of [seoul,busan]", "[/x] is no end of anything", "[bold]loud[/bold]"])
def test_what_is_in_brackets_is_shown_as_it_is(words: str) -> None:
    opinion = {**OPINION, "reason": words}
    assert cells(told(passing("n1", opinion)), "n1")[-1] == f"latency · 6 · 0.500: {words}"
    assert cells(told(refused("n1", words)), "n1")[2] == words
