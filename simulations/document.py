"""The JSON document of `--json F`: everything that a script may want, with keys that stay.

`schema_version` goes up when a key changes its meaning or goes away; new keys may come. `runs` hold each run as it is,
`summary` the means over seeds. The document of one single run also has that run's policy, seed and figures at its top,
so that `jq .failed_pods` does for the simplest question.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from simulations.statistics import Estimate, estimate
from simulations.study import Study

SCHEMA_VERSION: Final = 1


def document(study: Study) -> dict[str, Any]:
    """The study as plain JSON values."""
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "scenario": study.scenario,
        "kind": study.kind,
        "description": study.description,
        "data_source": study.data_source,
        "command": study.command,
        "settings": msgspec.to_builtins(study.settings, str_keys=True),
        "policies": list(study.policies),
        "seeds": list(study.seeds),
        "metrics": [
            {"key": metric.key, "title": metric.title, "unit": metric.unit, "better": metric.better}
            for metric in study.metrics
        ],
        "runs": [msgspec.to_builtins(run) for run in study.runs],
        "summary": {policy: _summary(study, policy) for policy in study.policies},
    }
    if len(study.runs) == 1:
        run = study.runs[0]
        flat = {"policy": run.policy, "seed": run.seed, "wall_seconds": run.wall_seconds, **run.metrics}
        content = {**flat, **content}
    return content


def encode(study: Study) -> bytes:
    """The document as bytes: keys sorted, one line end at the end; the same study gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(document(study), order="sorted"), indent=1) + b"\n"


def _summary(study: Study, policy: str) -> dict[str, dict[str, float | int | None] | None]:
    runs = study.of(policy)
    keys = sorted({key for run in runs for key in run.metrics} | {"wall_seconds"})
    measured = {key: [run.metrics.get(key) for run in runs] for key in keys}
    measured["wall_seconds"] = [run.wall_seconds for run in runs]
    return {key: _builtin(estimate(values)) for key, values in measured.items()}


def _builtin(value: Estimate | None) -> dict[str, float | int | None] | None:
    return None if value is None else {"mean": value.mean, "low": value.low, "high": value.high, "n": value.n}
