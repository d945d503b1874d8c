"""`edgeward conformance`: ask an extender, show what it makes of it, and end with 1 when a must is broken."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

TLS = "TLS"


class Modes(StrEnum):
    """What nodes are sent as."""

    NAMES = "names"
    NODES = "nodes"
    BOTH = "both"


def conformance(
    *,
    url: Annotated[str, typer.Argument(metavar="URL", help="The urlPrefix of the extender.")],
    verbs: Annotated[
        str,
        typer.Option(metavar="LIST", help="Its verbs; KIND=PATH where the path is another, as in filter=v1/filter."),
    ] = "filter,prioritize,preempt",
    mode: Annotated[
        Modes, typer.Option(help="names (nodeCacheCapable: true), whole nodes (false), or both.")
    ] = Modes.BOTH,
    node: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A node that it knows, instead of invented ones. Repeatable."),
    ] = None,
    bind: Annotated[bool, typer.Option("--bind", help="Ask the bind verb, too: for a pod that is not there.")] = False,
    big: Annotated[bool, typer.Option("--big", help="Send 2 MiB of whole nodes, too.")] = False,
    idle: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, max=600, help="Leave a connection idle for so long.")
    ] = 0.0,
    at_once: Annotated[int, typer.Option(metavar="N", min=1, max=256, help="Requests at the same time.")] = 8,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.01, max=600, help="The httpTimeout to keep.")
    ] = 5.0,
    ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The CA that signed its certificate.", rich_help_panel=TLS)
    ] = None,
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Our certificate.", rich_help_panel=TLS)] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key.", rich_help_panel=TLS)] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Do not check its certificate.", rich_help_panel=TLS)
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Find out whether a scheduler extender is a good one.

    Asks as kube-scheduler's client does and says of each answer what kube-scheduler would do with it. Nothing is
    changed in a cluster. Exit codes: 0 conformant, 1 something that must hold is broken or nothing answers, 2 wrong
    options.

    Examples:

        edgeward conformance http://127.0.0.1:8890/scheduler
        edgeward conformance https://127.0.0.1:8890 --insecure --idle 80 --big
    """
    import asyncio

    from rich.console import Console

    from scheduler.conformance.cases import INVENTED, Mode
    from scheduler.conformance.errors import WrongTargetError
    from scheduler.conformance.probes import Plan
    from scheduler.conformance.run import run
    from scheduler.conformance.shown import shown, told
    from scheduler.conformance.target import Target, tls_context
    from scheduler.conformance.target import verbs as parsed

    paths = parsed(verbs, bind=bind)
    if not paths:
        raise WrongTargetError("--verbs: must name at least one verb to ask")
    names = tuple(dict.fromkeys(node or INVENTED))
    modes = tuple(Mode) if mode is Modes.BOTH else (Mode(mode.value),)
    target = Target(
        url=url,
        verbs=paths,
        timeout_s=timeout,
        tls=tls_context(ca=ca, cert=cert, key=key, insecure=insecure) if url.startswith("https:") else None,
    )
    report = asyncio.run(run(target, Plan(names=names, modes=modes, at_once=at_once, big=big, idle_s=idle)))
    if as_json:
        print(json.dumps(told(report), indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(shown(report))
    if not report.is_conformant:
        raise typer.Exit(1)
