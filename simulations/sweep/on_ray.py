"""Cells on a Ray cluster: the one at --address or RAY_ADDRESS, else one that is started on this machine for the time.

Our code goes along with the work, so that a worker needs Edgeward's libraries but no checkout, and no two versions mix.
Data and policy folders do not: a worker looks for them at the same path (a shared file system). The driver alone keeps
results.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import policies
import simulations
from simulations.cell import Cell, Failed, outcome
from simulations.errors import InputError, SimulationError
from simulations.sweep.processes import Finished, Outcome

MISSING = "--on ray needs Ray, which is not installed: pip install 'edgeward[ray]'"
NOT_SENT = ["__pycache__", "*.pyc"]
PATIENCE_S = 10.0  # for an answer, and between looks at a cluster that may have grown meanwhile


def on_ray(cells: Iterable[Cell], *, address: str | None) -> Iterator[Finished]:
    """Every cell with its outcome, as they come; the cluster that was started for it ends with the iterator."""
    ray = _ray()
    with _connection(ray, address):
        work = ray.remote(num_cpus=1)(_work)
        waiting, under_way = deque(cells), dict[Any, Cell]()
        while waiting or under_way:
            # a few more than run at once: no worker waits for the driver, and a cluster that grows sees why it should
            room = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
            while waiting and len(under_way) < room:
                cell = waiting.popleft()
                under_way[work.remote(cell, str(Path.cwd()))] = cell
            done, _ = ray.wait(list(under_way), num_returns=1, timeout=PATIENCE_S)
            for reference in done:
                cell = under_way.pop(reference)
                try:
                    result, worker = ray.get(reference)
                except ray.exceptions.RayError as error:  # its worker or its machine was lost, more than once
                    result, worker = Failed(message=f"Ray: {' '.join(str(error).split())[:300]}"), ""
                yield cell, result, worker


def check_ray() -> None:
    """InputError unless Ray is installed."""
    _ray()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a simulation tells nobody that it ran
    try:
        import ray  # noqa: PLC0415 - an optional extra that takes a second to import
    except ImportError as error:
        raise InputError(MISSING) from error
    return ray


@contextlib.contextmanager
def _connection(ray: Any, address: str | None) -> Iterator[None]:
    sent = [str(Path(package.__file__ or "").parent) for package in (policies, simulations)]
    wanted = address or os.environ.get("RAY_ADDRESS")
    if wanted:
        _check_listening(wanted)
    try:
        ray.init(
            address=wanted or "local",
            runtime_env={"py_modules": sent, "excludes": NOT_SENT},
            log_to_driver=False,
            logging_level="ERROR",
            **({} if wanted else {"include_dashboard": False}),
        )
    except (RuntimeError, ValueError, OSError) as error:
        told = " ".join(str(error).split())
        raise (InputError(f"--address {wanted}: {told}") if wanted else SimulationError(f"Ray: {told}")) from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_listening(address: str) -> None:
    """InputError when nobody is there; Ray itself would try for two minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdecimal():
        return  # `auto` and the like, which Ray answers at once
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"--address {address}: no Ray cluster answers there: {error}") from error


def _work(cell: Cell, folder: str) -> tuple[Outcome, str]:
    import ray  # noqa: PLC0415 - as above

    # relative paths in settings are the driver's; on another machine there may be no such folder
    with contextlib.chdir(folder) if Path(folder).is_dir() else contextlib.nullcontext():
        return outcome(cell), f"node {ray.get_runtime_context().get_node_id()} process {os.getpid()}"
