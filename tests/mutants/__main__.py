"""`make mutants`: a table of killed changes by file, and those that no test notices.

ARGS="ladder hpa/limits" looks at files with these words in their path only, ARGS="-j 1" uses one process. The shared
vectors of the horizontal rules are not in every checkout, so what only they kill has its own column.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.changes import Change, changes
from tests.mutants.trials import (
    KILLED,
    KILLED_BY_VECTORS,
    QUIET,
    SURVIVED,
    UNTRIED,
    VECTORS,
    Collected,
    Thrifty,
    Trial,
    at_import,
    judged,
)

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "autoscaler" / "planner"
TESTS = ("tests/autoscaler/planner", "tests/autoscaler/decide")
LEAST = 0.95
_SLOW = ("hypothesis", "msgspec", "numpy", "pydantic")  # imported once, for all children
_IMPORT_TRIAL_S = 120.0  # CPU; all tests take 20


def main(arguments: Sequence[str]) -> int:
    """1 when too many survive, or a test fails without any change."""
    parser = argparse.ArgumentParser(prog="mutants", description="does a test fail when a line is wrong?")
    parser.add_argument("words", nargs="*", help="files with one of them in their path")
    parser.add_argument("-j", "--processes", type=int, default=2)
    parser.add_argument("--late", action="store_true", help="only what is in functions, which is quicker")
    asked = parser.parse_args(arguments)
    began_s = time.monotonic()
    os.chdir(ROOT)
    os.nice(10)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a process with threads must not fork
    for name in _SLOW:
        importlib.import_module(name)
    paths = sorted(path for path in CODE.rglob("*.py") if not asked.words or any(w in str(path) for w in asked.words))
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    known = [(path, change) for path, tree in trees.items() for change in changes(tree)]
    now = [(path, change) for path, change in known if not change.is_late]
    late = [(path, change) for path, change in known if change.is_late]
    print(f"mutants: {len(known)} changes in {len(paths)} files", flush=True)
    answers, red, users = _apart(lambda: _collected(trees, [(change, path) for path, change in late], asked.processes))
    if red or len(answers) != len(late):
        print("mutants: these fail without any change:", *(red or ["the collection of tests"]), sep="\n  ")
        return 1
    if not asked.late:
        unchanged = (_at_import(paths[0], None, trees[paths[0]], users), _IMPORT_TRIAL_S)
        if judged([unchanged], 1) != [SURVIVED]:
            print("mutants: a test fails without any change when its modules are imported anew")
            return 1
        trials = [(_at_import(path, change, trees[path], users), _IMPORT_TRIAL_S) for path, change in now]
        answers += judged(trials, asked.processes)
        late += now
    share = _told([*zip(late, answers, strict=True)])
    print(f"{time.monotonic() - began_s:.0f} s")
    return int(share < LEAST)


def _apart(work: Callable[[], object]) -> Any:
    """What *work* answers, done in a child: this process imports no module that is changed later."""
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            told = answer.read()
        os.waitpid(child, 0)
        return json.loads(told)
    try:
        with os.fdopen(writing, "wb") as answer:
            answer.write(json.dumps(work()).encode())
    finally:
        os._exit(0)


def _collected(
    trees: Mapping[Path, ast.Module], late: Sequence[tuple[Change, Path]], processes: int
) -> tuple[list[int], list[str], dict[str, list[str]]]:
    collected = Collected(trees, late, processes)
    pytest.main([*TESTS, *QUIET], plugins=[Thrifty(), collected])
    return collected.answers, collected.red, collected.users


def _at_import(path: Path, change: Change | None, tree: ast.Module, users: Mapping[str, list[str]]) -> Trial:
    """Tried with the module's own tests first; with all where the module is only values, which no line tells of."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    own = [str(each) for each in (ROOT / TESTS[0]).rglob(f"test_{path.stem}.py")]
    rest = [each for each in users.get(str(path), TESTS) if each not in own]
    return at_import(change, name, path, tree, [*filter(None, [own, rest]), [VECTORS]])


def _told(judgements: Sequence[tuple[tuple[Path, Change], int]]) -> float:
    """Prints all; the share that is killed without the vectors."""
    tally: dict[str, Counter[int]] = {}
    for (path, change), answer in sorted(judgements, key=lambda each: (each[0][0], each[0][1].line)):
        where = str(path.relative_to(ROOT))
        tally.setdefault(where, Counter())[answer] += 1
        if answer != KILLED:
            lacks = {KILLED_BY_VECTORS: "  (but by the vectors)", UNTRIED: "  (could not be tried)"}.get(answer, "")
            print(f"{where}:{change.line}: {change.told()}{lacks}")
    tally["in all"] = sum(tally.values(), Counter())
    print(f"\n{'':<44}killed   of        with the vectors")
    for where, count in tally.items():
        killed, tried = count[KILLED], count.total()
        rest = killed + count[KILLED_BY_VECTORS]
        print(f"{where:<44}{killed:>6}{tried:>5}{killed / tried:>8.1%}{rest:>9}{rest / tried:>8.1%}")
    return tally["in all"][KILLED] / tally["in all"].total()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
