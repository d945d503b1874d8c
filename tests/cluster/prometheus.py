"""A real Prometheus on the loopback address, that scrapes what a test has it scrape each second."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterable

from tests.cluster.errors import ProgramError, ToolchainError
from tests.cluster.ports import HOST
from tests.cluster.process import Processes
from tests.cluster.waiting import until_blocking

PROMETHEUS = "prometheus"
_READY_S = 60.0


def start_prometheus(processes: Processes, *, port: int, scraped: Iterable[int]) -> str:
    """Its address, when it answers; it scrapes /metrics on those ports, and ends with *processes*."""
    program = shutil.which(PROMETHEUS)
    if program is None:
        raise ToolchainError("this test needs Prometheus: install the package prometheus (Debian, Ubuntu)")
    scrape = {"job_name": "tests", "static_configs": [{"targets": [f"{HOST}:{each}" for each in scraped]}]}
    file = processes.folder / "prometheus.yaml"
    file.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [scrape]}), encoding="utf-8")
    processes.start(
        PROMETHEUS,
        [
            program,
            f"--config.file={file}",
            f"--storage.tsdb.path={processes.folder / 'tsdb'}",
            f"--web.listen-address={HOST}:{port}",
            "--query.lookback-delta=5s",  # what is scraped no more is soon not there, instead of after five minutes
        ],
    )

    def answers() -> bool:
        code = processes.exit_code(PROMETHEUS)
        if code is not None:
            raise ProgramError(f"{PROMETHEUS} ended with {code}; {processes.last_words(PROMETHEUS)}")
        return _is_ready(port)

    until_blocking(
        answers, what=lambda: f"{PROMETHEUS} to be ready; {processes.last_words(PROMETHEUS)}", timeout_s=_READY_S
    )
    return f"http://{HOST}:{port}"


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
