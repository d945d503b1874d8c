"""Which cluster is meant, and that what is wrong with the answer is said with its place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml

from kube.credentials import RENEW_EVERY_S, load
from kube.errors import ConfigError


def kubeconfig(path: Path, **user: str) -> Path:
    """Two contexts, of which `far` is not the current one."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "near",
        "clusters": [
            {"name": "near", "cluster": {"server": "http://127.0.0.1:8001"}},
            {"name": "far", "cluster": {"server": "https://far.example:6443/k8s/c-1/"}},
            {"name": "bare", "cluster": {}},
        ],
        "users": [{"name": "me", "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in ("near", "far", "bare")],
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


async def test_the_context_that_is_named_decides(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config")
    assert (await load(path, "", {})).host == "http://127.0.0.1:8001"
    assert (await load(path, "far", {})).host == "https://far.example:6443/k8s/c-1"


async def test_no_proxy_stands_before_a_loopback_address(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config")
    assert (await load(path, "near", {})).client_session_kwargs == {"trust_env": False}
    assert (await load(path, "far", {})).client_session_kwargs == {"trust_env": True}


async def test_what_is_named_comes_before_the_environment_and_that_before_home(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    kubeconfig(tmp_path / ".kube" / "config", token="home")
    told = kubeconfig(tmp_path / "told", token="told")
    asked = kubeconfig(tmp_path / "asked", token="asked")
    home = {"HOME": str(tmp_path)}
    environ = {**home, "KUBECONFIG": f"{tmp_path / 'missing'}:{told}"}
    assert (await load(None, "", home)).api_key == {"BearerToken": "Bearer home"}
    assert (await load(None, "", environ)).api_key == {"BearerToken": "Bearer told"}
    assert (await load(asked, "", environ)).api_key == {"BearerToken": "Bearer asked"}


async def test_token_file_is_read_anew_each_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tmp_path / "token"
    token.write_text("one\n")
    loop = asyncio.get_running_loop()
    now_s = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now_s)
    configuration = await load(kubeconfig(tmp_path / "config", tokenFile="token"), "", {})
    token.write_text("two\n")
    settings = [(await configuration.auth_settings())["BearerToken"]["value"]]
    now_s += RENEW_EVERY_S
    settings.append((await configuration.auth_settings())["BearerToken"]["value"])
    assert settings == ["Bearer one\n", "Bearer two\n"]


async def test_plugin_gives_the_token(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config")
    content = yaml.safe_load(path.read_text())
    api = "client.authentication.k8s.io/v1"
    answer = f'{{"apiVersion":"{api}","kind":"ExecCredential","status":{{"token":"t"}}}}'
    content["users"][0]["user"] = {"exec": {"apiVersion": api, "command": "echo", "args": [answer]}}
    path.write_text(yaml.safe_dump(content))
    assert (await load(path, "", {})).api_key == {"BearerToken": "Bearer t"}


@pytest.mark.parametrize(
    ("content", "context", "problem"),
    [
        (None, "", "config does not exist"),
        ("{", "", "while parsing a flow node"),
        ("[]", "", "config: "),
        ("", "", "config: "),
        ("apiVersion: v1", "", "config: Invalid kube-config file. Expected"),
        (..., "nowhere", "Expected object with name nowhere in"),
        (..., "bare", r"clusters\[\].cluster.server must be a URL, got ''"),
    ],
    ids=["missing", "no YAML", "a list", "empty", "no contexts", "unknown context", "no server"],
)
async def test_wrong_kubeconfig_is_one_line_with_its_path(
    tmp_path: Path, content: object, context: str, problem: str
) -> None:
    path = tmp_path / "config"
    if content is ...:
        kubeconfig(path)
    elif isinstance(content, str):
        path.write_text(content)
    with pytest.raises(ConfigError, match=problem) as caught:
        await load(path, context, {})
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_no_cluster_at_all_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"not in a pod, \$KUBECONFIG is not set, and .*/\.kube/config does not exist"
    ):
        await load(None, "", {"HOME": str(tmp_path)})


async def test_pod_without_its_token_says_so() -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443", "HOME": "/nowhere"}
    with pytest.raises(ConfigError, match="credentials of this pod: Service host/port is not set"):
        await load(None, "", environ)  # the library looks at the process' own environment, which is no pod's
