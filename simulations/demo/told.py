"""What the demo says while it runs: one line a step, and at its end what the plain HPA did on the same load."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from autoscaler.planner.decision import Step, StepKind
from simulations.demo.run import Turn, over_limit_s
from simulations.demo.world import LIMIT_MS, SITE

KINDS: Final[Mapping[StepKind, str]] = {
    "ScaleOut": "out",
    "ScaleUp": "up",
    "OverEdge": "over edge",
    "ComeHome": "home",
    "ScaleDown": "down",
    "ScaleIn": "in",
}
_NUMBERS: Final = re.compile(r"cpu resource (\d+)% of (\d+)%: (\d+)")


def opening() -> str:
    """What is about to be seen."""
    return (
        f"A service at {SITE['home']}, an edge site with two small nodes. Its users' load triples and falls again; "
        f"they shall wait no longer than {LIMIT_MS:g} ms.\n"
        f"Beyond home: {SITE['neighbor']}, a neighbour that is nearly full, and {SITE['cloud']}, a cloud."
    )


def line(turn: Turn, step: Step) -> str:
    """A step with its numbers: `10.5 min  out  3 replicas → 4 replicas (busan-2): cpu at 78 % of 70 %, 4 wanted`."""
    nodes = f" ({', '.join(turn.nodes)})" if turn.nodes else ""
    return f"{clock(turn)}  {KINDS[step.kind]:<9}  {step.before} → {step.after}{nodes}: {reason(step)}"


def reason(step: Step) -> str:
    """Why, without the words that a cluster's Event begins with: the numbers that follow say the same."""
    first, dot, rest = step.why.partition(". ")
    return _NUMBERS.sub(r"cpu at \1 % of \2 %, \3 wanted", rest if dot and first.endswith("target") else step.why)


def clock(turn: Turn) -> str:
    """When: minutes of the story."""
    return f"{turn.at_s / 60:5.1f} min"


def state(turn: Turn) -> str:
    """Where it stands, in one line."""
    places = "  ".join(f"{SITE[place]} {turn.replicas.get(place, 0)}" for place in SITE)
    size = f" ×{turn.growth:.1f}" if turn.growth > 1 else ""
    return f"{clock(turn)}  load {turn.load:.1f} cores  {places}{size}  users wait {turn.response_ms:.0f} ms"


def closing(ours: Sequence[Turn], hpa: Sequence[Turn]) -> str:
    """Both in numbers."""
    over = f"over {LIMIT_MS:g} ms"
    lines = [f"{'':<28}{over:>14}{'not done in time':>18}{'replicas, most':>16}{'cores × h':>11}"]
    lines += [
        _row(name, turns) for name, turns in (("Edgeward's ladder", ours), (f"HPA pinned to {SITE['home']}", hpa))
    ]
    return "\n".join(lines)


def _row(name: str, turns: Sequence[Turn]) -> str:
    load = sum(turn.load * turn.for_s for turn in turns)
    late_pct = 100 * sum(turn.late for turn in turns) / load
    most = max(sum(turn.replicas.values()) for turn in turns)
    waited = max(turn.waiting for turn in turns)
    replicas = f"{most} ({waited} wait)" if waited else f"{most}"
    cores_h = sum(turn.cores * turn.for_s for turn in turns) / 3600
    return f"{name:<28}{over_limit_s(turns) / 60:>10.1f} min{late_pct:>16.1f} %{replicas:>16}{cores_h:>11.1f}"
