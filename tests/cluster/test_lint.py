"""What `edgeward lint` calls an error the real kube-scheduler refuses, and all else it takes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from policies.engine.yaml_text import load_yaml
from scheduler.lint.finding import Severity
from scheduler.lint.in_tree import DEFAULT_WEIGHTS, SILENT
from tests.cluster.build import Programs
from tests.scheduler.lint.asking import Changes, found, spoiled
from tests.scheduler.lint.cases import CASES, Case

LIMIT_S = 60.0  # a third of a second where it was measured
# Errors with which it starts all the same, and then places no pod.
LATER = ("extenders[0].urlPrefix", "leaderElection.resourceName")


NOWHERE = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "a",
    "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "a", "user": {}}],
    "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
}


def taken(programs: Programs, folder: Path, changes: Changes) -> tuple[str, Path]:
    """The configuration spoiled so that was given to kube-scheduler, and the one that it makes of it if it takes it."""
    kubeconfig, given, made = (folder / name for name in ("kubeconfig.yaml", "given.yaml", "made.yaml"))
    kubeconfig.write_text(yaml.safe_dump(NOWHERE), encoding="utf-8")
    content = spoiled({"clientConnection.kubeconfig": str(kubeconfig), **changes})
    with_files(content, folder)
    given.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [str(programs.controlplane), "kube-scheduler", f"--config={given}", f"--write-config-to={made}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert made.exists() is (done.returncode == 0), done.stderr
    return given.read_text(encoding="utf-8"), made


def with_files(content: dict[str, Any], folder: Path) -> None:
    """Puts files that are there in place of those that the cases only name."""
    extenders = content["extenders"] if isinstance(content["extenders"], list) else []
    authority = trustme.CA()
    own = authority.issue_cert("extender")
    files = {"caFile": authority.cert_pem, "certFile": own.cert_chain_pems[0], "keyFile": own.private_key_pem}
    for tls in (extender.get("tlsConfig", {}) for extender in extenders):
        for field, blob in files.items():
            if field in tls:
                blob.write_to_path(folder / field)
                tls[field] = str(folder / field)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.promise)
def test_kube_scheduler_refuses_what_lint_calls_an_error(programs: Programs, tmp_path: Path, case: Case) -> None:
    given, made = taken(programs, tmp_path, case.changes)
    errors = [each for each in found(given) if each.severity is Severity.ERROR and each.path not in LATER]
    assert made.exists() is not bool(errors)


def test_default_plugins_are_the_known_ones_with_their_weights(programs: Programs, tmp_path: Path) -> None:
    _, made = taken(programs, tmp_path, {})
    (profile,) = load_yaml(made.read_text(encoding="utf-8"))["profiles"]
    enabled = {each["name"]: each["weight"] for each in profile["plugins"]["multiPoint"]["enabled"]}
    assert {name: weight for name, weight in enabled.items() if name not in SILENT} == DEFAULT_WEIGHTS
