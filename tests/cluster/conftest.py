"""Fixtures over one control plane for the whole run; every test in this folder is marked `cluster`."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from pathlib import Path

import pytest

from tests.cluster.api import Api
from tests.cluster.build import Programs, build
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import Manifest

_HERE = Path(__file__).resolve().parent

# Gone first, the makers of makers before them: they would make pods anew.
_MAKERS = ("Deployment", "DaemonSet", "StatefulSet", "Job", "ReplicaSet")

_TIMINGS = pytest.StashKey[dict[str, float]]()

FreshNodes = Callable[[Iterable[Manifest]], Awaitable[None]]


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say with a failed test what the programs said last; their logs are gone after the run."""
    report = yield
    plane = item.funcargs.get("control_plane") if isinstance(item, pytest.Function) else None
    if report.failed and isinstance(plane, ControlPlane):
        for log in sorted(plane.folder.glob("*.log")):
            report.sections.append((log.stem, plane.processes.last_words(log.stem, lines=10)))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell how long the control plane took to be ready; a slow machine is no failure."""
    if timings := config.stash.get(_TIMINGS, None):
        each = ", ".join(f"{name} {took_s:.1f} s" for name, took_s in timings.items())
        terminalreporter.write_line(f"control plane ready after: {each}")


@pytest.fixture(scope="session")
def programs(pytestconfig: pytest.Config) -> Programs:
    """Built now if need be; what that takes is said past pytest's capture, or minutes would pass in silence."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    if capture is None:
        return build()
    with capture.global_and_fixture_disabled():
        return build()


@pytest.fixture(scope="session")
def control_plane(programs: Programs, pytestconfig: pytest.Config) -> Iterator[ControlPlane]:
    """One for all tests that leave it as they found it: no scheduler running, no node of theirs left.

    A test that stops parts of it, or needs flags or metrics-server, starts its own: `with ControlPlane(programs) as …`.
    """
    with ControlPlane(programs) as plane:
        pytestconfig.stash[_TIMINGS] = dict(plane.timings)
        yield plane


@pytest.fixture
async def api(control_plane: ControlPlane) -> AsyncIterator[Api]:
    async with Api(control_plane.kubeconfig) as client:
        yield client


@pytest.fixture
async def namespace(api: Api) -> AsyncIterator[str]:
    """A namespace of the test's own; its pods are gone when the test is over, the rest of it soon after."""
    name = f"test-{secrets.token_hex(4)}"
    await api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    await api.delete("Namespace", name)
    await api.clear("Pod", namespace=name)


@pytest.fixture
async def fresh_nodes(api: Api) -> AsyncIterator[FreshNodes]:
    """`await fresh_nodes(setup_k().nodes)`: these nodes and no others, Ready and empty; none after the test."""

    async def clear() -> None:
        for kind in (*_MAKERS, "Pod", "Node"):
            await api.clear(kind)

    async def only(nodes: Iterable[Manifest]) -> None:
        await clear()
        made = await api.create(*nodes)
        await api.wait_ready(node["metadata"]["name"] for node in made)

    yield only
    await clear()
