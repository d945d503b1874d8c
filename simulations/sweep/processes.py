"""Cells on this machine, several at a time, each in a process of its own.

Processes are spawned, not forked: a fork copies locks that other threads hold (the progress bar's, those of numpy's and
HiGHS' pools) and may then wait for them for ever. A spawned one imports for a second, once, and takes many cells.

A process that is killed (out of memory) breaks the executor, which then cannot say whose fault it was. So no more cells
are handed out than processes are there, and those under way at that moment are tried again, each alone: the one that
kills its process again is the one that failed. Ctrl-C is the parent's to answer: children have it blocked, and they end
when it ends, even by kill -9.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection

from simulations.cell import Cell, Failed, outcome
from simulations.result import RunResult

Outcome = RunResult | Failed
Finished = tuple[Cell, Outcome, str]  # and the worker that did it
KILLED = Failed(message="its process was killed; perhaps there was not enough memory")


def in_processes(cells: Iterable[Cell], *, jobs: int) -> Generator[Finished, None, None]:
    """Every cell with its outcome, as they come; closing the iterator ends what is under way."""
    waiting = deque(cells)
    while waiting:
        for suspect in (yield from _pool(waiting, jobs)):
            if (yield from _pool(deque([suspect]), 1)):
                yield suspect, KILLED, ""


def _pool(waiting: deque[Cell], jobs: int) -> Generator[Finished, None, list[Cell]]:
    """Runs what is waiting; comes back when that is done, or with the cells under way when a process was killed."""
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        min(jobs, len(waiting)), mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    under_way: dict[Future[tuple[Outcome, str]], Cell] = {}
    orderly = False
    try:
        while waiting or under_way:
            while waiting and len(under_way) < jobs:
                try:
                    with _ctrl_c_later():
                        future = pool.submit(_work, waiting[0])
                except BrokenProcessPool:
                    return list(under_way.values())
                under_way[future] = waiting.popleft()
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in [future for future in done if not isinstance(future.exception(), BrokenProcessPool)]:
                result, worker = future.result()
                yield under_way.pop(future), result, worker
            if any(future.done() and future in under_way for future in done):
                return list(under_way.values())
        orderly = True
        return []
    finally:
        pool.shutdown(wait=orderly, cancel_futures=True)
        if not orderly:
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()


def _work(cell: Cell) -> tuple[Outcome, str]:
    return outcome(cell), f"process {os.getpid()}"


def _begin() -> None:
    """In each new process: end with the parent, which cannot tell us when it is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """A process started meanwhile has Ctrl-C blocked for its whole life; here it is answered at the end."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    was = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, was)
