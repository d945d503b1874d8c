"""Changes on trial: each in a forked child, which ends at the first test that fails.

What is inside functions is changed where pytest has collected the tests already: the changed module is compiled, and
the functions that live get their new code. It meets the tests that ran its lines, the quickest first. What runs when a
module is imported is changed by the import itself, before pytest sees any test.
"""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol  # what reruns of tests are made with; there is no public way
from hypothesis import Phase, settings

from tests.mutants.changes import Change

SURVIVED, KILLED, KILLED_BY_VECTORS, UNTRIED = 0, 1, 2, 3
VECTORS = "tests/autoscaler/decide/test_vectors.py::test_all_vectors_are_answered_as_expected"
REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"  # hypothesis was imported before
QUIET = ("-x", "-s", "-p", "no:cacheprovider", "--no-header", "--no-summary", "-qq", "-W", REWRITTEN)
_EXAMPLES = 15
_TELL_EVERY = 250
_SETTINGS = "_hypothesis_internal_use_settings"  # where hypothesis keeps those of a test
_MEMORY_BYTES = 6 << 30  # a change may well append for ever
Trial = Callable[[], int]


def judged(trials: Sequence[tuple[Trial, float]], processes: int) -> list[int]:
    """What each trial answers, in their order; one that takes more CPU seconds than it may, or dies, has killed."""
    answers = [KILLED] * len(trials)
    running: dict[int, int] = {}
    waiting = iter(enumerate(trials))
    ended = 0
    while True:
        while len(running) < processes and (following := next(waiting, None)):
            number, (trial, cpu_s) = following
            running[_forked(trial, cpu_s)] = number
        if not running:
            return answers
        child, status = os.wait()
        answers[running.pop(child)] = os.WEXITSTATUS(status) if os.WIFEXITED(status) else KILLED
        ended += 1
        if ended % _TELL_EVERY == 0:
            print(f"  {ended} of {len(trials)}", file=sys.stderr, flush=True)


def _forked(trial: Trial, cpu_s: float) -> int:
    sys.stdout.flush()
    if child := os.fork():
        return child
    answer = UNTRIED  # what raises here is no test
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (round(cpu_s) + 1, round(cpu_s) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        answer = trial()
    finally:
        os._exit(answer)


class Collected:
    """A pytest plugin: instead of running the tests once, runs those that matter for each change."""

    def __init__(self, trees: Mapping[Path, ast.Module], late: Sequence[tuple[Change, Path]], processes: int) -> None:
        self.answers: list[int] = []
        self.red: list[str] = []  # tests that fail without any change
        self.users: dict[str, list[str]] = {}  # file → test files that run a line of it
        self._trees, self._late, self._processes = trees, late, processes
        self._files = {str(path) for path in trees}
        self._ran: dict[tuple[str, int], set[int]] = defaultdict(set)  # file and line → tests

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        cpu_s = [self._watched(number, item) for number, item in enumerate(session.items)]
        if self.red:
            return True
        users: dict[str, set[str]] = defaultdict(set)
        for (file, _), numbers in self._ran.items():
            users[file].update(str(session.items[number].path) for number in numbers)
        self.users = {file: sorted(tests) for file, tests in users.items()}
        order = sorted(range(len(cpu_s)), key=lambda number: (session.items[number].nodeid == VECTORS, cpu_s[number]))
        functions = _functions(self._files)
        every = [session.items[number] for number in order]
        if judged([(lambda: self._answer(every), 10 + 2 * sum(cpu_s))], 1) != [SURVIVED]:
            self.red.append("a test that passes once and then fails")
            return True
        trials: list[tuple[Trial, float]] = []
        for change, path in self._late:
            ran = set().union(*(self._ran[str(path), line] for line in change.lines))
            items = [session.items[number] for number in order if number in ran]
            trials.append((self._trial(change, path, items, functions), 5 + 2 * sum(cpu_s[number] for number in ran)))
        self.answers = judged(trials, self._processes)
        return True

    def _watched(self, number: int, item: pytest.Item) -> float:
        """Runs a test, notes which lines it runs, and says how long it took."""

        def lines(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                self._ran[frame.f_code.co_filename, frame.f_lineno].add(number)
            return lines

        def calls(frame: FrameType, _event: str, _: Any) -> Any:
            return lines if frame.f_code.co_filename in self._files else None

        before_s = time.process_time()
        sys.settrace(calls)
        try:
            reports = runtestprotocol(item, log=False)
        finally:
            sys.settrace(None)
        if any(report.failed for report in reports):
            self.red.append(item.nodeid)
        return time.process_time() - before_s

    def _trial(
        self, change: Change, path: Path, items: Sequence[pytest.Item], functions: dict[_Place, list[FunctionType]]
    ) -> Trial:
        def trial() -> int:
            change.make()
            for code in _codes(compile(ast.fix_missing_locations(self._trees[path]), str(path), "exec")):
                for function in functions.get(_place(code), ()):
                    function.__code__ = code
            return self._answer(items)

        return trial

    @staticmethod
    def _answer(items: Sequence[pytest.Item]) -> int:
        for item in items:
            if any(report.failed for report in runtestprotocol(item, log=False)):
                return KILLED_BY_VECTORS if item.nodeid == VECTORS else KILLED
        return SURVIVED


_Place = tuple[str, str, int]  # file, qualified name, line


def _place(code: CodeType) -> _Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _functions(files: set[str]) -> dict[_Place, list[FunctionType]]:
    """All that live and were written in those files."""
    found: dict[_Place, list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in files:
            found[_place(each.__code__)].append(each)
    return found


class _Importing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a module another code."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(ast.fix_missing_locations(self._tree), str(self._path), "exec"), module.__dict__)


def at_import(change: Change | None, name: str, path: Path, tree: ast.Module, runs: Sequence[Sequence[str]]) -> Trial:
    """The trial of a change that importing module *name* makes: *runs* of pytest, the last with the vectors."""

    def trial() -> int:
        if change is not None:
            change.make()
        sys.meta_path.insert(0, _Importing(name, path, tree))
        for run in runs:
            without = () if run is runs[-1] else ("--deselect", VECTORS)
            if pytest.main([*run, *without, *QUIET], plugins=[Thrifty()]) != pytest.ExitCode.OK:
                return KILLED_BY_VECTORS if run is runs[-1] else KILLED
        return SURVIVED

    return trial


class Thrifty:
    """A pytest plugin: hypothesis looks for a failing example among few, and does not make it small."""

    def pytest_collection(self) -> None:
        plain = settings.get_profile("edgeward")
        few = settings(plain, phases=(Phase.explicit, Phase.generate), max_examples=_EXAMPLES)
        settings.register_profile("mutants", few)
        settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Also where a test says how many it wants: some want them because their examples are slow."""
        for item in items:
            test = getattr(item, "obj", None)
            if (own := getattr(test, _SETTINGS, None)) is not None:
                setattr(test, _SETTINGS, settings(own, max_examples=min(_EXAMPLES, own.max_examples)))
