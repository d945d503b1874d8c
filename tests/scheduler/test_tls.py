"""HTTPS: by certificate, by both sides' certificates, and by new ones without a restart."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from kube.program.errors import ListenError
from scheduler.config import Tls
from scheduler.metrics import Metrics
from scheduler.tls import Certificates
from tests.scheduler import questions
from tests.scheduler.fake_desk import FakeDesk, Server, serving

BODY = questions.by_name(["edge-a-1"])


class Files:
    """A mounted Secret: a folder whose link `..data` is moved to a new one, as kubelet does it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self._versions = iter(range(1000))
        self.renew()

    def renew(self, *, authority: trustme.CA | None = None, key: bytes | None = None) -> None:
        """Put new files there; *key* instead of the right one."""
        self.authority = authority or self.authority
        issued = self.authority.issue_cert("127.0.0.1")
        version = self.folder / f"..{next(self._versions)}"
        version.mkdir()
        (version / "tls.crt").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        (version / "tls.key").write_bytes(key or issued.private_key_pem.bytes())
        (version / "ca.crt").write_bytes(self.authority.cert_pem.bytes())
        link = self.folder / "..tmp"
        link.symlink_to(version.name)
        link.rename(self.folder / "..data")

    def settings(self, *, mutual: bool = False) -> dict[str, Any]:
        data = self.folder / "..data"
        told = {"cert": data / "tls.crt", "key": data / "tls.key"}
        return told | ({"client_ca": data / "ca.crt"} if mutual else {})

    def client(self, *, certificate: trustme.CA | None = None) -> ssl.SSLContext:
        """A client that trusts the authority of now, with a certificate of that one."""
        context = ssl.create_default_context(cadata=self.authority.cert_pem.bytes().decode())
        if certificate is not None:
            certificate.issue_cert("kube-scheduler").configure_cert(context)
        return context


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class HeardMetrics(Metrics):
    """Tells when certificates were read again."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = {True: asyncio.Event(), False: asyncio.Event()}

    def tls_reloaded(self, *, good: bool) -> None:
        super().tls_reloaded(good=good)
        self.heard[good].set()


async def ask(server: Server, context: ssl.SSLContext) -> Any:
    """By a connection of its own."""
    connector = aiohttp.TCPConnector(ssl=context)
    async with (
        aiohttp.ClientSession(connector=connector) as client,
        client.post(f"{server.address}/filter", data=BODY) as answer,
    ):
        assert (answer.status, answer.version) == (200, aiohttp.HttpVersion11)
        return (await answer.json())["NodeNames"]


async def test_server_proves_who_it_is(files: Files) -> None:
    async with serving(FakeDesk(), tls=files.settings()) as server:
        assert server.address.startswith("https://")
        assert await ask(server, files.client()) == ["edge-a-1"]
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await ask(server, ssl.create_default_context())


async def test_client_that_would_like_http2_gets_http1(files: Files) -> None:
    """Go's client offers h2 first; without an answer to that it takes HTTP/1.1."""
    context = files.client()
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with serving(FakeDesk(), tls=files.settings()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() is None
        for _ in range(2):  # and keeps the connection
            writer.write(b"POST /scheduler/filter HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            assert head.startswith("http/1.1 200 ")
            await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        writer.close()
        await writer.wait_closed()


async def test_client_must_prove_who_it_is_where_that_is_asked(files: Files) -> None:
    async with serving(FakeDesk(), tls=files.settings(mutual=True)) as server:
        assert await ask(server, files.client(certificate=files.authority)) == ["edge-a-1"]
        for wrong in (None, trustme.CA()):
            with pytest.raises(aiohttp.ClientError):
                await ask(server, files.client(certificate=wrong))


async def test_new_certificates_are_taken_without_a_restart(files: Files) -> None:
    metrics = HeardMetrics()
    settings = files.settings(mutual=True)
    async with serving(FakeDesk(), metrics, tls=settings, look_every_s=0.01) as server, asyncio.timeout(10):
        before = files.authority
        old = files.client(certificate=before)
        files.renew(authority=trustme.CA())
        await metrics.heard[True].wait()
        assert await ask(server, files.client(certificate=files.authority)) == ["edge-a-1"]
        with pytest.raises(aiohttp.ClientError):  # who trusts only the old authority
            await ask(server, old)
        with pytest.raises(aiohttp.ClientError):  # and who is trusted only by it
            await ask(server, files.client(certificate=before))


async def test_certificates_that_do_not_fit_leave_the_last_good_ones(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = HeardMetrics()
    async with serving(FakeDesk(), metrics, tls=files.settings(), look_every_s=0.01) as server, asyncio.timeout(10):
        files.renew(key=trustme.CA().issue_cert("127.0.0.1").private_key_pem.bytes())
        await metrics.heard[False].wait()
        assert await ask(server, files.client()) == ["edge-a-1"]
        files.renew()
        await metrics.heard[True].wait()
    assert caplog.text.count("changed certificates cannot be read") == 1  # once, not at each look


def test_missing_file_is_named() -> None:
    with pytest.raises(ListenError, match=r"cannot read certificate /nowhere/tls.crt with key /nowhere/tls.key"):
        Certificates(Tls(cert=Path("/nowhere/tls.crt"), key=Path("/nowhere/tls.key")))


def test_client_authority_that_is_none_is_named(files: Files) -> None:
    nothing = files.folder / "nothing"
    nothing.write_text("")
    with pytest.raises(ListenError, match=r"cannot read client_ca .*nothing"):
        Certificates(Tls(**{**files.settings(), "client_ca": nothing}))


def test_files_that_did_not_change_are_not_read_again(files: Files) -> None:
    certificates = Certificates(Tls(**files.settings()))
    assert not certificates.reload()
    files.renew()
    assert certificates.reload()
    assert not certificates.reload()
