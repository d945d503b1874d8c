"""The decision log: what was known and what was decided, in files that `edgeward simulate --decisions` plays again.

Off unless the configuration names a path. Each file begins with the whole state and stands by itself; a file that is
full is renamed `FILE.1` (older ones `FILE.2`, …) and the oldest is removed. Placing pods never waits for a disk that is
full or gone: the log then stops, says so, and begins anew a minute later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from policies.engine import journal
from policies.engine.answers import Filtered
from policies.engine.journal import Line, Verb
from policies.model.pod import Pod, PodClass
from policies.model.snapshot import Snapshot

_TRY_AGAIN_S = 60.0
_BUFFER = 1 << 20

# What the state is told with: it numbers the classes of the pods that it names.
State = Callable[["DecisionLog"], Iterator[Line]]


class DecisionLog:
    """Writes entries as they happen. Without a path it does nothing. To be used from the event loop only."""

    def __init__(
        self,
        path: Path | None,
        *,
        max_bytes: int,
        keep: int,
        clock: Callable[[], float],
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._clock = clock
        self._tell = tell
        self._state: State | None = None
        self._file: BinaryIO | None = None
        self._written = 0
        self._state_bytes = 0
        self._try_at_s = 0.0
        self._classes: dict[PodClass, int] = {}
        self._next = 0
        self._asked: dict[int, tuple[str, ...]] = {}  # question that is open → its names

    @property
    def is_open(self) -> bool:
        """Is anything written at all?"""
        return self._file is not None

    def begin(self, state: State) -> None:
        """From now on write; *state* tells everything that is known, at the beginning of each file."""
        if self._path is not None:
            self._state = state
            self._open()

    def write(self, *entries: Line) -> None:
        """Write lines that have happened."""
        if self._file is None:
            self._reopen()
            return  # what happened is in the state that a new file begins with
        self._write(entries)
        if self._written > self._max_bytes + self._state_bytes:  # or a state larger than the limit rotates for ever
            self._open()

    def number(self, of: PodClass) -> int:
        """The number of a class, which is told when it is new in this file."""
        known = self._classes.get(of)
        if known is None:
            known = self._classes[of] = len(self._classes)
            self._write((journal.Classed(number=known, of=of),))
        return known

    def ask(
        self, verb: Verb, pod: Pod, profile: str, nodes: Snapshot, names: Sequence[str], *, shortlist: bool = True
    ) -> int | None:
        """A question that is being decided, at the state as it is now; its number, None when nothing is written."""
        if self._file is None:
            self._reopen()
        if self._file is None:
            return None
        self._next += 1
        everything = len(names) == int((nodes.name != "").sum()) and bool((nodes.slots_of(names) >= 0).all())
        told = None if everything else tuple(sorted(names))
        self._asked[self._next] = tuple(names)
        self._write(
            (
                journal.Asked(
                    id=self._next,
                    verb=verb,
                    pod=f"{pod.namespace}/{pod.name}",
                    uid=pod.uid,
                    of=self.number(pod.of),
                    profile=profile,
                    names=told,
                    shortlist=shortlist,
                ),
            )
        )
        return self._next

    def filtered(self, question: int | None, answer: Filtered) -> None:
        """The answer to a filter question."""
        if question is not None and self._asked.pop(question, None) is not None:
            scores = sorted(zip(answer.passed, answer.integers, strict=True))
            self.write(
                journal.Answered(
                    id=question,
                    at_s=self._clock(),
                    integers=tuple(score for _, score in scores),
                    passed=tuple(sorted(answer.passed)) if answer.refused else None,
                    unresolvable=tuple(sorted(name for r in answer.refused if r.unresolvable for name in r.nodes)),
                )
            )

    def prioritized(self, question: int | None, integers: Sequence[int]) -> None:
        """The answer to a prioritize question."""
        names = None if question is None else self._asked.pop(question, None)
        if question is not None and names is not None:
            by_name = tuple(score for _, score in sorted(zip(names, integers, strict=True)))
            self.write(journal.Answered(id=question, at_s=self._clock(), integers=by_name))

    def seated(self, question: int | None, devices: tuple[int, ...]) -> None:
        """The answer to the question which devices a pod gets."""
        if question is not None and self._asked.pop(question, None) is not None:
            self.write(journal.Answered(id=question, at_s=self._clock(), devices=devices))

    def late(self, question: int | None) -> None:
        """Nobody waited for the answer."""
        if question is not None and self._asked.pop(question, None) is not None:
            self.write(journal.Answered(id=question, at_s=self._clock(), late=True))

    def flush(self) -> None:
        """Put what was written where others can read it."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError as error:
                self._broken(error)

    def close(self) -> None:
        """End the file."""
        if self._file is not None:
            self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    # inside

    def _write(self, entries: Iterable[Line]) -> None:
        if self._file is None:
            return
        try:
            for entry in entries:
                line = journal.encode(entry)
                self._file.write(line)
                self._file.write(b"\n")
                self._written += len(line) + 1
        except OSError as error:
            self._broken(error)

    def _reopen(self) -> None:
        if self._state is not None and self._clock() >= self._try_at_s:
            self._open()

    def _open(self) -> None:
        assert self._path is not None
        assert self._state is not None
        self.close()
        try:
            self._rotate(self._path)
            self._file = self._path.open("wb", buffering=_BUFFER)
        except OSError as error:
            self._broken(error)
            return
        self._written = self._state_bytes = 0
        self._classes.clear()
        self._asked.clear()  # their questions are in the file before
        for entry in self._state(self):
            self._write((entry,))
        self._state_bytes = self._written

    def _rotate(self, path: Path) -> None:
        if not path.exists():
            return
        aged = [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, self._keep + 1))]
        for younger, older in zip(reversed(aged[:-1]), reversed(aged[1:]), strict=True):
            if younger.exists():
                younger.replace(older)

    def _broken(self, error: OSError) -> None:
        self._tell(f"decision log {self._path}: {error}; it begins anew in {_TRY_AGAIN_S:.0f} s")
        file, self._file = self._file, None
        self._try_at_s = self._clock() + _TRY_AGAIN_S
        if file is not None:
            try:
                file.close()
            except OSError:
                return  # the same error again, which was told
