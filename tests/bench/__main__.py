"""`make bench`: every measurement in a process of its own, with the peak memory of that process."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import numpy as np

# name → what it is for; `growth` goes last, it takes minutes
MODULES = (
    "packing",
    "placement",
    "scoring",
    "replicas",
    "kernel",
    "mirror",
    "extender",
    "autoscaler",
    "autoscalers",
    "throughput",
    "growth",
)
_TIMEOUT_S = 3600  # `throughput` fills a control plane fourteen times

_ONE = """
import importlib, json, resource, sys
rows = importlib.import_module("tests.bench." + sys.argv[1]).measure()
rows.append(("peak memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"))
print(json.dumps(rows))
"""


def main(wanted: list[str]) -> int:
    """Measure the modules named, or all of them; 1 when one failed, 2 when one does not exist."""
    unknown = [name for name in wanted if name not in MODULES]
    if unknown:
        print(f"bench: unknown {', '.join(unknown)} (known: {', '.join(MODULES)})", file=sys.stderr)
        return 2
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    failed = 0
    for name in wanted or MODULES:
        print(f"\n{name}", flush=True)
        done = subprocess.run(
            [sys.executable, "-c", _ONE, name], stdout=subprocess.PIPE, text=True, timeout=_TIMEOUT_S, check=False
        )
        if done.returncode:
            failed += 1
            continue
        for what, figure in json.loads(done.stdout.splitlines()[-1]):
            print(f"  {what:<58} {figure}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
