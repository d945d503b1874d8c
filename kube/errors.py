"""What can go wrong at the border to Kubernetes.

Three answers matter to a caller: the API server was not reached or did not answer (try again), it answered no (the
status says whether trying again helps), or we were told wrongly how to reach it (a person must act). No error of a
client library crosses `kube/`; each of ours is chained to the one that it stands for, and its message is one line.
"""

from __future__ import annotations

TOO_LARGE_VERSION = "Too large resource version"  # apimachinery api/errors: a watch ahead of etcd, as after a restore


class KubeError(Exception):
    """Base of all errors of `kube`; what was asked for did not happen."""

    exit_code = 1


class ConfigError(KubeError):
    """The kubeconfig, or what a pod is given in its place, does not say how to reach an API server."""

    exit_code = 2


class Unreachable(KubeError):  # noqa: N818 - says what happened
    """No answer: refused, cut, timed out, or not to be trusted; the message names the server and the cause."""


class Silent(Unreachable):
    """A watch on which nothing came for as long as was agreed; the server may hang, or have nothing to say."""


class Garbled(KubeError):  # noqa: N818 - says what happened
    """An answer that Kubernetes cannot have given, such as the page of a proxy in between."""


class ApiError(KubeError):
    """The API server answered with an error; `status`, `reason` and `message` are those of its Status object.

    The text is one line and begins with what was *asked* (method and URL), where that is known.
    """

    def __init__(self, status: int, reason: str, message: str, *, asked: str = "") -> None:
        said = " ".join(f"{status} {reason}: {message}".split())
        super().__init__(f"{asked}: {said}" if asked else said)
        self.status = status
        self.reason = reason
        self.message = message


class Gone(ApiError):  # noqa: N818 - the API's own word
    """410, or a version that the server has not reached: what was asked from is no more to be had, so list anew."""


class NotFound(ApiError):  # noqa: N818 - the API's own word
    """404: no such object, or no such API (its CRD is not installed)."""


class Conflict(ApiError):  # noqa: N818 - the API's own word
    """409: it exists already, is bound already, or is not the one (uid, resourceVersion) that was meant."""


class Forbidden(ApiError):  # noqa: N818 - the API's own word
    """401 or 403: the server does not know us, or does not let us."""


_KINDS: dict[int, type[ApiError]] = {401: Forbidden, 403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone}


def refusal(status: int, reason: str, message: str, *, asked: str = "") -> ApiError:
    """The error for a Status object, as the kind that says what to do about it."""
    if TOO_LARGE_VERSION in message:
        return Gone(status, reason, message, asked=asked)
    return _KINDS.get(status, ApiError)(status, reason, message, asked=asked)
