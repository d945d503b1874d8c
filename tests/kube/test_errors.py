"""A refusal says by its type what can be done about it."""

from __future__ import annotations

import pytest

from kube.errors import ApiError, ConfigError, Conflict, Forbidden, Gone, KubeError, NotFound, Unreachable, refusal


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Unauthorized", Forbidden),
        (403, "nodes is forbidden", Forbidden),
        (404, "the server could not find the requested resource", NotFound),
        (409, "already exists", Conflict),
        (410, "too old resource version: 1 (5)", Gone),
        (504, "Timeout: Too large resource version: 9, current: 5", Gone),
        (504, "gateway timeout", ApiError),
        (429, "too many requests", ApiError),
    ],
)
def test_status_decides_the_kind(status: int, message: str, kind: type[ApiError]) -> None:
    error = refusal(status, "Reason", message)
    assert (type(error), error.status, error.reason, error.message) == (kind, status, "Reason", message)


def test_refusal_is_one_line_that_names_what_was_asked() -> None:
    error = refusal(403, "Forbidden", "pods is forbidden:\nno rights", asked="GET https://k:6443/api/v1/pods")
    assert str(error) == "GET https://k:6443/api/v1/pods: 403 Forbidden: pods is forbidden: no rights"


def test_only_a_wrong_configuration_is_wrong_input() -> None:
    codes = {kind: kind.exit_code for kind in (KubeError, Unreachable, ApiError, ConfigError)}
    assert codes == {KubeError: 1, Unreachable: 1, ApiError: 1, ConfigError: 2}
