"""The agent as a process: logs to stderr, ends well with SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import signal

from scheduler.latency.prober.agent import Agent
from scheduler.latency.prober.config import Config


async def measure(config: Config) -> None:
    """Run the agent until a signal."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Agent(config).run(stop)
