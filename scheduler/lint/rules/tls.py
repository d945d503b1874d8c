"""https: what is encrypted and who is checked. The URL decides about the first, tlsConfig about the second."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import Extender, flag, mapping, text
from scheduler.lint.finding import UNSET, Finding, error, hint, warning


def tls(asked: Asked) -> Iterator[Finding]:
    """Connections that are less safe than the file looks, and settings that contradict each other."""
    for extender in asked.configuration.extenders:
        yield from _contradictions(extender)
        if extender.url.scheme == "https":
            yield from _unchecked(extender)
        elif extender.url.scheme == "http" and (flag(extender.content, "enableHTTPS") or _settings(extender)):
            yield warning(
                f"{extender.path}.urlPrefix",
                text(extender.content, "urlPrefix"),
                "is asked in plain HTTP: the scheme of the URL decides, not enableHTTPS or tlsConfig",
                "https://…, or remove enableHTTPS and tlsConfig",
            )


def _settings(extender: Extender) -> dict[str, object]:
    return {key: value for key, value in mapping(extender.content, "tlsConfig").items() if value}


def _has_authority(extender: Extender) -> bool:
    return bool({"caFile", "caData"} & _settings(extender).keys())


def _unchecked(extender: Extender) -> Iterator[Finding]:
    path = f"{extender.path}.tlsConfig"
    if flag(_settings(extender), "insecure"):
        yield warning(
            f"{path}.insecure", True, "anybody on the way can answer in the extender's place", f"{path}.caFile"
        )
    elif _has_authority(extender):
        return
    elif flag(extender.content, "enableHTTPS"):
        yield warning(
            f"{path}.caFile",
            UNSET,
            "with enableHTTPS and without a CA, kube-scheduler checks no certificate and says nothing of it",
            "the CA that signed the extender's certificate",
        )
    else:
        yield hint(
            f"{path}.caFile",
            UNSET,
            "the certificate has to be of an authority that the scheduler's image trusts",
            "the CA that signed the extender's certificate",
        )


def _contradictions(extender: Extender) -> Iterator[Finding]:
    path, given = f"{extender.path}.tlsConfig", _settings(extender)
    if flag(given, "insecure") and _has_authority(extender):
        yield error(f"{path}.insecure", True, "together with a CA kube-scheduler does not start", "false")
    has_certificate, has_key = ({"certFile", "certData"} & given.keys(), {"keyFile", "keyData"} & given.keys())
    if bool(has_certificate) != bool(has_key):
        missing = "keyFile" if has_certificate else "certFile"
        yield warning(
            f"{path}.{missing}",
            UNSET,
            "a client certificate and its key go together; with one of them kube-scheduler shows none and says nothing",
            "both, or neither",
        )
