"""An API server whose answers get lost."""

from __future__ import annotations

from kube.errors import Unreachable
from tests.fakes import FakeKube


class Deaf(FakeKube):
    """Carries out patches and loses the answers."""

    async def patch(self, path: str, body: object, **how: object) -> bytes:
        await super().patch(path, body, **how)  # type: ignore[arg-type]  # as they came
        raise Unreachable("cut")
