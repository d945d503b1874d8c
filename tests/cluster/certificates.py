"""The keys and certificates of one control plane, made anew for each: nothing secret is in the tree, nothing expires.

One authority signs servers and clients; a second one signs the client that the aggregation layer trusts to speak for
users, so that no ordinary client certificate can.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme

FRONT_PROXY = "front-proxy-client"
_NOBODY = "client.invalid"  # Go takes no certificate whose list of names is critical, as trustme's are, and empty
_SERVER_NAMES = ("127.0.0.1", "localhost", "kubernetes.default.svc")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


class Certificates:
    """Files in *folder*: authorities, the servers' pair, the front proxy's, and the key of service account tokens."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._ca, front = trustme.CA(), trustme.CA()
        self.ca, self.front_proxy_ca = folder / "ca.crt", folder / "front-proxy-ca.crt"
        self._ca.cert_pem.write_to_path(self.ca)
        front.cert_pem.write_to_path(self.front_proxy_ca)
        self.server = self._pair("server", self._ca.issue_cert(*_SERVER_NAMES))
        self.front_proxy = self._pair("front-proxy", front.issue_cert(_NOBODY, common_name=FRONT_PROXY))
        self.service_account_key = self._pair("service-account", self._ca.issue_cert(_NOBODY)).key

    def client(self, user: str, group: str) -> KeyPair:
        """What makes its bearer *user* of *group* (RBAC reads common name and organization)."""
        return self._pair(f"client-{user}", self._ca.issue_cert(_NOBODY, common_name=user, organization_name=group))

    def _pair(self, name: str, made: trustme.LeafCert) -> KeyPair:
        name = name.replace(":", "-").replace("/", "-")
        pair = KeyPair(certificate=self._folder / f"{name}.crt", key=self._folder / f"{name}.key")
        made.cert_chain_pems[0].write_to_path(pair.certificate)
        made.private_key_pem.write_to_path(pair.key)
        pair.key.chmod(0o600)
        return pair
