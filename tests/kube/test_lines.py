"""A stream in pieces of any size is the same lines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kube.lines import Unfinished, lines


async def pieces(content: bytes, sizes: list[int]) -> AsyncIterator[bytes]:
    for size in sizes:
        if content:
            yield content[:size]
            content = content[size:]
    if content:
        yield content


@given(
    told=st.lists(st.binary(min_size=1).map(lambda line: line.replace(b"\n", b"-"))),
    sizes=st.lists(st.integers(min_value=1, max_value=7)),
)
async def test_lines_do_not_depend_on_how_they_are_cut(told: list[bytes], sizes: list[int]) -> None:
    content = b"".join(line + b"\n" for line in told)
    assert [line async for line in lines(pieces(content, sizes))] == told


async def test_two_megabytes_are_one_line() -> None:
    big = b"x" * 2_000_000
    assert [line async for line in lines(pieces(big + b"\n\nend\n", [65_536] * 40))] == [big, b"end"]


async def test_a_line_without_end_is_not_told_as_whole() -> None:
    told = lines(pieces(b"one\ntwo", [2]))
    assert await anext(told) == b"one"
    with pytest.raises(Unfinished, match="after 3 bytes"):
        await anext(told)
