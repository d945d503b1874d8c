"""Requests to Azure's LLM inference service.

Columns: `TIMESTAMP` (UTC, 100 ns digits), `ContextTokens` (the prompt), `GeneratedTokens` (the answer). Two requests
may come at the same instant, but none before the one above it.
"""

from __future__ import annotations

from pathlib import Path

from simulations.workloads.series import RequestLog
from simulations.workloads.table import read_table


def read_azure_llm(path: Path) -> RequestLog:
    """Each request with the tokens that it brings and gets."""
    table = read_table(path, ("TIMESTAMP", "ContextTokens", "GeneratedTokens"))
    return RequestLog(
        arrival_s=table.seconds("TIMESTAMP", repeats=True),
        prompt_tokens=table.ints("ContextTokens", at_least=0),
        output_tokens=table.ints("GeneratedTokens", at_least=0),
    )
