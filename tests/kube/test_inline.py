"""A kubeconfig out of a Secret: it reaches a cluster, and cannot make us run, read or send anything of our own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest
import trustme
import yaml

from kube.errors import ConfigError
from kube.inline import connect_inline

CA = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()


def kubeconfig(*, user: Mapping[str, Any] | None = None, cluster: Mapping[str, Any] | None = None) -> bytes:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "berlin",
            "contexts": [{"name": "berlin", "context": {"cluster": "berlin", "user": "edgeward"}}],
            "clusters": [{"name": "berlin", "cluster": {"server": "https://berlin:6443", **(cluster or {})}}],
            "users": [{"name": "edgeward", "user": dict(user or {"token": "abc"})}],
        }
    ).encode()


async def test_inline_kubeconfig_is_a_session() -> None:
    session = await connect_inline(kubeconfig(cluster={"certificate-authority-data": CA}), "Secret shop/berlin")
    assert session.server == "https://berlin:6443"
    assert await session._credentials() == {"Authorization": "Bearer abc"}
    await session.close()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(
            kubeconfig(user={"exec": {"command": "sh", "apiVersion": "client.authentication.k8s.io/v1"}}),
            r"users\[0\]\.user\.exec is not allowed",
            id="a program to be run",
        ),
        pytest.param(
            kubeconfig(user={"tokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token"}),
            r"users\[0\]\.user\.tokenFile is not allowed",
            id="our own token sent to a stranger",
        ),
        pytest.param(
            kubeconfig(user={"client-key": "/etc/key"}), r"users\[0\]\.user\.client-key is not", id="a file of ours"
        ),
        pytest.param(
            kubeconfig(user={"auth-provider": {"name": "gcp"}}), "auth-provider is not allowed", id="a provider"
        ),
        pytest.param(
            kubeconfig(cluster={"certificate-authority": "/etc/ca"}),
            r"clusters\[0\]\.cluster\.certificate-authority is not allowed",
            id="a file for the CA",
        ),
        pytest.param(kubeconfig(cluster={"server": "file:///etc/passwd"}), "must be a URL, got 'file:", id="no server"),
        pytest.param(b"a: [", "not YAML", id="no YAML"),
        pytest.param(b"\xff\xfe\xff", "not YAML", id="no text"),
        pytest.param(b"hello", "must be a kubeconfig, got str", id="no object"),
        pytest.param(b"users: 3", "users must be a list, got int", id="no list"),
        pytest.param(b"users: [3]", r"users\[0\]\.user must be an object", id="no entries"),
        pytest.param(b"{}", "Secret shop/berlin: ", id="nothing in it"),
        pytest.param(
            kubeconfig(cluster={"certificate-authority-data": "!"}), "Secret shop/berlin: ", id="no certificate"
        ),
    ],
)
async def test_what_is_wrong_or_reaches_out_of_it_is_one_error(content: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        await connect_inline(content, "Secret shop/berlin")
